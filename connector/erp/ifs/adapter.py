"""IFS Cloud through its OData projections, as the use cases see an ERP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar

from connector.domain.documents import Document, DocumentKind
from connector.domain.periods import Period
from connector.domain.posting import Confirm, FoundDocument, PostingRules, ReadDocument
from connector.domain.reasons import Hold, Reason
from connector.erp.answers import by_group, not_offered, where_done, without_fault
from connector.erp.ifs import lines
from connector.erp.ifs.checks import Checks
from connector.erp.ifs.config import IfsConfig
from connector.erp.ifs.documents import Documents
from connector.erp.ifs.prechecks import PERIOD, PreChecks
from connector.erp.ifs.registers import Registers
from connector.erp.verdicts import number_check
from connector.ports import Answer, Check, DocumentReader, NewDraft, NewLine, PreCheck, Target

Item = TypeVar("Item")
Value = TypeVar("Value")

CONNECT_S = 5.0
#: What a write may need before it leaves (metadata, suppliers, ETags, stale ones again); after that
#: it is not sent any more, so that it cannot land later than `call_s` promises.
_PREPARE_S = 30.0
#: The code of an operation that IFS has no need of.
_NO_DRAFTS = "IFS has no drafts: there is nothing to control, commit or discard"


class IfsCloud:
    """Implements `connector.ports.Erp`, each kind of document by its own sets."""

    def __init__(
        self,
        config: IfsConfig,
        documents: Mapping[DocumentKind, Documents],
        checks: Checks,
        pre_checks: PreChecks,
        *,
        registers: Registers,
        ledger: DocumentReader,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._documents = documents
        self._checks = checks
        self._pre_checks = pre_checks
        self._registers = registers
        self._ledger = ledger
        self._clock = clock
        self._prepare_s = min(_PREPARE_S, config.timeout_s)
        self._call_s = self._prepare_s + 2 * connect_s(config) + config.timeout_s
        self._batch = config.batch_size
        self._rules = PostingRules(
            has_drafts=False,
            confirm=Confirm.VALIDATED,
            settle_s=config.settle_s,
            lines_with_head=True,
            completes_heads=True,
        )

    @property
    def call_s(self) -> float:
        """The longest time that one call can take: TCP and TLS each count as a connect."""
        return self._call_s

    @property
    def batch(self) -> int:
        """How many records are posted together: what a `$batch` carries."""
        return self._batch

    @property
    def registers(self) -> Registers:
        """Accounts, code parts, suppliers and the rest, in the companies that records go to."""
        return self._registers

    @property
    def ledger(self) -> DocumentReader:
        """Posting proposals, vouchers in the hold table and the general ledger, read alone."""
        return self._ledger

    def rules(self, kind: DocumentKind) -> PostingRules:
        """A proposal or voucher stands as soon as it is written, whole: there are no drafts."""
        del kind
        return self._rules

    def check(self, document: Document) -> Hold | None:
        """Why IFS cannot take the document at all, or None; asks nobody."""
        return self._place_fault(document) or self._documents[document.kind].check(document)

    def line_keys(self, document: Document) -> Mapping[int, str]:
        """Each line as `read` gives it."""
        return lines.line_keys(document)

    def look_up(self, documents: Sequence[Document]) -> Sequence[Answer[tuple[FoundDocument, ...]]]:
        """Every document that IFS has under the number, in the company."""
        return self._where_none(
            self._place_fault, documents, lambda one: one, lambda by, some: by.look_up(some)
        )

    def open_drafts(self, drafts: Sequence[NewDraft]) -> Sequence[Answer[str]]:
        """Write heads with all lines; the value is the key of the proposal or voucher."""
        until = self._clock() + self._prepare_s
        return self._where_none(
            self.check,
            drafts,
            lambda one: one.document,
            lambda by, some: by.open_drafts(some, until),
        )

    def add_lines(self, lines: Sequence[NewLine]) -> Sequence[Answer[None]]:
        """Give heads that were found without lines all of theirs."""
        until = self._clock() + self._prepare_s
        return self._where_none(
            self._place_fault,
            lines,
            lambda one: one.document,
            lambda by, some: by.add_lines(some, until),
        )

    def read(self, targets: Sequence[Target]) -> Sequence[Answer[ReadDocument]]:
        """Read heads with all lines, compared with ours."""
        return by_group(
            targets,
            lambda one: one.document.kind,
            lambda kind, some: self._documents[kind].read(some),
        )

    def control(self, targets: Sequence[Target]) -> Sequence[Answer[None]]:
        """Refused: there are no drafts."""
        return not_offered(_NO_DRAFTS, len(targets))

    def commit(self, targets: Sequence[Target]) -> Sequence[Answer[None]]:
        """Refused: what is written is final, as far as the connector goes."""
        return not_offered(_NO_DRAFTS, len(targets))

    def discard(self, targets: Sequence[Target]) -> Sequence[Answer[str]]:
        """Refused: there are no drafts."""
        return not_offered(_NO_DRAFTS, len(targets))

    def periods(
        self, company: tuple[tuple[str, str], ...], days: Sequence[date]
    ) -> Sequence[Period]:
        """UNKNOWN for every day: no public projection shows periods."""
        del company
        return [PERIOD] * len(days)

    def pre_check(self, documents: Sequence[Document]) -> Sequence[tuple[PreCheck, ...]]:
        """What IFS's registers say against documents, and whether it has their number already."""
        asked = self._pre_checks.run(documents)
        shown = self._pre_checks.shown(documents)
        found = where_done(documents, shown, self.look_up)
        return [
            (*checks, number_check(document, answer))
            for checks, document, answer in zip(asked, documents, found, strict=True)
        ]

    def probe(self) -> Answer[None]:
        """Whether IFS answers; asks for one GL account."""
        return self._checks.probe()

    def ping(self) -> Iterator[Check]:
        """Real read-only calls: access, company, projections, fields, search, supplier."""
        return self._checks.run()

    def _place_fault(self, document: Document) -> Hold | None:
        """Why there is no projection, or no company, for the document."""
        if document.kind not in self._documents:
            message = (
                'target = "manual_voucher" takes no invoices; write mapping.types.<type> = '
                '"journal" for the type of this record, then retry'
            )
            return Hold(Reason.ERP_REFUSED, message, "kind", document.kind)
        if [name for name, _ in document.company] != ["company"]:
            message = 'IFS knows a company by its id alone: { company = "10" }'
            return Hold(Reason.COMPANY_UNKNOWN, message, "company", document.company_key)
        return None

    def _where_none(
        self,
        fault: Callable[[Document], Hold | None],
        items: Sequence[Item],
        document_of: Callable[[Item], Document],
        ask: Callable[[Documents, list[Item]], Sequence[Answer[Value]]],
    ) -> list[Answer[Value]]:
        """Ask by kind, of those items alone whose document has no such fault."""
        return without_fault(
            fault,
            items,
            document_of,
            lambda some: by_group(
                some,
                lambda item: document_of(item).kind,
                lambda kind, mine: ask(self._documents[kind], mine),
            ),
        )


def connect_s(config: IfsConfig) -> float:
    """How long connecting may take."""
    return min(CONNECT_S, config.timeout_s)
