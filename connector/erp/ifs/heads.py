"""Finds documents by our number and reads them whole, by the rules of their shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connector.domain.documents import Document
from connector.domain.drafts import Outcome
from connector.domain.posting import FoundDocument, Phase, ReadDocument
from connector.erp.answers import by_group, failed
from connector.erp.ifs import lines, literals
from connector.erp.ifs.accounts import Accounts
from connector.erp.ifs.multipart import Part
from connector.erp.ifs.odata import FULL_PAGE, OData
from connector.erp.ifs.probe import Probe
from connector.erp.ifs.results import ABSENT, UNREADABLE, Entity, entity_of, page_of
from connector.erp.ifs.shape import Numbered, Shape
from connector.ports import Answer, Target


class Heads:
    """Reads heads with their lines."""

    def __init__(self, odata: OData, shape: Shape, probe: Probe, accounts: Accounts) -> None:
        self._odata = odata
        self._shape = shape
        self._probe = probe
        self._accounts = accounts
        self._names = shape.names

    def look_up(self, documents: Sequence[Document]) -> list[Answer[tuple[FoundDocument, ...]]]:
        """Every head under each number, asked for in one filtered request for each company."""
        return by_group(documents, lambda one: one.company_key, self._look_up)

    def read(self, targets: Sequence[Target]) -> list[Answer[ReadDocument]]:
        """Heads with all lines, compared with ours; GONE where there is no such head."""
        paths = [path for target in targets for path in self._paths(target.reference)]
        told = self._odata.read_all(self._names.projection, paths)
        pairs = zip(told[::2], told[1::2], strict=True)
        read = [self._read(target, *pair) for target, pair in zip(targets, pairs, strict=True)]
        return self._surely_gone(targets, read)

    def with_lines(self, references: Sequence[str]) -> list[Answer[tuple[Entity, list[Entity]]]]:
        """Each head as it was just read, with its ETag and its lines."""
        paths = [path for reference in references for path in self._paths(reference)]
        told = self._odata.read_all(self._names.projection, paths)
        return [
            self._whole(reference, *pair)
            for reference, pair in zip(
                references, zip(told[::2], told[1::2], strict=True), strict=True
            )
        ]

    def under(self, company: str, documents: Sequence[Numbered]) -> Answer[list[Entity]]:
        """Every head of a company under any of the numbers."""
        field = self._names.fields["company"]
        condition = f"{field} eq {literals.literal(company)} and ({self._shape.search(documents)})"
        return self._odata.rows(
            self._names.projection,
            self._names.head_set,
            key=list(self._shape.keys),
            condition=condition,
        )

    def path(self, reference: str) -> str:
        """The address of a head."""
        return self._names.head_set + literals.key(self._shape.key_of(reference))

    def _look_up(
        self, company: str, documents: Sequence[Document]
    ) -> list[Answer[tuple[FoundDocument, ...]]]:
        told = self.under(company, documents)
        if told.value is None:
            return [failed(told)] * len(documents)
        by_number: dict[str, list[Entity]] = {}
        for head in told.value:
            by_number.setdefault(self._shape.number_of(head), []).append(head)
        return [
            found(one, [self._found(head, one) for head in by_number.get(one.number, ())])
            for one in documents
        ]

    def _found(self, head: Entity, document: Document) -> FoundDocument:
        return FoundDocument(
            self._shape.reference_of(head),
            self._shape.marker_of(head, document),
            self._shape.phase_of(head),
        )

    def _paths(self, reference: str) -> tuple[str, str]:
        head = self.path(reference)
        return head, literals.with_options(f"{head}/{self._names.lines}", {"$top": str(FULL_PAGE)})

    def _whole(
        self, reference: str, head: Answer[Part], rows: Answer[Part]
    ) -> Answer[tuple[Entity, list[Entity]]]:
        shown = entity_of(head)
        if shown.value is None:
            return failed(shown)
        page = page_of(rows)
        if page.value is None:
            return _not_read(page, reference)
        listed = page.value.rows
        if page.value.link or len(listed) >= FULL_PAGE:
            every = self._every_line(reference)
            if every.value is None:
                return _not_read(every, reference)
            listed = every.value
        return Answer(Outcome.DONE, (shown.value, listed))

    def _every_line(self, reference: str) -> Answer[list[Entity]]:
        """The lines of a document that has more than one page of them."""
        offer = self._probe.ask()
        if offer.value is None:
            return failed(offer)
        return self._odata.rows(
            self._names.projection,
            f"{self.path(reference)}/{self._names.lines}",
            key=offer.value.line.keys,
        )

    def _read(self, target: Target, head: Answer[Part], rows: Answer[Part]) -> Answer[ReadDocument]:
        whole = self._whole(target.reference, head, rows)
        if whole.outcome is Outcome.REFUSED and whole.code == ABSENT:
            return Answer(Outcome.DONE, ReadDocument(target.reference, Phase.GONE))
        if whole.value is None:
            return _not_read(whole, target.reference)
        shown, listed = whole.value
        shape, document = self._shape, target.document
        return Answer(
            Outcome.DONE,
            ReadDocument(
                target.reference,
                shape.phase_of(shown),
                lines.keys_of_rows(listed, document, self._names.line_fields),
                shape.differences(shown, listed, document, target.marker),
                shape.detail_of(shown),
                shape.voucher_of(shown),
            ),
        )

    def _surely_gone(
        self, targets: Sequence[Target], read: list[Answer[ReadDocument]]
    ) -> list[Answer[ReadDocument]]:
        """What is not there may only be hidden: of a company without a right, nothing is shown."""
        checked: list[Answer[ReadDocument]] = []
        shows: dict[str, Answer[Any]] = {}
        for target, answer in zip(targets, read, strict=True):
            company = target.document.company_key
            if answer.value is None or answer.value.phase is not Phase.GONE:
                checked.append(answer)
                continue
            if company not in shows:
                shows[company] = self._accounts.seen(company)
            checked.append(answer if shows[company].value else failed(shows[company]))
        return checked


def found(document: Document, there: Sequence[FoundDocument]) -> Answer[tuple[FoundDocument, ...]]:
    """What there is of a document; nothing is told where one of them cannot be addressed."""
    if all(one.reference for one in there):
        return Answer(Outcome.DONE, tuple(there))
    message = f"IFS shows a document with number {document.number} without its key"
    return Answer(Outcome.NOT_SENT, code=UNREADABLE, message=message)


def _not_read(answer: Answer[Any], reference: str) -> Answer[Any]:
    """A read is never refused: it tells nothing about the document."""
    return Answer(
        Outcome.NOT_SENT,
        code=answer.code,
        message=f"document {reference} cannot be read: {answer.message}",
        wait_s=answer.wait_s,
    )
