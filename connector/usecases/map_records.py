"""Map: make the ERP documents of each record."""

from __future__ import annotations

from collections.abc import Sequence

from connector.domain.documents import Document, Ignored
from connector.domain.reasons import Hold
from connector.domain.records import Leased
from connector.ports import RecordStore
from connector.usecases.make_documents import MakeDocuments, Unasked
from connector.usecases.report import StepReport, retry_later


def map_records(
    leased: Sequence[Leased], *, documents: MakeDocuments, records: RecordStore, mapping: int
) -> StepReport:
    """Store the documents of each record; hold what cannot be mapped, with field and value.

    `mapping` is the version of the mapping that the documents are made by. A record of which
    something could not be asked waits.
    """
    report = StepReport()
    payloads = records.payloads(leased)
    mapped: list[tuple[Leased, tuple[Document, ...]]] = []
    holds: list[tuple[Leased, Hold]] = []
    ignored: list[tuple[Leased, Ignored]] = []
    unasked: list[tuple[Leased, Unasked]] = []
    for row, made in zip(
        leased, documents.run([payloads[row.id] for row in leased], keep=True), strict=True
    ):
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
