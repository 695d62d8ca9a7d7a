"""Retry: held records go on, because a person has mended what stopped them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from connector.domain.reasons import SETTLED_BY_PEOPLE
from connector.domain.records import STEP_OF, Step
from connector.ports import Actions, Candidate, Moved, Nudger
from connector.usecases.held_records import Acted, Refusal, choose, why_not

_CHUNK = 500


def retry_named(
    record_ids: Sequence[str], *, connection: str | None, actions: Actions, nudger: Nudger
) -> Acted:
    """Retry these records; those that cannot be are named, each with why."""
    chosen, refused = choose(record_ids, connection, actions, _objection)
    moved = actions.retry([record.id for record in chosen])
    nudge(moved, nudger)
    done = {(one.connection, one.record_id) for one in moved}
    late = [r for r in chosen if (r.connection, r.record_id) not in done]
    return Acted(moved, [*refused, *why_not(late, actions, _objection)])


def retry_all(
    *, reason: str | None, connection: str | None, actions: Actions, nudger: Nudger
) -> Acted:
    """Retry every held record, or those of one reason, each once.

    Without a reason, those that people settle one by one are left and named.
    """
    moved: list[Moved] = []
    passed_over = after = 0
    besides = () if reason else SETTLED_BY_PEOPLE
    while ids := actions.held(
        connection=connection, reason=reason, after=after, limit=_CHUNK, besides=besides
    ):
        after = ids[-1]
        here = actions.retry(ids)
        nudge(here, nudger)
        moved += here
        passed_over += len(ids) - len(here)
    refused = [
        Refusal("", f"those that are held as {one} are settled one by one: retry --reason {one}")
        for one in sorted(besides)
        if actions.held(connection=connection, reason=one, after=0, limit=1)
    ]
    if passed_over:
        why = f"{passed_over} records are being worked on: try again in a minute"
        refused.append(Refusal("", why))
    return Acted(moved, refused)


def nudge(moved: Iterable[Moved], nudger: Nudger) -> None:
    """Hint at the next step of each record."""
    waiting: dict[tuple[Step, str, str], list[str]] = defaultdict(list)
    for one in moved:
        if one.status in STEP_OF:
            waiting[STEP_OF[one.status], one.connection, one.erp].append(one.record_id)
    for (step, connection, erp), record_ids in waiting.items():
        nudger.nudge(step, connection, erp, record_ids)


def _objection(record: Candidate) -> str | None:
    return "its connection was removed" if record.removed else None
