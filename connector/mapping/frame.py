"""What the documents of a record have in common, and the lines that they are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from connector.domain.accounting import AccountingRecord
from connector.domain.bookkeeping import Account, Rule
from connector.domain.connections import MappingConfig
from connector.domain.documents import DocumentLine
from connector.domain.numbers import document_number
from connector.domain.routes import Vat
from connector.mapping import text
from connector.mapping.amounts import major_units
from connector.mapping.books import Books
from connector.mapping.coding import dimensions_of
from connector.mapping.currencies import other_amount
from connector.mapping.dates import Days
from connector.mapping.sides import CodedLine, Entry


@dataclass(frozen=True, slots=True)
class Frame:
    """A record, and all that its documents take from elsewhere.

    `posted` is the record with its amounts in the currency of the document, `entry` is over those.
    """

    record: AccountingRecord
    posted: AccountingRecord
    entry: Entry
    rule: Rule
    config: MappingConfig
    books: Books
    days: Days
    dimension_of_gl: str

    def document(self, lines: Iterable[DocumentLine], nth: int) -> dict[str, Any]:
        """What documents of every kind have; the lines are numbered in their order."""
        return {
            "number": document_number(self.record.id, nth),
            "record_id": self.record.id,
            "company": self.books.company,
            "currency": self.posted.amount.currency,
            "accounting_date": self.days.booked,
            "text": self._text(),
            "lines": tuple(replace(line, number=n) for n, line in enumerate(lines, start=1)),
        }

    def coded(self, line: CodedLine) -> DocumentLine:
        """A line as it was coded in Brex."""
        dimensions = dimensions_of(line.item, self.config, self.dimension_of_gl)
        return self._line(line.units, dimensions, line.item.memo)

    def uncoded(self, account: Account, units: int) -> DocumentLine:
        """A line on an account of `[mapping.offset_accounts]`."""
        return self._line(units, self.on(self.books.account(account, self.record.type)))

    def vat(
        self, vat: Vat, units: int, dimensions: tuple[tuple[str, str], ...] = ()
    ) -> DocumentLine:
        """The VAT of a code."""
        shown = f"VAT {vat.rate.normalize():f} %"
        return DocumentLine(0, self._amount(units), dimensions, shown, vat.code)

    def on(self, account: str) -> tuple[tuple[str, str], ...]:
        """The dimensions of a line that has an account alone."""
        return ((self.dimension_of_gl, account),)

    def _line(
        self, units: int, dimensions: tuple[tuple[str, str], ...], memo: str | None = None
    ) -> DocumentLine:
        own = text.clean(memo or "") or self._about()
        return DocumentLine(0, self._amount(units), dimensions, text.cut(own, text.LINE_TEXT))

    def _amount(self, units: int) -> Decimal:
        return major_units(units, self.posted.amount.currency)

    def _about(self) -> str:
        """What a line is about that has no memo of its own."""
        record = self.record
        merchant = record.vendor.name if record.vendor else ""
        return text.clean(record.memo or "") or text.clean(merchant) or self._kind()

    def _kind(self) -> str:
        """The type in words: `Card payment`."""
        return self.record.type.replace("_MONEY_MOVEMENT", "").replace("_", " ").capitalize()

    def _text(self) -> str:
        record, vendor = self.record, self.record.vendor
        notes = (
            other_amount(record, self.posted.amount),
            self.days.moved_from.isoformat() if self.days.moved_from else "",
        )
        return text.document_text(
            vendor.name if vendor else "",
            record.memo or "",
            record.user_name or "",
            notes=[note for note in notes if note],
            receipts=record.receipt_ids,
        ) or text.cut(self._kind(), text.DOCUMENT_TEXT)
