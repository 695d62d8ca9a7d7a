"""Infor M3 through ION API, as the use cases see an ERP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from connector.domain.documents import Document, DocumentKind
from connector.domain.periods import Period
from connector.domain.posting import FoundDocument, PostingRules, ReadDocument
from connector.domain.reasons import Hold, Reason
from connector.erp.answers import by_group, without_fault
from connector.erp.infor.checks import Checks
from connector.erp.infor.config import InforConfig
from connector.erp.infor.m3api import Company
from connector.erp.infor.periods import Periods
from connector.erp.infor.prechecks import PreChecks
from connector.erp.infor.profile import Profile
from connector.erp.infor.registers import Registers
from connector.erp.verdicts import number_check
from connector.ports import Answer, Check, DocumentReader, NewDraft, NewLine, PreCheck, Target

Item = TypeVar("Item")
Value = TypeVar("Value")

CONNECT_S = 5.0
_LAST_CONO, _DIVI_LENGTH = 999, 3
#: What a write may need before it leaves (the payee, what the release offers, chunks before it);
#: after that it is not sent any more, so that it cannot land later than `call_s` promises.
_PREPARE_S = 15.0


@dataclass(frozen=True, slots=True)
class _At:
    """Where documents go: the program for their kind, and the company."""

    profile: Profile
    company: Company


class InforM3:
    """Implements `connector.ports.Erp`, each kind of document by the profile of one program.

    Documents of several companies may come in one batch; each call to M3 is for one of them.
    """

    def __init__(
        self,
        config: InforConfig,
        profiles: Mapping[DocumentKind, Profile],
        checks: Checks,
        pre_checks: PreChecks,
        periods: Periods,
        *,
        registers: Registers,
        ledger: DocumentReader,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._profiles = profiles
        self._checks = checks
        self._pre_checks = pre_checks
        self._periods = periods
        self._registers = registers
        self._ledger = ledger
        self._clock = clock
        self._prepare_s = min(_PREPARE_S, config.timeout_s)
        self._call_s = self._prepare_s + 2 * connect_s(config) + config.timeout_s
        self._batch = config.bulk_size

    @property
    def call_s(self) -> float:
        """The longest time that one call can take: TCP and TLS each count as a connect."""
        return self._call_s

    @property
    def batch(self) -> int:
        """How many records are posted together: what a bulk call carries."""
        return self._batch

    @property
    def registers(self) -> Registers:
        """Identities, suppliers and the rest, in the companies that records go to."""
        return self._registers

    @property
    def ledger(self) -> DocumentReader:
        """Batches of APS450 and GLS840, the AP ledger and the general ledger, read alone."""
        return self._ledger

    def rules(self, kind: DocumentKind) -> PostingRules:
        """What the program for documents of the kind can do."""
        return self._profiles[kind].rules

    def check(self, document: Document) -> Hold | None:
        """Why M3 cannot take the document at all, or None; asks nobody."""
        return _company_fault(document) or self._profiles[document.kind].check(document)

    def line_keys(self, document: Document) -> Mapping[int, str]:
        """Each line as `read` gives it, whatever the release shows of it."""
        return self._profiles[document.kind].line_keys(document)

    def look_up(self, documents: Sequence[Document]) -> Sequence[Answer[tuple[FoundDocument, ...]]]:
        """Every document that M3 has under the number, and the supplier where it has one."""
        return self._where_none(
            _company_fault,
            documents,
            lambda document: document,
            lambda at, some: at.profile.look_up(at.company, some),
        )

    def open_drafts(self, drafts: Sequence[NewDraft]) -> Sequence[Answer[str]]:
        """Write heads; the value is INBN, KEY1, or the key of the invoice without drafts."""
        until = self._clock() + self._prepare_s
        return self._where_none(
            self.check,
            drafts,
            lambda draft: draft.document,
            lambda at, some: at.profile.open_drafts(at.company, some, until),
        )

    def add_lines(self, lines: Sequence[NewLine]) -> Sequence[Answer[None]]:
        """Write lines, in the order given."""
        until = self._clock() + self._prepare_s
        return self._where_none(
            _company_fault,
            lines,
            lambda line: line.document,
            lambda at, some: at.profile.add_lines(at.company, some, until),
        )

    def read(self, targets: Sequence[Target]) -> Sequence[Answer[ReadDocument]]:
        """Read heads with all lines, compared with ours."""
        return by_group(targets, self._at, lambda at, some: at.profile.read(at.company, some))

    def control(self, targets: Sequence[Target]) -> Sequence[Answer[None]]:
        """Have batches of GLS840 controlled; M3 offers it for nothing else."""
        return by_group(targets, self._at, lambda at, some: at.profile.control(at.company, some))

    def commit(self, targets: Sequence[Target]) -> Sequence[Answer[None]]:
        """Have drafts validated or updated; DONE means that M3 took the job."""
        until = self._clock() + self._prepare_s
        return by_group(
            targets, self._at, lambda at, some: at.profile.commit(at.company, some, until)
        )

    def discard(self, targets: Sequence[Target]) -> Sequence[Answer[str]]:
        """Remove drafts that were given up: `deleted`, or `renamed` where M3 cannot delete."""
        until = self._clock() + self._prepare_s
        return by_group(
            targets, self._at, lambda at, some: at.profile.discard(at.company, some, until)
        )

    def periods(
        self, company: tuple[tuple[str, str], ...], days: Sequence[date]
    ) -> Sequence[Period]:
        """The period of each day; M3 shows its days, and not whether it is closed."""
        return self._periods.of(Company.named(company), days)

    def pre_check(self, documents: Sequence[Document]) -> Sequence[tuple[PreCheck, ...]]:
        """What M3's registers say against documents, and whether it has their number already."""
        places = [Company.of(document) for document in documents]
        asked: dict[Company, list[int]] = {}
        for index, place in enumerate(places):
            asked.setdefault(place, []).append(index)
        checks: dict[int, tuple[PreCheck, ...]] = {}
        for company, indices in asked.items():
            told = self._pre_checks.run(company, [documents[index] for index in indices])
            checks.update(zip(indices, told, strict=True))
        found = self.look_up(documents)
        return [
            (*checks[index], number_check(document, answer))
            for index, (document, answer) in enumerate(zip(documents, found, strict=True))
        ]

    def probe(self) -> Answer[None]:
        """Whether M3 answers; asks for the service account's own user."""
        return self._checks.probe()

    def ping(self) -> Iterator[Check]:
        """Real read-only calls: access, company, programs, fields, authority, supplier."""
        return self._checks.run()

    def _at(self, target: Target) -> _At:
        return self._place(target.document)

    def _place(self, document: Document) -> _At:
        return _At(self._profiles[document.kind], Company.of(document))

    def _where_none(
        self,
        fault: Callable[[Document], Hold | None],
        items: Sequence[Item],
        document_of: Callable[[Item], Document],
        ask: Callable[[_At, list[Item]], Sequence[Answer[Value]]],
    ) -> list[Answer[Value]]:
        """Ask by program and company, of those items alone whose document has no such fault."""
        return without_fault(
            fault,
            items,
            document_of,
            lambda some: by_group(some, lambda item: self._place(document_of(item)), ask),
        )


def connect_s(config: InforConfig) -> float:
    """How long connecting may take."""
    return min(CONNECT_S, config.timeout_s)


def _company_fault(document: Document) -> Hold | None:
    """Why the document's company is none of M3's: CONO is 1 to 999, DIVI at most 3 characters."""
    pairs = dict(document.company)
    cono, divi = pairs.get("cono", ""), pairs.get("divi", "")
    known = not set(pairs) - {"cono", "divi"} and cono.isascii() and cono.isdigit()
    if known and 1 <= int(cono) <= _LAST_CONO and len(divi) <= _DIVI_LENGTH:
        return None
    message = "M3 has no such company; it takes a cono from 1 to 999 and a divi"
    return Hold(Reason.COMPANY_UNKNOWN, message, "company", document.company_key)
