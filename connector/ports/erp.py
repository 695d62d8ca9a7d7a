"""An ERP, as the use cases see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from connector.domain.documents import Document, DocumentKind
from connector.domain.periods import Period
from connector.domain.posting import FoundDocument, PostingRules, ReadDocument
from connector.domain.reasons import Hold
from connector.ports.answer import Answer
from connector.ports.ledger import DocumentReader
from connector.ports.master_data import Registers


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `ping`: what was checked, whether it passed, and what to do if not."""

    name: str
    passed: bool
    detail: str = ""


class Verdict(StrEnum):
    """What came of a check of a document that is not in the ERP yet."""

    #: Nothing speaks against it.
    PASSED = "passed"
    #: The ERP would refuse the document.
    FAILED = "failed"
    #: The ERP could not be asked, or does not show it.
    NOT_RUN = "could_not_run"


@dataclass(frozen=True, slots=True)
class PreCheck:
    """One thing that was asked of the ERP about a document: `supplier 732000`, `period`."""

    name: str
    verdict: Verdict
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A head to write."""

    document: Document
    marker: str


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to write into the document that the ERP knows as `reference`."""

    document: Document
    reference: str
    line: int


@dataclass(frozen=True, slots=True)
class Target:
    """A document in the ERP, with ours to address and compare it."""

    document: Document
    reference: str
    marker: str


class Erp(Protocol):
    """One ERP, for one connection. Every method answers by position and does not raise for a peer.

    `open_drafts`, `add_lines`, `commit` and `discard` write: they are sent once, never repeated
    below this interface, and an answer that was lost is UNKNOWN.
    """

    @property
    def call_s(self) -> float:
        """The longest time that one call can take, whatever the kind of its documents."""
        ...

    @property
    def batch(self) -> int:
        """How many records are posted together."""
        ...

    @property
    def registers(self) -> Registers:
        """What there is to code with, and whom to owe; these raise what they say themselves."""
        ...

    @property
    def ledger(self) -> DocumentReader:
        """What the ERP has, read by a client of its own that can write nothing."""
        ...

    def rules(self, kind: DocumentKind) -> PostingRules:
        """What can be done with documents of a kind; also of one that `check` refuses."""
        ...

    def check(self, document: Document) -> Hold | None:
        """Why the document cannot be written at all (a value too long, say), or None. No I/O."""
        ...

    def line_keys(self, document: Document) -> Mapping[int, str]:
        """Each line in the comparable form that `read` gives. No I/O."""
        ...

    def look_up(self, documents: Sequence[Document]) -> Sequence[Answer[tuple[FoundDocument, ...]]]:
        """Every document that the ERP has under the number, ours or not."""
        ...

    def open_drafts(self, drafts: Sequence[NewDraft]) -> Sequence[Answer[str]]:
        """Write heads, with all lines where the rules say so; the value is the ERP's number."""
        ...

    def add_lines(self, lines: Sequence[NewLine]) -> Sequence[Answer[None]]:
        """Write lines; where heads carry them, all lines of a head that was found without any."""
        ...

    def read(self, targets: Sequence[Target]) -> Sequence[Answer[ReadDocument]]:
        """Read heads with all lines, compared with ours."""
        ...

    def control(self, targets: Sequence[Target]) -> Sequence[Answer[None]]:
        """Whether the ERP would post drafts, where the rules say that it can be asked.

        REFUSED says why not. Nothing that counts changes, so that it may be asked at any time.
        """
        ...

    def commit(self, targets: Sequence[Target]) -> Sequence[Answer[None]]:
        """Have documents posted by number; DONE means that the ERP took the job."""
        ...

    def discard(self, targets: Sequence[Target]) -> Sequence[Answer[str]]:
        """Remove drafts that were given up; the value says how (`deleted`, `renamed`)."""
        ...

    def periods(
        self, company: tuple[tuple[str, str], ...], days: Sequence[date]
    ) -> Sequence[Period]:
        """The period of each day in a company; UNKNOWN where the ERP was not reached."""
        ...

    def pre_check(self, documents: Sequence[Document]) -> Sequence[tuple[PreCheck, ...]]:
        """What the ERP's registers say against documents that `check` lets pass; only reads."""
        ...

    def probe(self) -> Answer[None]:
        """One cheap read, sent once: DONE for any answer of the ERP, else NOT_SENT."""
        ...

    def ping(self) -> Iterable[Check]:
        """Real read-only calls, one check each."""
        ...
