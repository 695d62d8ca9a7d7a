"""Entries of the general ledger as M3 has them: vouchers, and batches that are none yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from connector.domain.documents import DocumentKind
from connector.domain.drafts import Outcome
from connector.domain.ledger import Company as Routed
from connector.domain.ledger import ErpDocument, ErpState, Expected, Unreadable
from connector.domain.numbers import draft_of
from connector.erp.infor import fields
from connector.erp.infor import gls840_records as records
from connector.erp.infor.gls840_reader import JournalReader
from connector.erp.infor.heads import voucher
from connector.erp.infor.invoice_reading import Told, unreadable
from connector.erp.infor.ledger import Ledger
from connector.erp.infor.lines import as_number
from connector.erp.infor.m3api import Company
from connector.erp.infor.results import Row, Rows
from connector.ports import Answer

_KIND = DocumentKind.GL_ENTRY


class EntryReading:
    """Reads expected entries; batches of GLS840 too, where the tables may be read."""

    def __init__(self, ledger: Ledger, batches: JournalReader) -> None:
        self._ledger = ledger
        self._batches = batches

    def documents(
        self, company: Company, expected: Sequence[Expected], days: tuple[date, date]
    ) -> Iterator[Told]:
        """Every voucher under each number, and every batch that became none."""
        posted = self._ledger.rows(company, expected, days)
        prefixes = [("like", f"{records.key_prefix(one.number)}%") for one in expected]
        heads = self._batches.heads(company, prefixes)
        for one, *both in zip(expected, posted, heads, strict=True):
            failure = _failed(one, *both)
            if failure is not None:
                yield failure
                continue
            vouchers, batches = (answer.value or () for answer in both)
            yield from self._told(company, one, vouchers, batches)

    def _told(self, company: Company, one: Expected, vouchers: Rows, heads: Rows) -> Iterator[Told]:
        updated = set()
        for rows in grouped(vouchers):
            marker = records.marker_of(rows[0]["VTXT"])
            updated.add(marker)
            ours = draft_of(marker, one.number) is not None
            reference = records.key(marker) if ours else voucher(rows[0])
            yield _entry(one, rows, ErpState.POSTED, reference)
        for head in heads:
            marker = records.marker_of(head["DESC"])
            if draft_of(marker, one.number) is None or marker in updated:
                continue
            (lines,) = self._batches.lines(company, [head["KEY1"]])
            yield _failed(one, lines) or _entry(
                one, lines.value or (), ErpState.DRAFT, head["KEY1"]
            )


def grouped(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows of each voucher, apart by the marker that their texts begin with."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((records.marker_of(row["VTXT"]), voucher(row)), []).append(row)
    yield from groups.values()


def entry(
    rows: Sequence[Row], *, number: str, company: Routed, state: ErpState, reference: str
) -> ErpDocument:
    """The document that rows are; its amount is that of the debits, or of what credits there are.

    Raises ValueError where M3 shows no amount or day that can be read.
    """
    amounts = [_amount(row) for row in rows]
    debits = sum((one for one in amounts if one > 0), Decimal(0))
    first = rows[0] if rows else {}
    return ErpDocument(
        number=number,
        kind=_KIND,
        company=company,
        state=state,
        amount=debits or -sum(amounts, Decimal(0)),
        currency=first.get("CUCD", ""),
        accounting_date=fields.day_of(first.get("ACDT", "")),
        reference=reference,
        voucher=voucher(first) or None,
    )


def _entry(one: Expected, rows: Sequence[Row], state: ErpState, reference: str) -> Told:
    try:
        return entry(rows, number=one.number, company=one.company, state=state, reference=reference)
    except ValueError as error:
        return unreadable(one, f"{reference} shows {error}")


def _amount(row: Row) -> Decimal:
    shown = records.signed(row)
    number = as_number(shown)
    if number is None:
        raise ValueError(f"CUAM = {shown}, which is no amount")
    return number


def _failed(one: Expected, *answers: Answer[Rows]) -> Unreadable | None:
    for answer in answers:
        if answer.outcome is not Outcome.DONE:
            return unreadable(one, answer.message, answer.code)
    return None
