"""Mend: a person gives the rule that held records wait for; the mapping gets it, and they go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from connector.domain.connections import MappingConfig
from connector.domain.desk import ConsoleConfig
from connector.domain.mends import Wanted, put_before, rule_for, with_rule
from connector.domain.people import Person
from connector.errors import RefusedError
from connector.ports import Actions, HeldRecord, HeldRecords, Nudger
from connector.usecases.release_records import Released, release_records

#: As the readers of mapping files take them for places where a value is.
_REFERENCES = ("env:", "file:")
#: Somebody else changed the mapping in between as often: then the person is told.
_TRIES = 5
_LONGEST = 200


class MappingStore(Protocol):
    """The mapping of one connection."""

    def current(self) -> tuple[int, MappingConfig]:
        """The version in force, and what it says."""
        ...

    def apply(self, mapping: MappingConfig, over: int) -> int | None:
        """Put a mapping in force in place of that version; None where another is by now."""
        ...


def add_rule(
    wanted: Wanted,
    put: str,
    *,
    mappings: MappingStore,
    faults: Callable[[MappingConfig], Iterable[str]],
) -> tuple[str, int]:
    """Put what a person says where records wait for it; the setting, and the version that has it.

    The mapping is checked as a file is. A second call with the same changes nothing more. Raises
    RefusedError where nothing is changed, as where somebody gave something else meanwhile.
    """
    put = put.strip()
    if not put or not put.isprintable() or len(put) > _LONGEST or put.startswith(_REFERENCES):
        raise RefusedError("give a value of the ERP, on one line")
    for _ in range(_TRIES):
        version, mapping = mappings.current()
        rule = rule_for(wanted, mapping)
        if rule is None:
            raise RefusedError("no single rule of the mapping mends that: see the record")
        if rule.choices and put not in rule.choices:
            raise RefusedError(f"{rule.setting} is one of {', '.join(rule.choices)}")
        if (there := put_before(mapping, rule)) not in {"", put}:
            raise RefusedError(f"{rule.setting} is {there} by now; a file changes it")
        mended = with_rule(mapping, rule, put)
        if found := list(faults(mended)):
            raise RefusedError("; ".join(found))
        now = mappings.apply(mended, version)
        if now is not None:
            return rule.setting, now
    raise RefusedError("others change the mapping at the same time: try again")


def release_waiting(
    waiting: Callable[[int], Sequence[HeldRecord]],
    *,
    person: Person,
    configs: Mapping[str, ConsoleConfig],
    held: HeldRecords,
    actions: Actions,
    nudger: Nudger,
) -> Released:
    """Release all that wait; `waiting` has those above a record's number, some at a time.

    Where an amount takes two people, a person who mends has asked for the release.
    """
    released, after = Released(), 0
    while rows := waiting(after):
        after = rows[-1].record
        some = release_records(
            rows, person=person, configs=configs, held=held, actions=actions, nudger=nudger
        )
        released.moved += some.moved
        released.asked += some.asked
        released.refused += some.refused
    return released
