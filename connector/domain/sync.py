"""Bringing the ERP's master data to Brex: what differs, and when a person must look first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from connector.domain.master_data import Entry, Kept, Kind


class Target(StrEnum):
    """What one run is for."""

    ACCOUNTS = "accounts"
    DIMENSIONS = "dimensions"
    SUPPLIERS = "suppliers"
    #: What documents are checked against: companies, currencies, VAT codes, periods.
    REFERENCES = "references"


#: The kinds that are read for a target, in this order.
KINDS: Mapping[Target, tuple[Kind, ...]] = {
    Target.ACCOUNTS: (Kind.GL_ACCOUNT,),
    Target.DIMENSIONS: (Kind.DIMENSION, Kind.DIMENSION_VALUE),
    Target.SUPPLIERS: (Kind.SUPPLIER,),
    Target.REFERENCES: (Kind.COMPANY, Kind.CURRENCY, Kind.VAT_CODE, Kind.PERIOD),
}


class Action(StrEnum):
    """What becomes of a value."""

    CREATED = "created"
    RENAMED = "renamed"
    DISABLED = "disabled"
    ENABLED = "enabled"


class SyncOutcome(StrEnum):
    """How a run ended."""

    #: Everything was read, kept and, where it is pushed, is in Brex.
    DONE = "done"
    #: Only looked.
    DRY_RUN = "dry_run"
    #: Read and kept; the connection is paused or in shadow, so Brex was told nothing.
    NOT_PUSHED = "not_pushed"
    #: Read and kept; the difference is so large that a person must confirm it.
    NEEDS_CONFIRMATION = "needs_confirmation"
    #: The ERP showed so much less than before that nothing of it was kept.
    SUSPICIOUS = "suspicious"
    #: A peer failed; the next run goes on.
    FAILED = "failed"
    #: Its process died; the next run goes on.
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class SyncConfig:
    """The `[sync]` section. What has no cadence is done by hand alone.

    `supplier_field` is "" where suppliers are not pushed.
    """

    every: Mapping[Target, timedelta] = field(default_factory=dict)
    largest_shrink_percent: int = 10
    confirm_disabled_percent: int = 10
    confirm_renamed_percent: int = 30
    supplier_field: str = ""
    vendor: str = "ML_CONNECTOR"
    vendor_account_id: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A value as Brex shows it to people, or is to show it."""

    text: str
    disabled: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a difference.

    `records` and `rules` are how many waiting records and rules of the mapping use what is
    disabled.
    """

    action: Action
    part: str
    code: str
    name: str
    before: str = ""
    company: str = ""
    records: int = 0
    rules: int = 0


def offers_of(kept: Iterable[Kept], today: date) -> dict[str, Offer]:
    """What there is to code with, by code: enabled where any company can be posted to with it."""
    offers: dict[str, Offer] = {}
    for one in kept:
        entry = one.entry
        offer = Offer(_text(entry), one.gone or not _is_usable(entry, today))
        known = offers.get(entry.code)
        if known is None or (known.disabled and not offer.disabled):
            offers[entry.code] = offer
    return offers


def changes_of(part: str, offers: Mapping[str, Offer], there: Mapping[str, Offer]) -> list[Change]:
    """What makes Brex's values those of the ERP; values that the ERP never had are left alone."""
    changes = []
    for code, offer in sorted(offers.items()):
        known = there.get(code)
        if known is None:
            if not offer.disabled:
                changes.append(Change(Action.CREATED, part, code, offer.text))
        elif offer.disabled:
            if not known.disabled:
                changes.append(Change(Action.DISABLED, part, code, known.text))
        else:
            if known.disabled:
                changes.append(Change(Action.ENABLED, part, code, offer.text))
            if known.text != offer.text:
                changes.append(Change(Action.RENAMED, part, code, offer.text, before=known.text))
    return changes


def differences(kind: Kind, kept: Iterable[Kept], read: Iterable[Entry]) -> list[Change]:
    """What a reading changes in what is kept, where nothing is pushed."""
    before = {one.entry.key: one for one in kept}
    now = {entry.key: entry for entry in read}
    changes = []
    for key in sorted(before.keys() | now.keys()):
        known, entry = before.get(key), now.get(key)
        if known is None:
            changes.append(_change(kind, Action.CREATED, now[key]))
            continue
        was_usable = not known.gone and not known.entry.blocked
        is_usable = entry is not None and not entry.blocked
        shown = entry or known.entry
        if was_usable != is_usable:
            action = Action.ENABLED if is_usable else Action.DISABLED
            changes.append(_change(kind, action, shown))
        if shown.name != known.entry.name:
            changes.append(_change(kind, Action.RENAMED, shown, known.entry.name))
    return changes


def suspicion(kind: Kind, kept: Sequence[Kept], read: Sequence[Entry], percent: int) -> str:
    """Why a reading is not to be believed; "" where nothing speaks against it."""
    known = {one.entry.key for one in kept if not one.gone}
    missing = len(known - {entry.key for entry in read})
    if missing * 100 > len(known) * percent:
        return (
            f"{missing} of {len(known)} entries of {kind} are missing, more than {percent} %: "
            "nothing was taken over. If they are really gone, raise largest_shrink_percent in "
            "[sync] for one run"
        )
    if kind is Kind.GL_ACCOUNT and not read:
        return "the ERP shows no GL account at all: look at the company and the user's rights"
    return ""


def confirmation(changes: Sequence[Change], enabled: int, config: SyncConfig) -> str:
    """Why a person must confirm changes to so many enabled values; "" where nobody must."""
    limits = {
        Action.DISABLED: config.confirm_disabled_percent,
        Action.RENAMED: config.confirm_renamed_percent,
    }
    over = [
        f"{number} of {enabled} values would be {action}, more than {percent} %"
        for action, percent in limits.items()
        if (number := sum(one.action is action for one in changes)) * 100 > enabled * percent
    ]
    return "; ".join(over)


def _change(kind: Kind, action: Action, entry: Entry, before: str = "") -> Change:
    part = f"{kind} {entry.part}".strip()
    return Change(action, part, entry.code, entry.name, before, entry.company)


def _is_usable(entry: Entry, today: date) -> bool:
    """Whether people may code with it; control accounts are not theirs."""
    return (
        not entry.blocked
        and entry.extras.get("manual_entry") != "blocked"
        and (entry.valid_from is None or entry.valid_from <= today)
        and (entry.valid_to is None or today <= entry.valid_to)
    )


def _text(entry: Entry) -> str:
    """The code first: two values of one name could not be told apart."""
    return entry.code if entry.name in {"", entry.code} else f"{entry.code} {entry.name}"
