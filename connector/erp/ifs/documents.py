"""Documents of one kind in IFS: found, written, completed, read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

from connector.domain.documents import Document
from connector.domain.drafts import Outcome
from connector.domain.posting import FoundDocument, ReadDocument
from connector.domain.reasons import Hold, Reason
from connector.erp.answers import failed, pass_on, refused, where_done
from connector.erp.ifs import fields, lines
from connector.erp.ifs.heads import Heads
from connector.erp.ifs.multipart import ChangeSet, Request
from connector.erp.ifs.probe import Offer, Probe
from connector.erp.ifs.results import EXISTS, MODIFIED, UNREADABLE
from connector.erp.ifs.shape import Shape
from connector.erp.ifs.suppliers import Suppliers
from connector.erp.ifs.writing import Fresh, Job, Writing, Written, changing
from connector.ports import Answer, NewDraft, NewLine, Target

#: Somebody else has given a head lines before we could.
_HAS_LINES = "has_lines"


class Reader(Protocol):
    """Where documents are looked for and read."""

    def look_up(self, documents: Sequence[Document]) -> list[Answer[tuple[FoundDocument, ...]]]:
        """Every document under each number."""
        ...

    def read(self, targets: Sequence[Target]) -> list[Answer[ReadDocument]]:
        """Documents with all lines, compared with ours."""
        ...


class Documents:
    """Answers by position. Without `suppliers`, documents have none."""

    def __init__(
        self,
        shape: Shape,
        probe: Probe,
        *,
        heads: Heads,
        reader: Reader,
        writing: Writing,
        suppliers: Suppliers | None,
    ) -> None:
        self._shape = shape
        self._probe = probe
        self._heads = heads
        self._reader = reader
        self._writing = writing
        self._suppliers = suppliers
        self.look_up = reader.look_up
        self.read = reader.read

    def check(self, document: Document) -> Hold | None:
        """Why IFS cannot take the document, as far as is known without asking it."""
        if (hold := self._shape.check(document)) is not None:
            return hold
        bare = next((one.number for one in document.lines if not lines.account_of(one)), None)
        if bare is not None or not document.lines:
            message = f"line {bare} has no GL account" if bare else "the document has no lines"
            return Hold(Reason.GL_ACCOUNT_MISSING, message, lines.ACCOUNT, str(bare or ""))
        offer = self._probe.known
        return _misfit(self._shape, document, offer)

    def open_drafts(self, drafts: Sequence[NewDraft], send_until: float) -> list[Answer[str]]:
        """Write heads with all their lines, each document in a change set of its own."""
        offer = self._probe.ask()
        if offer.value is None:
            return [failed(offer)] * len(drafts)
        return where_done(
            drafts,
            self._taken(drafts, offer.value),
            lambda some: self._open(some, send_until),
        )

    def add_lines(self, given: Sequence[NewLine], send_until: float) -> list[Answer[None]]:
        """Give heads that have no lines all of theirs, each in a change set of its own."""
        by_reference: dict[str, list[NewLine]] = {}
        for line in given:
            by_reference.setdefault(line.reference, []).append(line)
        jobs = [
            Job(some[0].document, partial(self._completed, reference, some))
            for reference, some in by_reference.items()
        ]
        told = dict(zip(by_reference, self._writing.send(jobs, send_until), strict=True))
        return [pass_on(told[line.reference]) for line in given]

    def _taken(self, drafts: Sequence[NewDraft], offer: Offer) -> list[Answer[None]]:
        """Whether each document fits what IFS offers, and its supplier may be invoiced."""
        keys = [(one.document.company_key, fields.text(one.document.partner)) for one in drafts]
        known = self._suppliers.active(keys) if self._suppliers else {}
        answers: list[Answer[None]] = []
        for draft, key in zip(drafts, keys, strict=True):
            hold = _misfit(self._shape, draft.document, offer)
            if hold is not None:
                answers.append(refused(hold))
            else:
                answers.append(known.get(key, Answer(Outcome.DONE)))
        return answers

    def _open(self, drafts: Sequence[NewDraft], send_until: float) -> list[Answer[str]]:
        jobs = [Job(one.document, partial(self._whole, one)) for one in drafts]
        told = self._writing.send(jobs, send_until)
        if any(answer.code == MODIFIED for answer in told):
            self._probe.forget()
        opened = [self._opened(one, answer) for one, answer in zip(drafts, told, strict=True)]
        return self._instead(drafts, opened)

    def _whole(self, draft: NewDraft, fresh: Fresh) -> ChangeSet:
        document, marker = draft.document, draft.marker
        head = self._writing.head(document, marker, fresh)
        rows = (
            self._writing.line(document, line.number, marker, fresh, "$1")
            for line in document.lines
        )
        return ChangeSet((head, *rows))

    def _completed(
        self, reference: str, given: Sequence[NewLine], fresh: Fresh
    ) -> ChangeSet | Answer[Any]:
        """The lines of a head, guarded by its ETag: who has changed it meanwhile, comes first."""
        (whole,) = self._heads.with_lines([reference])
        if whole.value is None:
            return Answer(Outcome.NOT_SENT, code=whole.code, message=whole.message)
        head, rows = whole.value
        if rows:
            message = f"document {reference} has lines already"
            return Answer(Outcome.NOT_SENT, code=_HAS_LINES, message=message, wait_s=1.0)
        document = given[0].document
        marker = self._shape.marker_of(head, document)
        text = self._shape.names.fields["text"]
        touch = Request(
            "PATCH", self._heads.path(reference), {text: head.text(text)}, changing(head.etag)
        )
        added = (
            self._writing.line(document, one.line, marker, fresh, self._heads.path(reference))
            for one in given
        )
        return ChangeSet((touch, *added))

    def _opened(self, draft: NewDraft, answer: Written) -> Answer[str]:
        """The reference of what was written; another's would have our lines put there."""
        if answer.value is None:
            return failed(answer)
        head = answer.value[0]
        reference = self._shape.reference_of(head)
        if not reference or self._shape.marker_of(head, draft.document) != draft.marker:
            message = "IFS took the document and gave no key, or another's"
            return Answer(Outcome.UNKNOWN, code=UNREADABLE, message=message)
        return Answer(Outcome.DONE, reference)

    def _instead(self, drafts: Sequence[NewDraft], opened: list[Answer[str]]) -> list[Answer[str]]:
        """Where the key was taken: the document that has it, if it is this very draft."""
        taken = [n for n, answer in enumerate(opened) if answer.code == EXISTS]
        found = self._reader.look_up([drafts[n].document for n in taken]) if taken else ()
        for n, answer in zip(taken, found, strict=True):
            opened[n] = _existing(drafts[n], opened[n], answer)
        return opened


