"""Make the documents of records: ask what the rules need to know, then apply them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from connector.domain.accounting import AccountingRecord, BillingEntity, Vendor
from connector.domain.documents import Made
from connector.domain.reasons import Hold, Reason
from connector.domain.suppliers import Match
from connector.errors import ConnectorError, RateLimitedError, RefusedError
from connector.ports import EntityStore, Erp, RefusedDays, SpendSource
from connector.usecases.find_suppliers import FindSuppliers
from connector.usecases.open_days import Company, OpenDays

#: How long Brex and the ERP are asked for one batch. The expenses that are left have their turn in
#: the next; days that are left are not known to be closed.
LONGEST_S = 60.0

#: How long an entity is believed: what was wrong in Brex may be mended there.
KEPT_S = 3600.0

Entities = Mapping[str, BillingEntity | None]
MadeT = TypeVar("MadeT")


@dataclass(frozen=True, slots=True)
class Unasked:
    """What the rules need to know of a record could not be asked: it is tried again later."""

    error: ConnectorError


class MappingRules(Protocol):
    """The rules of a connection."""

    @property
    def asks_periods(self) -> bool:
        """Whether it matters what the ERP says of a day before it refuses it."""
        ...

    def expense_of(self, record: AccountingRecord) -> str | None:
        """The expense whose billing entity says the company; None where nothing has to be asked."""
        ...

    def merchant_of(self, record: AccountingRecord) -> Vendor | None:
        """The merchant or vendor whose supplier has to be found; None where none has to be."""
        ...

    def documents(
        self,
        record: AccountingRecord,
        entity: BillingEntity | None = None,
        open_from: date | None = None,
        match: Match | None = None,
    ) -> Made:
        """The documents of a record. The same input gives equal documents."""
        ...


@dataclass(slots=True)
class _InHand:
    """A record, what was found out about it, and what becomes of it."""

    record: AccountingRecord
    expense: str | None
    merchant: Vendor | None
    made: Made | Unasked = ()
    entity: BillingEntity | None = None
    match: Match | None = None

    @property
    def day(self) -> tuple[Company, date] | None:
        """The day of its documents in their company; None where there are none."""
        if not isinstance(self.made, tuple):
            return None
        return self.made[0].company, self.made[0].accounting_date


class MakeDocuments:
    """Makes documents by the rules of one connection. Asks Brex and the ERP; writes to neither."""

    def __init__(
        self,
        rules: MappingRules,
        *,
        source: SpendSource,
        entities: EntityStore,
        erp: Erp,
        suppliers: FindSuppliers,
        refused_days: RefusedDays,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules
        self._source = source
        self._entities = entities
        self._erp = erp
        self._suppliers = suppliers
        self._days = OpenDays(erp, refused_days, clock)
        self._clock = clock

    def run(
        self, payloads: Sequence[Mapping[str, Any]], *, keep: bool = False
    ) -> list[Made | Unasked]:
        """What becomes of each record that Brex sent, by position.

        With `keep`, an entity that has led to a company is not asked for again so soon, and the
        suppliers of merchants are kept as they were found.
        """
        until = self._clock() + LONGEST_S
        read = [self._read(payload) for payload in payloads]
        in_hand = [one for one in read if isinstance(one, _InHand)]
        self._find_suppliers(in_hand, keep=keep)
        self._make(in_hand, until, keep=keep)
        if self._rules.asks_periods:
            self._move_into_open_periods(in_hand, until)
        return [checked(one.made, self._erp) if isinstance(one, _InHand) else one for one in read]

    def _read(self, payload: Mapping[str, Any]) -> _InHand | Hold:
        try:
            record = self._source.read(payload)
        except RefusedError as error:
            message = f"Brex's answer cannot be read: {error}"
            return Hold(Reason.RECORD_UNREADABLE, message, error.field)
        return _InHand(record, self._rules.expense_of(record), self._rules.merchant_of(record))

    def _find_suppliers(self, in_hand: Sequence[_InHand], *, keep: bool) -> None:
        merchants = [one.merchant for one in in_hand if one.merchant]
        found = self._suppliers.run(merchants, keep=keep) if merchants else {}
        for one in in_hand:
            one.match = found.get(one.merchant.id) if one.merchant else None

    def _make(self, in_hand: Sequence[_InHand], until: float, *, keep: bool) -> None:
        wanted = list(dict.fromkeys(one.expense for one in in_hand if one.expense))
        kept: Entities = self._entities.known(wanted, within_s=KEPT_S) if wanted else {}
        asked, error = self._ask([one for one in wanted if one not in kept], until)
        known = {**kept, **asked}
        for one in in_hand:
            one.entity = known.get(one.expense or "")
            if error and one.expense and one.expense not in known:
                one.made = Unasked(error)
            else:
                one.made = self._rules.documents(one.record, one.entity, match=one.match)
        if keep:
            self._entities.keep(_settled(asked, in_hand))

    def _ask(
        self, expense_ids: Sequence[str], until: float
    ) -> tuple[Entities, ConnectorError | None]:
        """The entities of expenses, and what went wrong before all were asked for."""
        found: dict[str, BillingEntity | None] = {}
        for one in expense_ids:
            if self._clock() > until:
                return found, RateLimitedError("expenses are asked about in turns", wait_s=1.0)
            try:
                found[one] = self._source.billing_entity(one)
            except ConnectorError as error:
                return found, error
        return found, None

    def _move_into_open_periods(self, in_hand: Sequence[_InHand], until: float) -> None:
        """Make documents of a day that the ERP has closed anew, for the next that is open.

        A day of which the ERP says nothing stays: its own refusal decides then.
        """
        closed = self._days.closed({one.day for one in in_hand if one.day}, until)
        for one in in_hand:
            period = closed.get(one.day) if one.day else None
            if period is None:
                continue
            if period.open_from is None:
                one.made = _closed_for_good(one.made, period.detail)
            else:
                one.made = self._rules.documents(
                    one.record, one.entity, period.open_from, one.match
                )


def checked(made: MadeT, erp: Erp) -> MadeT | Hold:
    """The same, unless the ERP could not take one of the documents."""
    if not isinstance(made, tuple):
        return made
    return next(filter(None, map(erp.check, made)), made)


def _settled(asked: Entities, in_hand: Sequence[_InHand]) -> dict[str, BillingEntity]:
    """The entities that led to a company; one that did not may be mended in Brex."""
    lost = {
        one.expense
        for one in in_hand
        if isinstance(one.made, Hold) and one.made.reason is Reason.COMPANY_UNKNOWN
    }
    return {one: entity for one, entity in asked.items() if entity and one not in lost}


def _closed_for_good(made: Made | Unasked, detail: str) -> Hold:
    assert isinstance(made, tuple)
    day = made[0].accounting_date.isoformat()
    message = f"the ERP takes no entries for {day}, nor shows a later day that it would: {detail}"
    return Hold(Reason.PERIOD_CLOSED, message, "erp_posting_date", day)
