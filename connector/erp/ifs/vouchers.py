"""Entries of the general ledger as manual vouchers in the hold table.

A voucher balances, in one currency; it stays in the hold table until the GL update of IFS takes its
rows to the general ledger, where there is no head to find any more.
Sources: docs.ifs.com/ifsclouddocs, "Enter Manual Voucher"; columns of GenLedVoucherRow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from connector.domain.documents import Document, DocumentKind
from connector.domain.numbers import draft_of
from connector.domain.posting import Phase
from connector.domain.reasons import Hold, Reason
from connector.erp.ifs import fields, lines, references
from connector.erp.ifs.literals import Value, literal
from connector.erp.ifs.names import DocumentNames
from connector.erp.ifs.proposals import line_of, vat_fault
from connector.erp.ifs.results import Entity
from connector.erp.ifs.shape import AMOUNT, DAY, NUMBER, TEXT, Need, Numbered, different

_KEY = ("company", "type", "year", "id")
#: Our document numbers have 22 characters, markers up to 25.
_NUMBER_LENGTH, _MARKER_LENGTH = 22, 25


class Vouchers:
    """A reference is `<company>/<voucher type>/<year>/<number>`.

    The text of the head begins with the marker; each row has the document number and the Brex id.
    """

    kind: ClassVar[DocumentKind] = DocumentKind.GL_ENTRY

    def __init__(self, names: DocumentNames) -> None:
        self.names = names
        self._head = names.fields
        self._line = names.line_fields

    @property
    def keys(self) -> Sequence[str]:
        """Company, voucher type, year and number."""
        return tuple(self._head[role] for role in _KEY)

    @property
    def row_keys(self) -> Sequence[str]:
        """The key of a row."""
        return (*self.keys, self._line["row"])

    @property
    def row_fields(self) -> Sequence[str]:
        """What is read of a row of the general ledger beside its code parts."""
        roles = ("account", "currency", "amount", "text", "number", "reference")
        return (
            *self.row_keys,
            self._head["accounting_date"],
            *(self._line[role] for role in roles),
        )

    def check(self, document: Document) -> Hold | None:
        """Lines that do not add up to zero."""
        if total := sum(line.amount for line in document.lines):
            message = f"debits and credits differ by {total}"
            return Hold(Reason.UNBALANCED, message, "lines", str(total))
        return vat_fault(document)

    def head(self, document: Document, marker: str) -> dict[str, str]:
        """The body of the head, with the values that the tenant needs beside ours."""
        return {
            **self.names.constants,
            self._head["company"]: document.company_key,
            self._head["accounting_date"]: fields.day(document.accounting_date),
            self._head["text"]: f"{marker} {fields.text(document.text)}".strip(),
        }

    def line(self, document: Document, number: int, marker: str) -> dict[str, str]:
        """The body of a row: a debit, or a credit."""
        ours = line_of(document, number)
        side = "debit" if ours.amount >= 0 else "credit"
        return {
            self._line["currency"]: document.currency,
            self._line[side]: fields.amount(abs(ours.amount), document.currency),
            self._line["text"]: fields.text(ours.text),
            self._line["number"]: document.number,
            self._line["reference"]: references.written(document, marker),
            **lines.coding(ours, self._line),
        }

    def search(self, documents: Sequence[Numbered]) -> str:
        """By the beginning of the text."""
        tests = (
            f"startswith({self._head['text']},{literal(one.number + '.')})" for one in documents
        )
        return " or ".join(tests)

    def search_rows(self, documents: Sequence[Numbered]) -> str:
        """By the number on the rows, which is what is left after the GL update."""
        name = self._line["number"]
        return " or ".join(f"{name} eq {literal(one.number)}" for one in documents)

    def number_of(self, head: Entity) -> str:
        """The number at the beginning of the text."""
        return self._marker(head).rpartition(".")[0]

    def row_number(self, row: Entity) -> str:
        """The document number on a row."""
        return row.text(self._line["number"])

    def row_marker(self, row: Entity, document: Document) -> str:
        """The marker that a row stands for."""
        return references.marker_of(row.text(self._line["reference"]), document)

    def marker_of(self, head: Entity, document: Document) -> str:
        """The beginning of the text, where it is a marker of the document."""
        marker = self._marker(head)
        return "" if draft_of(marker, document.number) is None else marker

    def reference_of(self, head: Entity) -> str:
        """Company, voucher type, year and number; of a row as well."""
        parts = [head.text(name) for name in self.keys]
        is_key = all(parts) and all(part.isdecimal() for part in parts[2:])
        return "/".join(parts) if is_key else ""

    def key_of(self, reference: str) -> Mapping[str, Value]:
        """`(Company='10',VoucherType='M',AccountingYear=2026,VoucherNo=1)`."""
        company, kind, year, number = reference.split("/")
        values: tuple[Value, ...] = (company, kind, int(year), int(number))
        return dict(zip(self.keys, values, strict=True))

    def phase_of(self, head: Entity) -> Phase:
        """A voucher in the hold table is sound; only the GL update is missing."""
        del head
        return Phase.VALIDATED

    def detail_of(self, head: Entity) -> str:
        """Where it stands."""
        return f"voucher {self.voucher_of(head)} is in the hold table"

    def voucher_of(self, head: Entity) -> str:
        """`M 20001/2026`."""
        kind, year, number = (head.text(name) for name in self.keys[1:])
        return f"{kind} {number}/{year}"

    def differences(
        self, head: Entity, rows: Sequence[Entity], document: Document, marker: str
    ) -> tuple[str, ...]:
        """Marker, date and currency."""
        date = self._head["accounting_date"]
        return (
            *different(self._head["text"], self._marker(head), marker),
            *different(date, head.text(date), fields.day(document.accounting_date)),
            *self._currencies(rows, document),
        )

    def row_differences(
        self, rows: Sequence[Entity], document: Document, marker: str
    ) -> tuple[str, ...]:
        """The same of a voucher of which the general ledger has the rows alone."""
        date, reference = self._head["accounting_date"], self._line["reference"]
        ours = {date: fields.day(document.accounting_date)}
        ours[reference] = references.written(document, marker)
        told = [
            different(name, shown, value)
            for name, value in ours.items()
            for shown in sorted({row.text(name) for row in rows})
        ]
        return (*(one for some in told for one in some), *self._currencies(rows, document))

    def head_needs(self) -> Sequence[Need]:
        """What is written, searched for and read."""
        return [
            Need(self._head["company"], TEXT),
            Need(self._head["type"], TEXT),
            Need(self._head["year"], NUMBER),
            Need(self._head["id"], NUMBER),
            Need(self._head["accounting_date"], DAY),
            Need(self._head["text"], TEXT, _MARKER_LENGTH),
            *(Need(name) for name in self.names.constants),
        ]

    def line_needs(self) -> Sequence[Need]:
        """What is written and read."""
        return [
            Need(self._line["account"], TEXT),
            Need(self._line["currency"], TEXT),
            *(Need(self._line[role], AMOUNT) for role in ("debit", "credit", "amount")),
            Need(self._line["text"], TEXT),
            Need(self._line["number"], TEXT, _NUMBER_LENGTH),
            Need(self._line["reference"], TEXT, references.LENGTH),
        ]

    def _marker(self, head: Entity) -> str:
        return head.text(self._head["text"]).partition(" ")[0]

    def _currencies(self, rows: Sequence[Entity], document: Document) -> tuple[str, ...]:
        name = self._line["currency"]
        told = (
            different(name, shown, document.currency)
            for shown in sorted({row.text(name) for row in rows})
        )
        return tuple(one for some in told for one in some)
