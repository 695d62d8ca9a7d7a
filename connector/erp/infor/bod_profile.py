"""Supplier invoices through ION: `Process.SupplierInvoice`, which M3 makes an invoice batch of.

There is no draft: what ION has queued comes to M3 some time later, and is looked for from then on.
It is sent once. It is there when its batch is read back through the API, or, for service users
without a right to that, when M3's answer says that it was accepted.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from connector.domain.documents import Document, as_invoice
from connector.domain.drafts import Outcome
from connector.domain.numbers import draft_marker
from connector.domain.posting import FoundDocument, Phase, PostingRules, ReadDocument
from connector.domain.reasons import Hold, Reason
from connector.erp.answers import failed, not_offered, where_done
from connector.erp.infor import aps450_records as records
from connector.erp.infor import bod, fields
from connector.erp.infor.acknowledgements import Acknowledgement, Acknowledgements
from connector.erp.infor.aps450_reader import BatchReader
from connector.erp.infor.config import InforConfig
from connector.erp.infor.ims import Ims
from connector.erp.infor.lines import line_keys
from connector.erp.infor.m3api import Company
from connector.erp.infor.payees import Payee, Payees
from connector.ports import Answer, Check, NewDraft, NewLine, Target

#: Message ids are made from markers under this name, so that one draft has one.
_MESSAGES = uuid.UUID("5a4b6f1e-6d0b-5c39-9d53-3f1f4f6f2a10")
_NO_LINES = f"{bod.NAME} carries its lines itself"
_NOTHING = "what ION has taken can be neither controlled, committed nor removed"


class Bod:
    """The profile without drafts; a reference is INBN, or the marker where only M3 answered.

    `reader` is None where the API may not be read, `answers` where the Data Lake has none.
    """

    def __init__(
        self,
        config: InforConfig,
        tenant: str,
        ims: Ims,
        payees: Payees,
        *,
        reader: BatchReader | None,
        answers: Acknowledgements | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._tenant = tenant
        self._ims = ims
        self._payees = payees
        self._reader = reader
        self._answers = answers
        self._clock = clock
        self.rules = PostingRules(
            has_drafts=False,
            confirm=config.confirm,
            settle_s=config.bod.wait_s,
            lines_with_head=True,
            answers_later=True,
        )
        self.programs: Mapping[str, tuple[str, ...]] = {}
        self.functions: tuple[str, ...] = ()
        if reader is not None:
            self.programs = {
                records.PROGRAM: ("GetHead", "LstLines", "LstInvBySupInv"),
                "CRS620MI": ("GetBasicData",),
            }
            self.functions = ("APS450",)

    def check(self, document: Document) -> Hold | None:
        """Why the document cannot be sent: what M3's batch would not take, or no sound BOD."""
        hold = records.check(document, None, self._config.rate_type)
        if hold is not None:
            return hold
        try:
            self._written(document, draft_marker(document.number, 1))
        except bod.BodError as error:
            return Hold(Reason.ERP_REFUSED, str(error), "document")
        return None

    def line_keys(self, document: Document) -> Mapping[int, str]:
        """Each line as `read` gives it."""
        return line_keys(document)

    def checks(self, company: Company, dimensions: tuple[str, ...]) -> Iterator[Check]:
        """The messaging service, the connection point, and the Data Lake."""
        del company, dimensions
        for name, fault in (
            ("messaging service", self._ims.ping()),
            ("connection point", self._ims.accepts(bod.NAME)),
        ):
            yield Check(name, passed=not fault, detail=fault)
        if self._answers is not None:
            fault = self._answers.fault()
            yield Check("data lake", passed=not fault, detail=fault)

    def look_up(
        self, company: Company, documents: Sequence[Document]
    ) -> list[Answer[tuple[FoundDocument, ...]]]:
        """The batches under the number; without any, what M3's answers say."""
        batches = self._batches(company, documents)
        return where_done(
            list(zip(documents, batches, strict=True)),
            batches,
            lambda rows: [self._found(document, answer.value or ()) for document, answer in rows],
        )

    def open_drafts(
        self, company: Company, drafts: Sequence[NewDraft], send_until: float
    ) -> list[Answer[str]]:
        """Send the invoices, lines and all. A supplier that is not active is refused before."""
        known: list[Answer[Payee]] = [Answer(Outcome.DONE, Payee(""))] * len(drafts)
        if self._reader is not None:
            suppliers = [fields.text(draft.document.partner) for draft in drafts]
            known = self._payees.active(suppliers, company)
        return where_done(
            drafts, known, lambda some: [self._send(draft, send_until) for draft in some]
        )

    def add_lines(
        self, company: Company, lines: Sequence[NewLine], send_until: float
    ) -> list[Answer[None]]:
        """The head has carried them."""
        del company, send_until
        return not_offered(_NO_LINES, len(lines))

    def read(self, company: Company, targets: Sequence[Target]) -> list[Answer[ReadDocument]]:
        """The batch of an invoice, or else what M3's answers say of it."""
        found = self.look_up(company, [target.document for target in targets])
        return where_done(
            list(zip(targets, found, strict=True)),
            found,
            lambda rows: [
                self._read(company, target, answer.value or ()) for target, answer in rows
            ],
        )

    def control(self, company: Company, targets: Sequence[Target]) -> list[Answer[None]]:
        """M3 has it."""
        del company
        return not_offered(_NOTHING, len(targets))

    def commit(
        self, company: Company, targets: Sequence[Target], send_until: float
    ) -> list[Answer[None]]:
        """M3 has it."""
        del company, send_until
        return not_offered(_NOTHING, len(targets))

    def discard(
        self, company: Company, targets: Sequence[Target], send_until: float
    ) -> list[Answer[str]]:
        """M3 has it."""
        del company, send_until
        return not_offered(_NOTHING, len(targets))

    def _written(self, document: Document, marker: str) -> bytes:
        return bod.build(
            as_invoice(document),
            marker,
            tenant=self._tenant,
            sender=self._config.bod.logical_id,
            now=datetime.now(UTC),
        )

    def _send(self, draft: NewDraft, send_until: float) -> Answer[str]:
        if self._clock() > send_until:
            return Answer(Outcome.NOT_SENT, message="no time was left to send it")
        try:
            written = self._written(draft.document, draft.marker)
        except bod.BodError as error:
            return Answer(Outcome.REFUSED, message=str(error))
        message_id = str(uuid.uuid5(_MESSAGES, draft.marker))
        return failed(self._ims.send(bod.NAME, message_id, written))

    def _batches(
        self, company: Company, documents: Sequence[Document]
    ) -> list[Answer[tuple[FoundDocument, ...]]]:
        if self._reader is None:
            return [Answer(Outcome.DONE, ())] * len(documents)
        return self._reader.look_up(company, documents)

    def _found(
        self, document: Document, batches: tuple[FoundDocument, ...]
    ) -> Answer[tuple[FoundDocument, ...]]:
        if batches or self._answers is None:
            return Answer(Outcome.DONE, batches)
        told = self._answers.of(bod.document_id(document, self._tenant))
        if told.value is None:
            return failed(told)
        by_draft: dict[str, list[Acknowledgement]] = {}
        for one in told.value:
            by_draft.setdefault(one.draft, []).append(one)
        found = []
        for draft, some in by_draft.items():
            marker = draft_marker(document.number, int(draft)) if draft.isdigit() else ""
            if not any(one.accepted for one in some):
                found.append(FoundDocument(marker, marker, Phase.REFUSED))
            elif self._reader is None:
                found.append(FoundDocument(marker, marker, Phase.LEDGER))
        return Answer(Outcome.DONE, tuple(found))

    def _read(
        self, company: Company, target: Target, found: tuple[FoundDocument, ...]
    ) -> Answer[ReadDocument]:
        if self._reader is not None and (batch := _batch_of(target, found)):
            (answer,) = self._reader.read(company, [replace(target, reference=batch)])
            if answer.value is None:
                return answer
            return Answer(Outcome.DONE, replace(answer.value, reference=target.reference))
        phases = {one.phase for one in found if one.marker == target.marker}
        shown = ReadDocument(target.reference, Phase.BUSY, detail="M3 has not answered yet")
        if Phase.LEDGER in phases:
            lines = tuple(line_keys(target.document).values())
            shown = replace(shown, phase=Phase.LEDGER, lines=lines, detail="accepted by M3")
            shown = replace(shown, differences=self._modifications(target))
        elif Phase.REFUSED in phases:
            shown = replace(shown, phase=Phase.REFUSED, detail=self._reason(target))
        return Answer(Outcome.DONE, shown)

    def _modifications(self, target: Target) -> tuple[str, ...]:
        """What M3 says that it has changed; nothing shows how the document is there."""
        modified = [one for one in self._told(target) if one.modified]
        return tuple(f"M3 has modified it: {one.reason or 'no reason given'}" for one in modified)

    def _reason(self, target: Target) -> str:
        reasons = [one.reason for one in self._told(target) if one.reason]
        return reasons[-1] if reasons else "M3 rejected it and gave no reason"

    def _told(self, target: Target) -> list[Acknowledgement]:
        """M3's answers to a draft."""
        assert self._answers is not None
        told = self._answers.of(bod.document_id(target.document, self._tenant)).value or ()
        draft = target.marker.rpartition(".")[2]
        return [one for one in told if one.draft == draft]


def _batch_of(target: Target, found: tuple[FoundDocument, ...]) -> str:
    """The batch that a reference means: itself, or the only one that carries the marker."""
    batches = [one.reference for one in found if one.reference != one.marker]
    if target.reference in batches:
        return target.reference
    ours = [one.reference for one in found if one.marker == target.marker != one.reference]
    return ours[0] if len(ours) == 1 else ""
