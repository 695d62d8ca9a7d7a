"""Held records that a person named: which of them can be acted on, and why the others cannot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from connector.domain.records import Status
from connector.ports import Actions, Candidate, Moved

#: Why an action does not suit a record, or None.
Objection = Callable[[Candidate], str | None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that was left as it is. `record_id` is "" where it speaks of several."""

    record_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Acted:
    """What an action changed, and what it could not."""

    moved: list[Moved] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def choose(
    record_ids: Sequence[str], connection: str | None, actions: Actions, objection: Objection
) -> tuple[list[Candidate], list[Refusal]]:
    """The records that can be acted on, and a refusal for each of the others."""
    found: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in actions.candidates(record_ids, connection):
        found[candidate.record_id].append(candidate)
    chosen: list[Candidate] = []
    refused: list[Refusal] = []
    for record_id in dict.fromkeys(record_ids):
        known = found[record_id]
        if not known:
            refused.append(Refusal(record_id, "there is no such record"))
        elif len(known) > 1:
            names = ", ".join(one.connection for one in known)
            refused.append(Refusal(record_id, f"known to {names}: name one with --connection"))
        elif why := _why_not(known[0], objection):
            refused.append(Refusal(record_id, why))
        else:
            chosen.append(known[0])
    return chosen, refused


def why_not(records: Sequence[Candidate], actions: Actions, objection: Objection) -> list[Refusal]:
    """A refusal for each record that changed between the look and the act."""
    refused = []
    for record in records:
        (now,) = actions.candidates([record.record_id], record.connection) or [record]
        why = _why_not(now, objection) or "it changed in the meantime: try again"
        refused.append(Refusal(record.record_id, why))
    return refused


def _why_not(record: Candidate, objection: Objection) -> str | None:
    if record.status is not Status.HELD:
        return f"it is {record.status}, not held"
    if why := objection(record):
        return why
    return "it is being worked on: try again in a minute" if record.leased else None
