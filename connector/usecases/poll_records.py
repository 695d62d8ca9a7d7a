"""Poll and backfill: ask Brex for what no webhook announced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain.accounting import ReviewStatus, SourceType, Standing
from connector.errors import RetryLaterError
from connector.ports import FinishedRecords, ReadyIntake, SpendRecord, SpendSource
from connector.usecases.compare_finished import compare_finished

#: How far back the poll looks for what is still READY_FOR_EXPORT. Brex answers with old records
#: only when it is given a lower bound.
READY_WINDOW = timedelta(days=400)
#: A record may change while a poll reads: the next poll looks this much further back.
OVERLAP = timedelta(minutes=10)

#: More pages than this of one listing are a mistake: 200 records stand on one.
MOST_PAGES = 5_000

#: Announced records that one poll asks for; the others have their turn in the next.
_MOST_ANNOUNCED = 500

_BY_STATUS = (SourceType.CARD, SourceType.REIMBURSEMENT)


@dataclass(frozen=True, slots=True)
class Polled:
    """`seen` records were ready; `fresh_ids` are those that were not known before.

    `changed` are held, because Brex has changed what was posted of them.
    """

    seen: int
    fresh_ids: tuple[str, ...]
    watermark: datetime
    changed: int = 0


def poll_records(
    connection_id: int,
    *,
    source: SpendSource,
    intake: ReadyIntake,
    finished: FinishedRecords,
    now: datetime,
    watermark: datetime,
) -> Polled:
    """Take in all that waits in Brex, page by page, and compare what is finished.

    Card and reimbursement records are asked for by review status, bills (for which Brex has no
    such filter) by their change since the watermark. What changed although nobody announced it is
    taken for announced. Of finished records those are compared that changed since the watermark,
    or were announced again. Returns the next watermark; raises what the source raises, and then
    the old one stays.
    """
    seen = 0
    fresh: list[str] = []
    changed: set[int] = set()
    since = watermark - OVERLAP
    for page in _pages_of_waiting(source, now - READY_WINDOW, since):
        ready = [one for one in page if _waits(one.standing)]
        seen += len(ready)
        fresh += intake.receive(connection_id, [one.id for one in ready], versions=_versions(ready))
        changed |= compare_finished(connection_id, page, source=source, finished=finished)
    for kind in _BY_STATUS:
        for page in _pages(source, kind, ReviewStatus.EXPORTED, since, None):
            changed |= compare_finished(connection_id, page, source=source, finished=finished)
    if announced := finished.announced(connection_id, _MOST_ANNOUNCED):
        found = list(source.records(announced, background=True).values())
        changed |= compare_finished(connection_id, found, source=source, finished=finished)
        finished.heeded(connection_id, announced)
    return Polled(seen, tuple(fresh), now, len(changed))


def backfill_records(
    connection_id: int,
    *,
    source: SpendSource,
    intake: ReadyIntake,
    since: datetime,
    until: datetime | None = None,
) -> Iterator[Polled]:
    """Take in what changed between two moments and still waits, a page at a time.

    Backfilled records let live ones go first.
    """
    for page in _pages_of_waiting(source, since, since, until):
        ready = [one for one in page if _waits(one.standing)]
        ids = [one.id for one in ready]
        fresh = intake.receive(connection_id, ids, versions=_versions(ready), backfill=True)
        yield Polled(len(ids), tuple(fresh), since)


def _versions(ready: Sequence[SpendRecord]) -> dict[str, int]:
    return {one.id: one.standing.version for one in ready if one.standing}


def _pages_of_waiting(
    source: SpendSource,
    ready_since: datetime,
    bills_since: datetime,
    until: datetime | None = None,
) -> Iterator[Sequence[SpendRecord]]:
    for kind in _BY_STATUS:
        yield from _pages(source, kind, ReviewStatus.READY_FOR_EXPORT, ready_since, until)
    yield from _pages(source, SourceType.BILL, None, bills_since, until)


def _pages(
    source: SpendSource,
    kind: SourceType,
    status: ReviewStatus | None,
    since: datetime,
    until: datetime | None,
) -> Iterator[Sequence[SpendRecord]]:
    cursor: str | None = None
    cursors: set[str] = set()
    before: tuple[str, ...] = ()
    for _ in range(MOST_PAGES):
        page = source.query(
            kind, status=status, updated_after=since, updated_before=until, cursor=cursor
        )
        ids = tuple(record.id for record in page.records)
        if page.cursor in cursors or (ids and ids == before):
            raise RetryLaterError(f"Brex's pages of {kind} records go round in a circle")
        yield page.records
        if page.cursor is None:
            return
        cursor, before = page.cursor, ids
        cursors.add(cursor)
    raise RetryLaterError(f"Brex's pages of {kind} records have no end; ask for a shorter time")


def _waits(standing: Standing | None) -> bool:
    """A record that cannot be read is taken in all the same: `fetch` will say what is wrong."""
    return standing is None or standing.review_status is not ReviewStatus.EXPORTED
