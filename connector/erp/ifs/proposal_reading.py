"""Supplier invoices as IFS has them: the heads of posting proposals."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from connector.domain.documents import DocumentKind
from connector.domain.ledger import ErpDocument, ErpState, Expected, Unreadable
from connector.domain.numbers import BEGINNING
from connector.erp.answers import value_of
from connector.erp.ifs import fields, literals
from connector.erp.ifs.heads import Heads
from connector.erp.ifs.odata import OData
from connector.erp.ifs.proposals import Proposals
from connector.erp.ifs.results import UNREADABLE, Entity

Told = ErpDocument | Unreadable
#: So many suppliers are named in one filter.
_SUPPLIERS = 50


class ProposalReading:
    """Reads heads of one company at a time."""

    kind = DocumentKind.SUPPLIER_INVOICE

    def __init__(self, odata: OData, shape: Proposals, heads: Heads) -> None:
        self._odata = odata
        self._shape = shape
        self._heads = heads
        self._names = shape.names.fields

    def documents(self, company: str, expected: Sequence[Expected]) -> list[list[Told]]:
        """Every proposal under each number, by position, whatever its supplier."""
        told = self._heads.under(company, expected)
        if told.value is None:
            return [[unreadable(one, told.message, told.code)] for one in expected]
        by_number: dict[str, list[Entity]] = {}
        for head in told.value:
            by_number.setdefault(self._shape.number_of(head), []).append(head)
        return [
            [self._told(head, one) for head in by_number.get(one.number, ())] for one in expected
        ]

    def others(
        self, company: str, since: date, until: date, suppliers: Collection[str]
    ) -> Iterator[ErpDocument]:
        """Posted invoices of these suppliers, and all under a number of our form.

        Raises RefusedError, RetryLaterError, or ValueError for what cannot be read.
        """
        number, supplier = self._names["number"], self._names["supplier"]
        for head in self._listed(company, since, until, f"startswith({number},'{BEGINNING}')"):
            if (document := self._document(head)).ours:
                yield document
        names = sorted(suppliers)
        for start in range(0, len(names), _SUPPLIERS):
            any_of = literals.any_of(supplier, names[start : start + _SUPPLIERS])
            for head in self._listed(company, since, until, any_of):
                document = self._document(head)
                if document.state is ErpState.POSTED and not document.ours:
                    yield document

    def _listed(self, company: str, since: date, until: date, which: str) -> Iterator[Entity]:
        place, day = self._names["company"], self._names["accounting_date"]
        condition = (
            f"{place} eq {literals.literal(company)} and {day} ge {fields.day(since)}"
            f" and {day} le {fields.day(until)} and ({which})"
        )
        seen: set[str] = set()
        names = self._shape.names
        for page in self._odata.pages(
            names.projection, names.head_set, key=list(self._shape.keys), condition=condition
        ):
            for head in value_of(page, names.head_set):
                reference = self._shape.reference_of(head)
                if reference not in seen:
                    yield head
                seen.add(reference)

    def _told(self, head: Entity, one: Expected) -> Told:
        try:
            return self._document(head)
        except ValueError as error:
            return unreadable(one, str(error))

    def _document(self, head: Entity) -> ErpDocument:
        names = self._names
        amount, reference = head.amount(names["total"]), self._shape.reference_of(head)
        if amount is None or not reference:
            raise ValueError(f"{reference or 'a proposal without its key'} shows no amount")
        return ErpDocument(
            number=self._shape.number_of(head),
            kind=self.kind,
            company=(("company", head.text(names["company"])),),
            state=self._shape.state_of(head),
            amount=amount,
            currency=head.text(names["currency"]),
            accounting_date=day_of(head.text(names["accounting_date"])),
            reference=reference,
            supplier=head.text(names["supplier"]) or None,
            invoice_date=day_of(head.text(names["invoice_date"])),
            voucher=self._shape.voucher_of(head) or None,
        )


def day_of(text: str) -> date | None:
    """A date of IFS; None where there is none. Raises ValueError for what is none."""
    return date.fromisoformat(text[:10]) if text else None


def unreadable(one: Expected, why: str, code: str = UNREADABLE) -> Unreadable:
    """An expected document that IFS did not show."""
    return Unreadable(kind=one.kind, company=one.company, number=one.number, why=why, code=code)
