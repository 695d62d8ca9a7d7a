"""Batches of `APS450MI` as M3 shows them: looked up by number, read and compared.

Reading is repeatable and has no effect. The listings give no more than numbers and status, so that
every batch found is read for its marker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connector.domain.documents import Document, SupplierInvoice
from connector.domain.drafts import Outcome
from connector.domain.numbers import draft_marker
from connector.domain.posting import FoundDocument, Phase, ReadDocument
from connector.erp.answers import failed, where_done
from connector.erp.infor import fields, heads
from connector.erp.infor.aps450_records import PROGRAM
from connector.erp.infor.errors import is_absent
from connector.erp.infor.lines import shown_lines
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.payees import Payee, Payees
from connector.erp.infor.probe import Probe
from connector.erp.infor.results import UNREADABLE, Row, Rows, Transaction
from connector.ports import Answer, Target


@dataclass(frozen=True, slots=True)
class InvoiceKey:
    """What M3 keeps invoices and their batches under, beside the payee."""

    supplier: str
    number: str

    def record(self, payee: Payee, company: Company) -> dict[str, str]:
        """The input that names it."""
        names = {"SPYN": payee.number, "SUNO": self.supplier, "SINO": self.number}
        return names | company.division


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch with its head."""

    inbn: str
    head: Row


_INBN = re.compile(r"[0-9]{1,10}", re.ASCII)


class BatchReader:
    """Reads batches of one company at a time; answers by position.

    `unmarked_is_ours`: a batch under our number without CORI counts as the first draft, because
    the release, or the tenant's mapping, may have no place for it.
    """

    def __init__(
        self,
        api: M3Api,
        payees: Payees,
        probe: Probe | None = None,
        *,
        unmarked_is_ours: bool = False,
    ) -> None:
        self._probe = probe
        self._unmarked_is_ours = unmarked_is_ours
        self._api = api
        self._payees = payees

    def look_up(
        self, company: Company, documents: Sequence[Document]
    ) -> list[Answer[tuple[FoundDocument, ...]]]:
        """Every batch under supplier and number, with the marker it carries."""
        keys = [InvoiceKey(fields.text(one.partner), one.number) for one in documents]
        return [
            Answer(Outcome.DONE, tuple(self._found(document, batch) for batch in answer.value))
            if answer.value is not None
            else failed(answer)
            for document, answer in zip(documents, self.batches(company, keys), strict=True)
        ]

    def batches(
        self, company: Company, keys: Sequence[InvoiceKey]
    ) -> list[Answer[tuple[Batch, ...]]]:
        """Every batch under supplier and number, with its head.

        A blocked supplier is looked up all the same: a draft may have come before the block.
        """
        payees = self._payees.of([key.supplier for key in keys], company)
        listed = [
            _numbered(answer)
            for answer in where_done(
                list(zip(keys, payees, strict=True)),
                payees,
                lambda pairs: self._list(company, pairs),
            )
        ]
        inbns = [inbn_of(row) for answer in listed for row in answer.value or ()]
        heads_read = iter(self.read_heads(company, inbns))
        return [
            _batches(key.number, answer.value, heads_read)
            if answer.value is not None
            else failed(answer)
            for key, answer in zip(keys, listed, strict=True)
        ]

    def read(self, company: Company, targets: Sequence[Target]) -> list[Answer[ReadDocument]]:
        """`GetHead` and `LstLines` of each batch; a batch that is not there is GONE."""
        columns = self._head_columns()
        asked = [
            transaction
            for target in targets
            for transaction in (
                Transaction("GetHead", batch_key(company, target.reference), columns),
                Transaction("LstLines", batch_key(company, target.reference)),
            )
        ]
        answers = self._api.execute_bulk(PROGRAM, asked, company=company, write=False)
        return [
            self._read(target, head, lines)
            for target, head, lines in zip(targets, answers[::2], answers[1::2], strict=True)
        ]

    def read_heads(self, company: Company, inbns: Sequence[str]) -> list[Answer[Rows]]:
        """`GetHead` of each batch."""
        columns = self._head_columns()
        asked = [Transaction("GetHead", batch_key(company, inbn), columns) for inbn in inbns]
        return self._api.execute_bulk(PROGRAM, asked, company=company, write=False)

    def _head_columns(self) -> tuple[str, ...]:
        """What is read of a head, where the release is known to show it; else all there is."""
        release = self._probe.known if self._probe else None
        return heads.COLUMNS if release and release.head_shown.issuperset(heads.COLUMNS) else ()

    def _found(self, document: Document, batch: Batch) -> FoundDocument:
        head = self._marked(document, batch.head)
        return FoundDocument(batch.inbn, head.get("CORI", ""), heads.phase(head))

    def _marked(self, document: Document, head: Row) -> Row:
        """The head; without a marker, under the first draft's where it counts as ours."""
        if head and self._unmarked_is_ours and not head.get("CORI"):
            return {**head, "CORI": draft_marker(document.number, 1)}
        return head

    def years_credited(
        self, company: Company, documents: Sequence[SupplierInvoice]
    ) -> list[Answer[str]]:
        """The year of the invoice that each credits; "" where it credits none that M3 shows."""
        credits_ = [replace(one, number=one.credits) for one in documents if one.credits]
        found = self.look_up(company, credits_)
        batches = [answer.value[0].reference for answer in found if answer.value]
        heads_of = dict(zip(batches, self.read_heads(company, batches), strict=True))
        years = iter([_year(answer, heads_of) for answer in found])
        return [next(years) if one.credits else Answer(Outcome.DONE, "") for one in documents]

    def _read(
        self, target: Target, head: Answer[Rows], lines: Answer[Rows]
    ) -> Answer[ReadDocument]:
        if is_absent(head):
            return Answer(Outcome.DONE, ReadDocument(target.reference, Phase.GONE))
        if head.outcome is not Outcome.DONE:
            return failed(head)
        if not head.value:
            return no_head(target.reference)
        if lines.outcome is not Outcome.DONE and not is_absent(lines):
            return failed(lines)
        shown = self._marked(target.document, head.value[0])
        listed = shown_lines(lines.value or (), target.document)
        return Answer(
            Outcome.DONE,
            ReadDocument(
                target.reference,
                heads.phase(shown),
                listed.keys,
                heads.differences(shown, target.document, target.marker),
                heads.detail(shown),
                heads.voucher(shown),
                alike=listed.alike,
            ),
        )

    def _list(
        self, company: Company, pairs: list[tuple[InvoiceKey, Answer[Payee]]]
    ) -> list[Answer[Rows]]:
        asked = [
            Transaction("LstInvBySupInv", key.record(payee.value, company))
            for key, payee in pairs
            if payee.value
        ]
        answers = self._api.execute_bulk(PROGRAM, asked, company=company, write=False)
        return [Answer(Outcome.DONE, ()) if is_absent(answer) else answer for answer in answers]


