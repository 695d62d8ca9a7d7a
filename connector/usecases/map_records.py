"""Map: make the ERP documents of each record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from connector.domain.documents import Document, Ignored, Made
from connector.domain.reasons import Hold
from connector.domain.records import Leased
from connector.ports import RecordStore
from connector.usecases.make_documents import MakeDocuments, Unasked
from connector.usecases.report import StepReport, retry_later


def map_records(
    leased: Sequence[Leased],
    *,
    documents: Callable[[bool], MakeDocuments],
    records: RecordStore,
    mapping: int,
) -> StepReport:
    """Store the documents of each record; hold what cannot be mapped, with field and value.

    `documents` makes them by the policy for closed periods, or, given True, into the next open one.
    `mapping` is the version of the mapping that they are made by. A record of which something could
    not be asked waits.
    """
    report = StepReport()
    mapped: list[tuple[Leased, tuple[Document, ...]]] = []
    holds: list[tuple[Leased, Hold]] = []
    ignored: list[tuple[Leased, Ignored]] = []
    unasked: list[tuple[Leased, Unasked]] = []
    for row, made in _made(leased, records.payloads(leased), documents):
        match made:
            case Hold():
                holds.append((row, made))
            case Ignored():
                ignored.append((row, made))
            case Unasked():
                unasked.append((row, made))
            case _:
                mapped.append((row, made))
    done = records.mapped(mapped, mapping)
    report.held = len(records.hold(holds))
    report.skipped = len(records.ignore(ignored))
    if unasked:  # all for the same reason: nothing was asked after it
        retry_later(records, [row for row, _ in unasked], unasked[0][1].error, report)
    report.moved = [row.record_id for row, _ in mapped if row.id in done]
    return report


def _made(
    leased: Sequence[Leased],
    payloads: Mapping[int, Mapping[str, Any]],
    documents: Callable[[bool], MakeDocuments],
) -> Iterator[tuple[Leased, Made | Unasked]]:
    for moves_day in (False, True):
        rows = [row for row in leased if row.moves_day is moves_day]
        if rows:
            some = documents(moves_day).run([payloads[row.id] for row in rows], keep=True)
            yield from zip(rows, some, strict=True)
