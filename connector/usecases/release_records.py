"""Release: held records go on, those above an amount once a second person says so, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connector.domain.desk import ConsoleConfig
from connector.domain.people import Person, Right
from connector.ports import Actions, HeldRecord, HeldRecords, Nudger
from connector.usecases.held_records import Refusal
from connector.usecases.retry_records import nudge

_CHUNK = 500


@dataclass(slots=True)
class Released:
    """How many records go on, which wait for a second person now, and what could not be done."""

    moved: int = 0
    asked: list[HeldRecord] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def release_records(
    rows: Sequence[HeldRecord],
    *,
    person: Person,
    configs: Mapping[str, ConsoleConfig],
    held: HeldRecords,
    actions: Actions,
    nudger: Nudger,
) -> Released:
    """Retry these held records.

    Where a record's amount takes two people, the first asks for it, and another who may approve
    lets it go. `configs` are those of the connections by name.
    """
    released = Released()
    free: list[HeldRecord] = []
    ask: list[HeldRecord] = []
    for row in rows:
        if not configs[row.connection].needs_two(row.amount):
            free.append(row)
        elif row.asked_by is None:
            ask.append(row)
        elif why := _objection(row, person):
            released.refused.append(Refusal(row.record_id, why))
        else:
            free.append(row)
    asked = set(held.ask([row.record for row in ask])) if ask else set()
    released.asked = [row for row in ask if row.record in asked]
    released.refused += [
        Refusal(row.record_id, "somebody asked for it a moment ago: look again")
        for row in ask
        if row.record not in asked
    ]
    for start in range(0, len(free), _CHUNK):
        _let_go(free[start : start + _CHUNK], released, actions, nudger)
    return released


def _objection(row: HeldRecord, person: Person) -> str | None:
    if row.asked_by == person.actor:
        return "you asked for it: it takes another person"
    if not person.role.may(Right.APPROVE):
        return f"it was asked for by {row.asked_by}: it takes an approver"
    return None


def _let_go(
    rows: Sequence[HeldRecord], released: Released, actions: Actions, nudger: Nudger
) -> None:
    moved = actions.retry([row.record for row in rows])
    nudge(moved, nudger)
    released.moved += len(moved)
    gone = {(one.connection, one.record_id) for one in moved}
    released.refused += [
        Refusal(row.record_id, "it is being worked on, or is not held any more: look again")
        for row in rows
        if (row.connection, row.record_id) not in gone
    ]
