"""Map: make the ERP document of each record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector.domain.accounting import AccountingRecord
from connector.domain.documents import Document, Ignored
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Leased
from connector.errors import RefusedError
from connector.ports import Erp, RecordStore, SpendSource
from connector.usecases.report import StepReport

#: The rules of a connection: a document, why there can be none, or that none is wanted.
Mapper = Callable[[AccountingRecord], Document | Hold | Ignored]


def make_document(
    payload: Mapping[str, Any], *, source: SpendSource, mapper: Mapper, erp: Erp
) -> Document | Hold | Ignored:
    """What becomes of a record that Brex sent: a document that the ERP may be given, or why not."""
    try:
        made = mapper(source.read(payload))
    except RefusedError as error:
        return Hold(Reason.RECORD_UNREADABLE, f"Brex's answer cannot be read: {error}", error.field)
    return (erp.check(made) or made) if isinstance(made, Document) else made


def map_records(
    leased: Sequence[Leased],
    *,
    source: SpendSource,
    mapper: Mapper,
    erp: Erp,
    records: RecordStore,
) -> StepReport:
    """Store the document of each record; hold what cannot be mapped, with field and value."""
    report = StepReport()
    payloads = records.payloads(leased)
    mapped: list[tuple[Leased, Document]] = []
    holds: list[tuple[Leased, Hold]] = []
    ignored: list[tuple[Leased, Ignored]] = []
    for row in leased:
        made = make_document(payloads[row.id], source=source, mapper=mapper, erp=erp)
        if isinstance(made, Document):
            mapped.append((row, made))
        elif isinstance(made, Hold):
            holds.append((row, made))
        else:
            ignored.append((row, made))
    done = records.mapped(mapped)
    report.held = len(records.hold(holds))
    report.skipped = len(records.ignore(ignored))
    report.moved = [row.record_id for row, _ in mapped if row.id in done]
    return report
