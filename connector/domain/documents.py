"""The ERP document that a record becomes, in no ERP's own terms."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One coded line: a net amount on a GL account and further dimensions.

    `dimensions` holds (ERP dimension, value) pairs in the ERP's own order and names, the GL
    account among them (M3: AIT1 … AIT7). Credits are negative.
    """

    number: int
    amount: Decimal
    dimensions: tuple[tuple[str, str], ...]
    text: str


@dataclass(frozen=True, slots=True)
class SupplierInvoice:
    """A supplier invoice, or a credit invoice where `total` is negative.

    `company` addresses the legal entity in the ERP's own terms (M3: `{"cono": "100",
    "divi": "AAA"}`); `number` is the supplier invoice number (M3: SINO).
    """

    number: str
    record_id: str
    company: tuple[tuple[str, str], ...]
    supplier: str
    currency: str
    total: Decimal
    invoice_date: date
    accounting_date: date
    text: str
    lines: tuple[DocumentLine, ...]

    @property
    def company_key(self) -> str:
        """The company as one string, in a stable order: `100/AAA`."""
        return "/".join(value for _, value in self.company)

    def kept_at(self, company_key: str, supplier: str) -> SupplierInvoice:
        """The same, as it was when it belonged to another company or supplier."""
        names = [name for name, _ in self.company]
        company = tuple(zip(names, company_key.split("/"), strict=True))
        return replace(self, company=company, supplier=supplier or self.supplier)

    def to_json(self) -> dict[str, Any]:
        """A JSON object with amounts and dates as strings; `from_json` reads it back equal."""
        return {
            "kind": "supplier_invoice",
            "number": self.number,
            "record_id": self.record_id,
            "company": [list(pair) for pair in self.company],
            "supplier": self.supplier,
            "currency": self.currency,
            "total": str(self.total),
            "invoice_date": self.invoice_date.isoformat(),
            "accounting_date": self.accounting_date.isoformat(),
            "text": self.text,
            "lines": [
                {
                    "number": line.number,
                    "amount": str(line.amount),
                    "dimensions": [list(pair) for pair in line.dimensions],
                    "text": line.text,
                }
                for line in self.lines
            ],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> SupplierInvoice:
        """The document of a `to_json` object."""
        return cls(
            number=data["number"],
            record_id=data["record_id"],
            company=tuple((name, value) for name, value in data["company"]),
            supplier=data["supplier"],
            currency=data["currency"],
            total=Decimal(data["total"]),
            invoice_date=date.fromisoformat(data["invoice_date"]),
            accounting_date=date.fromisoformat(data["accounting_date"]),
            text=data["text"],
            lines=tuple(
                DocumentLine(
                    number=line["number"],
                    amount=Decimal(line["amount"]),
                    dimensions=tuple((name, value) for name, value in line["dimensions"]),
                    text=line["text"],
                )
                for line in data["lines"]
            ),
        )

    def fingerprint(self) -> str:
        """SHA-256 of the content, hexadecimal: equal documents have equal fingerprints."""
        canonical = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Ignored:
    """What a record becomes that the mapping leaves alone on purpose."""

    why: str
