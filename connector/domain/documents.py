"""The ERP documents that a record becomes, in no ERP's own terms."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Self

from connector.domain.reasons import Hold


class DocumentKind(StrEnum):
    """What sort of document the ERP is to have."""

    #: An invoice, or credit invoice, of a supplier (M3: `APS450`).
    SUPPLIER_INVOICE = "supplier_invoice"
    #: A voucher of the general ledger, whose lines add up to zero (M3: `GLS840`).
    GL_ENTRY = "gl_entry"


def company_key(company: Iterable[tuple[str, str]]) -> str:
    """A company as one string, in a stable order: `100/AAA`."""
    return "/".join(value for _, value in company)


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One line: an amount on a GL account and further dimensions, or VAT.

    `dimensions` holds (ERP dimension, value) pairs in the ERP's own order and names, the GL
    account among them (M3: AIT1 … AIT7). Debits are positive, credits negative. A line with a
    `vat_code` is the VAT of that code alone: in an invoice it has no dimensions and may be zero
    (M3: RDTP 3), in an entry it has an account.
    """

    number: int
    amount: Decimal
    dimensions: tuple[tuple[str, str], ...]
    text: str
    vat_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What documents of every kind have.

    `number` is ours, and the ERP keeps it (M3: SINO). `company` addresses the legal entity in the
    ERP's own terms (M3: `{"cono": "100", "divi": "AAA"}`). Equal documents have equal fingerprints.
    """

    kind: ClassVar[DocumentKind]

    number: str
    record_id: str
    company: tuple[tuple[str, str], ...]
    currency: str
    accounting_date: date
    text: str
    lines: tuple[DocumentLine, ...]

    @property
    def company_key(self) -> str:
        """The company as one string, in a stable order: `100/AAA`."""
        return company_key(self.company)

    @property
    def partner(self) -> str:
        """The supplier under whom the ERP keeps the document; "" where it has none."""
        return ""

    @property
    def place(self) -> tuple[object, ...]:
        """Where an ERP is asked for it: documents of one place are found by one look-up."""
        return (self.kind, self.number, self.company, self.partner)

    @property
    def size(self) -> Decimal:
        """How much it moves, without a sign: of an entry, one of its sides."""
        return max(
            sum((line.amount for line in self.lines if line.amount > 0), Decimal(0)),
            -sum((line.amount for line in self.lines if line.amount < 0), Decimal(0)),
        )

    @property
    def undoes(self) -> str:
        """Our number of the document that it reverses; "" where it reverses none."""
        return ""

    def reversal(self, number: str, day: date) -> Self:
        """A document that takes all of this one back, and refers to it."""
        lines = tuple(replace(line, amount=-line.amount) for line in self.lines)
        text = f"Reverses {self.number}"
        return replace(self, number=number, accounting_date=day, text=text, lines=lines)

    def to_json(self) -> dict[str, Any]:
        """A JSON object with amounts and dates as strings; `document_of` reads it back equal."""
        return {
            "kind": self.kind.value,
            "number": self.number,
            "record_id": self.record_id,
            "company": [list(pair) for pair in self.company],
            "currency": self.currency,
            "accounting_date": self.accounting_date.isoformat(),
            "text": self.text,
            "lines": [_line_to_json(line) for line in self.lines],
        }

    def fingerprint(self) -> str:
        """SHA-256 of the content, hexadecimal."""
        canonical = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierInvoice(Document):
    """A supplier invoice, or a credit invoice where `total` is negative.

    `total` is gross: all lines, those of VAT included. `due_date` and `their_number`, the
    supplier's own, are those of a bill. `credits` is our number of the invoice that it reverses.
    """

    kind: ClassVar[DocumentKind] = DocumentKind.SUPPLIER_INVOICE

    supplier: str
    total: Decimal
    invoice_date: date
    due_date: date | None = None
    their_number: str = ""
    credits: str = ""

    @property
    def partner(self) -> str:
        """The supplier."""
        return self.supplier

    @property
    def size(self) -> Decimal:
        """Its total, without a sign."""
        return abs(self.total)

    @property
    def undoes(self) -> str:
        """The number of the invoice that it credits."""
        return self.credits

    def reversal(self, number: str, day: date) -> Self:
        """A credit invoice of the whole, dated and due that day."""
        # no zero-argument super(): a dataclass with slots is made anew, and it would not find it
        reverse = Document.reversal(self, number, day)
        return replace(
            reverse, total=-self.total, invoice_date=day, due_date=None, credits=self.number
        )

    def to_json(self) -> dict[str, Any]:
        """As of every document; what is not set is left out."""
        optional = {
            "due_date": self.due_date.isoformat() if self.due_date else "",
            "their_number": self.their_number,
            "credits": self.credits,
        }
        return {
            **Document.to_json(self),
            "supplier": self.supplier,
            "total": str(self.total),
            "invoice_date": self.invoice_date.isoformat(),
            **{name: value for name, value in optional.items() if value},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class GlEntry(Document):
    """A voucher of the general ledger, in one currency; its lines add up to zero.

    `reverses` is our number of the entry that it reverses.
    """

    kind: ClassVar[DocumentKind] = DocumentKind.GL_ENTRY

    reverses: str = ""

    @property
    def place(self) -> tuple[object, ...]:
        """The day is part of it: ledgers are read by days (M3: ACDT)."""
        return (self.kind, self.number, self.company, self.accounting_date)

    @property
    def undoes(self) -> str:
        """The number of the entry that it reverses."""
        return self.reverses

    def reversal(self, number: str, day: date) -> Self:
        """An entry of the same lines with the sides changed."""
        return replace(Document.reversal(self, number, day), reverses=self.number)

    def to_json(self) -> dict[str, Any]:
        """As of every document; what is not set is left out."""
        return Document.to_json(self) | ({"reverses": self.reverses} if self.reverses else {})


def as_invoice(document: Document) -> SupplierInvoice:
    """The document, which is a supplier invoice. Raises TypeError where it is none."""
    if not isinstance(document, SupplierInvoice):
        raise TypeError(f"document {document.number} is a {document.kind}, not a supplier invoice")
    return document


def document_of(data: Mapping[str, Any]) -> SupplierInvoice | GlEntry:
    """The document of a `to_json` object."""
    common: dict[str, Any] = {
        "number": data["number"],
        "record_id": data["record_id"],
        "company": tuple((name, value) for name, value in data["company"]),
        "currency": data["currency"],
        "accounting_date": date.fromisoformat(data["accounting_date"]),
        "text": data["text"],
        "lines": tuple(_line_of(line) for line in data["lines"]),
    }
    if data["kind"] == DocumentKind.GL_ENTRY:
        return GlEntry(**common, reverses=data.get("reverses", ""))
    due_date = data.get("due_date")
    return SupplierInvoice(
        **common,
        supplier=data["supplier"],
        total=Decimal(data["total"]),
        invoice_date=date.fromisoformat(data["invoice_date"]),
        due_date=date.fromisoformat(due_date) if due_date else None,
        their_number=data.get("their_number", ""),
        credits=data.get("credits", ""),
    )


def _line_to_json(line: DocumentLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "amount": str(line.amount),
        "dimensions": [list(pair) for pair in line.dimensions],
        "text": line.text,
    } | ({"vat_code": line.vat_code} if line.vat_code else {})


def _line_of(data: Mapping[str, Any]) -> DocumentLine:
    return DocumentLine(
        number=data["number"],
        amount=Decimal(data["amount"]),
        dimensions=tuple((name, value) for name, value in data["dimensions"]),
        text=data["text"],
        vat_code=data.get("vat_code", ""),
    )


@dataclass(frozen=True, slots=True)
class Ignored:
    """What a record becomes that the mapping leaves alone on purpose."""

    why: str


#: What a record becomes: documents, in the order in which they are to be posted; why there can be
#: none; or that none is wanted.
Made = tuple[Document, ...] | Hold | Ignored
