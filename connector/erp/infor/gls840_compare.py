"""What M3 shows of an entry differently from ours, a sentence each."""

from __future__ import annotations

from collections.abc import Sequence

from connector.domain.documents import Document
from connector.erp.infor import fields
from connector.erp.infor import gls840_records as records
from connector.erp.infor.heads import voucher
from connector.erp.infor.results import Row, Rows


def draft_differences(
    head: Row, lines: Rows, document: Document, marker: str, interface: str
) -> tuple[str, ...]:
    """Of a batch: its interface and marker, and what its lines have in common."""
    there = records.marker_of(head["DESC"])
    found = []
    if head["INTN"] != interface:
        found.append(f"INTN is {head['INTN']!r} and not {interface!r}")
    if there != marker:
        found.append(f"DESC begins with {there!r} and not {marker!r}")
    if any(records.marker_of(line["VTXT"]) != there for line in lines):
        found.append("VTXT of a line does not begin with the marker")
    return (*found, *_common_differences(lines, document))


def ledger_differences(rows: Sequence[Row], document: Document) -> tuple[str, ...]:
    """Of a voucher: what its lines have in common, and that it is one alone."""
    vouchers = sorted({voucher(row) for row in rows})
    several = [f"it stands in vouchers {', '.join(vouchers)}"] if len(vouchers) > 1 else []
    return (*several, *_common_differences(rows, document))


def _common_differences(rows: Sequence[Row], document: Document) -> list[str]:
    ours = {"ACDT": fields.day(document.accounting_date), "CUCD": document.currency}
    return [
        f"{name} is {other!r} and not {value!r}"
        for name, value in ours.items()
        for other in sorted({row[name] for row in rows} - {value})
    ]