def _existing(
    draft: NewDraft, refused: Answer[str], found: Answer[tuple[FoundDocument, ...]]
) -> Answer[str]:
    if found.value is None:
        # what was refused had no effect; what has its key is asked for again at the next try
        return Answer(Outcome.NOT_SENT, code=found.code, message=found.message, wait_s=found.wait_s)
    ours = [one for one in found.value if one.marker == draft.marker]
    if len(ours) == 1:
        return Answer(Outcome.DONE, ours[0].reference)
    message = f"IFS has document {draft.document.number} already: {refused.message}"
    return Answer(
        Outcome.REFUSED, code=Reason.DOCUMENT_EXISTS.value, message=message, field="number"
    )


def _misfit(shape: Shape, document: Document, offer: Offer | None) -> Hold | None:
    """What of the document does not fit IFS's fields; without an offer, only its amounts count."""
    marker = f"{document.number}.1"
    try:
        head = shape.head(document, marker)
        rows = [shape.line(document, line.number, marker) for line in document.lines]
    except ValueError as error:
        return Hold(Reason.UNBALANCED, str(error), "amount")
    if offer is None:
        return None
    faults = [fields.fault(offer.head, head), *(fields.fault(offer.line, row) for row in rows)]
    return next((hold for hold in faults if hold is not None), None)
