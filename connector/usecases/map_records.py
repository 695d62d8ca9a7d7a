"""Map: make the ERP documents of each record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector.domain.accounting import AccountingRecord
from connector.domain.documents import Document, Ignored
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Leased
from connector.errors import RefusedError
from connector.ports import Erp, RecordStore, SpendSource
from connector.usecases.make_documents import Made
from connector.usecases.report import StepReport

#: The rules of a connection.
Mapper = Callable[[AccountingRecord], Made]


def make_documents(
    payload: Mapping[str, Any], *, source: SpendSource, mapper: Mapper, erp: Erp
) -> Made:
    """What becomes of a record that Brex sent: documents that the ERP may be given, or why not."""
    try:
        made = mapper(source.read(payload))
    except RefusedError as error:
        return Hold(Reason.RECORD_UNREADABLE, f"Brex's answer cannot be read: {error}", error.field)
    return next(filter(None, map(erp.check, made)), made) if isinstance(made, tuple) else made


def map_records(
    leased: Sequence[Leased],
    *,
    source: SpendSource,
    mapper: Mapper,
    erp: Erp,
    records: RecordStore,
) -> StepReport:
    """Store the documents of each record; hold what cannot be mapped, with field and value."""
    report = StepReport()
    payloads = records.payloads(leased)
    mapped: list[tuple[Leased, tuple[Document, ...]]] = []
    holds: list[tuple[Leased, Hold]] = []
    ignored: list[tuple[Leased, Ignored]] = []
    for row in leased:
        made = make_documents(payloads[row.id], source=source, mapper=mapper, erp=erp)
        if isinstance(made, Hold):
            holds.append((row, made))
        elif isinstance(made, Ignored):
            ignored.append((row, made))
        else:
            mapped.append((row, made))
    done = records.mapped(mapped)
    report.held = len(records.hold(holds))
    report.skipped = len(records.ignore(ignored))
    report.moved = [row.record_id for row, _ in mapped if row.id in done]
    return report
