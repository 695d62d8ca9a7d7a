"""Move days: held records of a closed period go into the next open one, and these alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from connector.domain.desk import ConsoleConfig
from connector.domain.people import Person
from connector.ports import Actions, HeldRecord, HeldRecords, Nudger
from connector.usecases.mend_mapping import release_waiting
from connector.usecases.release_records import Released


def move_days(
    waiting: Callable[[int], Sequence[HeldRecord]],
    *,
    person: Person,
    configs: Mapping[str, ConsoleConfig],
    held: HeldRecords,
    actions: Actions,
    nudger: Nudger,
) -> Released:
    """Release all that wait, as `release_waiting` does, to be mapped onto the next open period.

    The policy stays as it is for all others. What takes a second person is moved once that one
    lets it go.
    """

    def moved(after: int) -> Sequence[HeldRecord]:
        rows = waiting(after)
        actions.move_days([row.record for row in rows])
        return rows

    return release_waiting(
        moved, person=person, configs=configs, held=held, actions=actions, nudger=nudger
    )
