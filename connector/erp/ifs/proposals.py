"""Supplier invoices as posting proposals: a head with the cost lines.

A proposal balances when its lines add up to the invoice; the payable side comes from IFS's own
posting rules. People authorise it and post it in the end: that the connector leaves to them.
Sources: docs.ifs.com/ifsclouddocs, "Process Posting Proposals"; the fields are inferred, see names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from connector.domain.documents import Document, DocumentKind, DocumentLine, as_invoice
from connector.domain.ledger import ErpState
from connector.domain.posting import Phase
from connector.domain.reasons import Hold, Reason
from connector.erp.ifs import fields, lines, literals, references
from connector.erp.ifs.literals import Value
from connector.erp.ifs.names import DocumentNames
from connector.erp.ifs.results import Entity
from connector.erp.ifs.shape import AMOUNT, DAY, NUMBER, TEXT, Need, Numbered, different

#: States of the invoice and of its proposal, as public code and documents name them.
_POSTED = frozenset({"FinalPosted", "Posted", "PostedAuth", "PartlyPaidPosted", "PaidPosted"})
_CANCELLED = frozenset({"Cancelled"})
#: Lines are missing, or do not add up: it cannot be posted as it is.
_UNFINISHED = frozenset({"NotBalanced"})
#: Our document numbers have 22 characters.
_NUMBER_LENGTH = 22


class Proposals:
    """A reference is `<company>/<invoice id>`."""

    kind: ClassVar[DocumentKind] = DocumentKind.SUPPLIER_INVOICE

    def __init__(self, names: DocumentNames) -> None:
        self.names = names
        self._head = names.fields
        self._line = names.line_fields

    @property
    def keys(self) -> Sequence[str]:
        """Company and invoice id."""
        return (self._head["company"], self._head["id"])

    def check(self, document: Document) -> Hold | None:
        """Lines that do not add up, or that IFS would make by itself (VAT)."""
        invoice = as_invoice(document)
        total = sum(line.amount for line in invoice.lines)
        if total != invoice.total:
            message = f"the lines add up to {total} and not to {invoice.total}"
            return Hold(Reason.UNBALANCED, message, "total", str(invoice.total))
        return vat_fault(document)

    def head(self, document: Document, marker: str) -> dict[str, str]:
        """The body of the head, with the values that the tenant needs beside ours."""
        invoice, names = as_invoice(document), self._head
        return {
            **self.names.constants,
            names["company"]: document.company_key,
            names["supplier"]: fields.text(invoice.supplier),
            names["number"]: document.number,
            names["reference"]: references.written(document, marker),
            names["invoice_date"]: fields.day(invoice.invoice_date),
            names["accounting_date"]: fields.day(document.accounting_date),
            names["currency"]: document.currency,
            names["total"]: fields.amount(invoice.total, document.currency),
            names["text"]: fields.text(f"{invoice.their_number} {invoice.text}"),
        }

    def line(self, document: Document, number: int, marker: str) -> dict[str, str]:
        """The body of a posting line."""
        ours = line_of(document, number)
        return {
            self._line["amount"]: fields.amount(ours.amount, document.currency),
            self._line["text"]: fields.text(ours.text),
            self._line["reference"]: references.written(document, marker),
            **lines.coding(ours, self._line),
        }

    def search(self, documents: Sequence[Numbered]) -> str:
        """By invoice number, whatever the supplier."""
        return literals.any_of(self._head["number"], (one.number for one in documents))

    def number_of(self, head: Entity) -> str:
        """The invoice number."""
        return head.text(self._head["number"])

    def marker_of(self, head: Entity, document: Document) -> str:
        """From the creator's reference."""
        return references.marker_of(head.text(self._head["reference"]), document)

    def reference_of(self, head: Entity) -> str:
        """Company and invoice id."""
        company, number = head.text(self._head["company"]), head.text(self._head["id"])
        return f"{company}/{number}" if company and number.isdecimal() else ""

    def key_of(self, reference: str) -> Mapping[str, Value]:
        """`(Company='10',InvoiceId=123)`."""
        company, _, number = reference.rpartition("/")
        return dict(zip(self.keys, (company, int(number)), strict=True))

    def phase_of(self, head: Entity) -> Phase:
        """VALIDATED as soon as it is there: what follows is people's work."""
        state = head.text(self._head["state"])
        if state in _CANCELLED:
            return Phase.REFUSED
        return Phase.LEDGER if state in _POSTED else Phase.VALIDATED

    def state_of(self, head: Entity) -> ErpState:
        """How it stands; a state that is not known is taken for that of people's work."""
        state = head.text(self._head["state"])
        if state in _POSTED:
            return ErpState.POSTED
        if state in _CANCELLED:
            return ErpState.CANCELLED
        return ErpState.DRAFT if state in _UNFINISHED else ErpState.VALIDATED

    def detail_of(self, head: Entity) -> str:
        """Its state."""
        return f"the posting proposal is {head.text(self._head['state']) or 'without a state'}"

    def voucher_of(self, head: Entity) -> str:
        """The voucher of the final posting."""
        return head.text(self._head["voucher"])

    def differences(
        self, head: Entity, rows: Sequence[Entity], document: Document, marker: str
    ) -> tuple[str, ...]:
        """Number, supplier, reference, currency, dates and total."""
        del rows
        invoice, names = as_invoice(document), self._head
        texts = {
            names["number"]: document.number,
            names["supplier"]: fields.text(invoice.supplier),
            names["reference"]: references.written(document, marker),
            names["currency"]: document.currency,
            names["invoice_date"]: fields.day(invoice.invoice_date),
            names["accounting_date"]: fields.day(document.accounting_date),
        }
        told = [different(name, head.text(name), ours) for name, ours in texts.items()]
        told.append(different(names["total"], head.amount(names["total"]), invoice.total))
        return tuple(sentence for sentences in told for sentence in sentences)

    def head_needs(self) -> Sequence[Need]:
        """What is written, searched for and read."""
        lengths = {"number": _NUMBER_LENGTH, "reference": references.LENGTH}
        kinds = {
            **dict.fromkeys(("company", "supplier", "number", "reference", "text"), TEXT),
            **dict.fromkeys(("invoice_date", "accounting_date"), DAY),
            "currency": TEXT,
            "total": AMOUNT,
            "id": NUMBER,
            "state": (),
            "voucher": (),
        }
        return [
            *(Need(self._head[role], types, lengths.get(role, 0)) for role, types in kinds.items()),
            *(Need(name) for name in self.names.constants),
        ]

    def line_needs(self) -> Sequence[Need]:
        """What is written and read."""
        return [
            Need(self._line["account"], TEXT),
            Need(self._line["amount"], AMOUNT),
            Need(self._line["text"], TEXT),
            Need(self._line["reference"], TEXT, references.LENGTH),
        ]


def line_of(document: Document, number: int) -> DocumentLine:
    """The line of that number."""
    return next(line for line in document.lines if line.number == number)


def vat_fault(document: Document) -> Hold | None:
    """Why a document with VAT that has no account is not taken: IFS posts it by its own rules."""
    bare = (line for line in document.lines if line.vat_code and not lines.account_of(line))
    code = next((line.vat_code for line in bare), "")
    if not code:
        return None
    message = "a posting proposal has no lines of VAT alone: IFS makes them by its own rules"
    return Hold(Reason.ERP_REFUSED, message, "vat_code", code)