def _batches(
    number: str, listed: Rows, heads_read: Iterator[Answer[Rows]]
) -> Answer[tuple[Batch, ...]]:
    """The batches listed, each with its head; takes as many heads as there are batches."""
    found, missed = [], None
    for row in listed:
        answer = next(heads_read)
        if is_absent(answer):
            continue  # deleted in the meantime
        if not answer.value:
            missed = failed(answer) if answer.outcome is not Outcome.DONE else no_head(inbn_of(row))
        elif answer.value[0].get("SINO", number) == number:
            found.append(Batch(inbn_of(row), answer.value[0]))
    return missed or Answer(Outcome.DONE, tuple(found))


def _year(
    found: Answer[tuple[FoundDocument, ...]], heads_of: Mapping[str, Answer[Rows]]
) -> Answer[str]:
    if not found.value:
        return failed(found) if found.outcome is not Outcome.DONE else Answer(Outcome.DONE, "")
    head = heads_of[found.value[0].reference]
    if head.outcome is not Outcome.DONE:
        return failed(head)
    return Answer(Outcome.DONE, head.value[0].get("IVDT", "")[:4] if head.value else "")


def _numbered(listed: Answer[Rows]) -> Answer[Rows]:
    """The list, unless a row of it has no number to read it by."""
    if all(inbn_of(row) for row in listed.value or ()):
        return listed
    return no_head("without INBN")


def inbn_of(row: Row) -> str:
    """The batch number of a row (type N10) in the one spelling it has; "" where it has none."""
    inbn = row.get("INBN", "").lstrip("0")
    return inbn if _INBN.fullmatch(inbn) else ""


def no_head(inbn: str) -> Answer[Any]:
    """The answer about a batch that M3 showed nothing of."""
    message = f"M3 answered about batch {inbn} without its head"
    return Answer(Outcome.NOT_SENT, code=UNREADABLE, message=message)


def batch_key(company: Company, inbn: str) -> dict[str, str]:
    """The input that names a batch."""
    return {"INBN": inbn, **company.division}
