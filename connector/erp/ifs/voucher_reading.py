"""Entries of the general ledger as IFS has them: in the hold table, and after the GL update."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from connector.domain.documents import DocumentKind
from connector.domain.ledger import ErpDocument, ErpState, Expected
from connector.domain.numbers import BEGINNING, is_document_number
from connector.erp.answers import value_of
from connector.erp.ifs import fields, literals
from connector.erp.ifs.heads import Heads
from connector.erp.ifs.ledger import HoldAndLedger
from connector.erp.ifs.odata import OData
from connector.erp.ifs.proposal_reading import Told, day_of, unreadable
from connector.erp.ifs.results import Entity
from connector.erp.ifs.vouchers import Vouchers


class VoucherReading:
    """Reads vouchers of one company at a time.

    `accounts` are the offset accounts, `of_invoices` the voucher type by which invoices are posted:
    those are no entries.
    """

    kind = DocumentKind.GL_ENTRY

    def __init__(
        self,
        odata: OData,
        shape: Vouchers,
        heads: Heads,
        both: HoldAndLedger,
        *,
        accounts: Sequence[str],
        of_invoices: str,
    ) -> None:
        self._odata = odata
        self._shape = shape
        self._heads = heads
        self._both = both
        self._accounts = list(dict.fromkeys(accounts))
        self._of_invoices = of_invoices
        self._head = shape.names.fields
        self._line = shape.names.line_fields

    def documents(self, company: str, expected: Sequence[Expected]) -> list[list[Told]]:
        """Every voucher under each number, by position, in whichever of the two it is.

        What moves in between is found twice, and is one voucher: the ledger knows better.
        """
        held = self._heads.under(company, expected)
        posted = self._both.under(company, expected)
        for answer in (held, posted):
            if answer.value is None:
                return [[unreadable(one, answer.message, answer.code)] for one in expected]
        told: dict[str, list[Told]] = {one.number: [] for one in expected}
        known = {one.number: one for one in expected}
        vouchers: dict[str, list[Entity]] = {}
        for row in posted.value or ():
            vouchers.setdefault(self._shape.reference_of(row), []).append(row)
        for reference, rows in vouchers.items():
            if one := known.get(self._shape.row_number(rows[0])):
                told[one.number].append(self._told(one, reference, rows))
        waiting = [
            (one, reference, head)
            for head in held.value or ()
            if (one := known.get(self._shape.number_of(head)))
            and (reference := self._shape.reference_of(head)) not in vouchers
        ]
        for number, some in self._held(waiting):
            told[number].append(some)
        return [told[one.number] for one in expected]

    def others(self, company: str, since: date, until: date) -> Iterator[ErpDocument]:
        """Posted vouchers on the accounts, and all under a number of our form.

        Raises RefusedError, RetryLaterError, or ValueError for what cannot be read.
        """
        for rows in self._posted(company, since, until):
            first = rows[0]
            number = self._shape.row_number(first)
            is_invoice = first.text(self._head["type"]) == self._of_invoices
            on_accounts = [row for row in rows if row.text(self._line["account"]) in self._accounts]
            if is_document_number(number):
                yield self._document(number, self._shape.reference_of(first), rows)
            elif on_accounts and not is_invoice:
                text = number or first.text(self._line["text"])
                yield self._document(text, self._shape.reference_of(first), on_accounts)
        yield from self._waiting(company, since, until)

    def _posted(self, company: str, since: date, until: date) -> Iterator[list[Entity]]:
        """The rows of each voucher that may be wanted, which come one after the other."""
        account, number = self._line["account"], self._line["number"]
        tests = [f"startswith({number},'{BEGINNING}')"]
        tests += [f"{account} eq {literals.literal(one)}" for one in self._accounts]
        pages = self._both.pages(self._between(company, since, until, " or ".join(tests)))
        rows = (row for page in pages for row in value_of(page, self._both.name))
        for _, some in groupby(rows, self._shape.reference_of):
            yield list({row.text(self._line["row"]): row for row in some}.values())

    def _waiting(self, company: str, since: date, until: date) -> Iterator[ErpDocument]:
        """Vouchers of our form in the hold table; nobody else's are posted before they leave it."""
        names, text = self._shape.names, self._head["text"]
        condition = self._between(company, since, until, f"startswith({text},'{BEGINNING}')")
        for page in self._odata.pages(
            names.projection, names.head_set, key=list(self._shape.keys), condition=condition
        ):
            ours = [
                head
                for head in value_of(page, names.head_set)
                if is_document_number(self._shape.number_of(head))
            ]
            references = [self._shape.reference_of(head) for head in ours]
            told = self._heads.with_lines(references)
            for head, reference, whole in zip(ours, references, told, strict=True):
                rows = value_of(whole, f"voucher {reference}")[1]
                yield self._document(self._shape.number_of(head), reference, rows, head)

    def _between(self, company: str, since: date, until: date, which: str) -> str:
        place, day = self._head["company"], self._head["accounting_date"]
        return (
            f"{place} eq {literals.literal(company)} and {day} ge {fields.day(since)}"
            f" and {day} le {fields.day(until)} and ({which})"
        )

    def _held(self, waiting: Sequence[tuple[Expected, str, Entity]]) -> Iterator[tuple[str, Told]]:
        """The vouchers of these heads by their numbers; they are read with their lines."""
        keyed = [one for one in waiting if one[1]]
        wholes = iter(self._heads.with_lines([reference for _, reference, _ in keyed]))
        for one, reference, head in waiting:
            if not reference:
                yield one.number, unreadable(one, "IFS shows a voucher without its key")
                continue
            whole = next(wholes)
            if whole.value is None:
                yield one.number, unreadable(one, whole.message, whole.code)
            else:
                yield one.number, self._told(one, reference, whole.value[1], head)

    def _told(
        self, one: Expected, reference: str, rows: Sequence[Entity], head: Entity | None = None
    ) -> Told:
        try:
            return self._document(one.number, reference, rows, head)
        except ValueError as error:
            return unreadable(one, str(error))

    def _document(
        self, number: str, reference: str, rows: Sequence[Entity], head: Entity | None = None
    ) -> ErpDocument:
        """A voucher of the ledger; with a head, one that waits in the hold table."""
        amounts = [row.amount(self._line["amount"]) for row in rows]
        first = head or rows[0]
        if None in amounts or not reference:
            raise ValueError(f"voucher {reference or 'without its key'} shows no amount")
        sums = [amount for amount in amounts if amount is not None]
        debits = sum((one for one in sums if one > 0), Decimal(0))
        return ErpDocument(
            number=number,
            kind=self.kind,
            company=(("company", first.text(self._head["company"])),),
            state=ErpState.VALIDATED if head else ErpState.POSTED,
            amount=debits or -sum(sums, Decimal(0)),
            currency=rows[0].text(self._line["currency"]) if rows else "",
            accounting_date=day_of(first.text(self._head["accounting_date"])),
            reference=reference,
            voucher=self._shape.voucher_of(first),
        )
