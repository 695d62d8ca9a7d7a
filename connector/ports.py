"""What the use cases need from outside, as Protocols.

Batch calls answer by position: one `Answer` per item asked, in the same order, never an exception
for what a peer did. Items of one batch succeed or fail each by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from connector.domain.accounting import AccountingRecord, ReviewStatus, SourceType
from connector.domain.documents import SupplierInvoice
from connector.domain.drafts import Outcome
from connector.domain.posting import FoundDocument, PostingRules, ReadDocument
from connector.domain.reasons import Hold
from connector.domain.records import Step
from connector.secret import Secret

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What became of one item of a batch.

    `value` is set exactly where `outcome` is DONE. `code` and `message` are the peer's own on
    REFUSED, and readable on everything else; `wait_s` is how long the peer asked us to wait.
    A read is never UNKNOWN: where its answer was lost it is NOT_SENT.
    """

    outcome: Outcome
    value: T | None = None
    code: str = ""
    message: str = ""
    field: str = ""
    wait_s: float | None = None


# -- Brex -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SpendRecord:
    """One record as Brex sent it. `payload` is its JSON object, every amount a string or Decimal.

    `record` is None where it cannot be read; `fault` then says which field, and why.
    """

    id: str
    payload: Mapping[str, Any]
    record: AccountingRecord | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class SpendPage:
    """One page of a query; `cursor` is None on the last."""

    records: tuple[SpendRecord, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What to tell Brex about one record: `reference` on success, `error` on failure."""

    record_id: str
    reference: str = ""
    error: str = ""


class SpendSource(Protocol):
    """Brex, for one connection. Raises RetryLaterError, RefusedError or OutcomeUnknownError."""

    def records(self, ids: Sequence[str]) -> dict[str, SpendRecord]:
        """The records with these ids (any number); an id that Brex does not know is left out."""
        ...

    def read(self, payload: Mapping[str, Any]) -> AccountingRecord:
        """The record of a stored payload. Raises RefusedError naming the field that is wrong."""
        ...

    def query(
        self,
        source: SourceType,
        *,
        status: ReviewStatus | None,
        updated_after: datetime,
        updated_before: datetime | None = None,
        cursor: str | None = None,
    ) -> SpendPage:
        """One page of records, with the lower bound always sent."""
        ...

    def export_results(self, results: Sequence[ExportResult]) -> dict[str, Answer[None]]:
        """Tell Brex what became of records; an answer for each record id.

        DONE: Brex took it (or shows the record as EXPORTED already); REFUSED: Brex will not take
        it, with why. Raises OutcomeUnknownError where the answer was lost: read the records.
        """
        ...


# -- the ERP --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `ping`: what was checked, whether it passed, and what to do if not."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A head to write."""

    document: SupplierInvoice
    marker: str


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to write into the document that the ERP knows as `reference`."""

    document: SupplierInvoice
    reference: str
    line: int


@dataclass(frozen=True, slots=True)
class Target:
    """A document in the ERP, with ours to address and compare it."""

    document: SupplierInvoice
    reference: str
    marker: str


class Erp(Protocol):
    """One ERP, for one connection. Every method answers by position and does not raise for a peer.

    `open_drafts`, `add_lines`, `commit` and `discard` write: they are sent once, never repeated
    below this interface, and an answer that was lost is UNKNOWN.
    """

    @property
    def rules(self) -> PostingRules:
        """What the configured profile can do."""
        ...

    def check(self, document: SupplierInvoice) -> Hold | None:
        """Why the document cannot be written at all (a value too long, say), or None. No I/O."""
        ...

    def line_keys(self, document: SupplierInvoice) -> Mapping[int, str]:
        """Each line in the comparable form that `read` gives. No I/O."""
        ...

    def look_up(
        self, documents: Sequence[SupplierInvoice]
    ) -> Sequence[Answer[tuple[FoundDocument, ...]]]:
        """Every document that the ERP has under the number, ours or not."""
        ...

    def open_drafts(self, drafts: Sequence[NewDraft]) -> Sequence[Answer[str]]:
        """Write heads; the value is the ERP's number."""
        ...

    def add_lines(self, lines: Sequence[NewLine]) -> Sequence[Answer[None]]:
        """Write lines."""
        ...

    def read(self, targets: Sequence[Target]) -> Sequence[Answer[ReadDocument]]:
        """Read heads with all lines, compared with ours."""
        ...

    def commit(self, targets: Sequence[Target]) -> Sequence[Answer[None]]:
        """Have documents posted by number; DONE means that the ERP took the job."""
        ...

    def discard(self, targets: Sequence[Target]) -> Sequence[Answer[str]]:
        """Remove drafts that were given up; the value says how (`deleted`, `renamed`)."""
        ...

    def ping(self) -> Iterable[Check]:
        """Real read-only calls, one check each."""
        ...


# -- tokens and budget ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Token:
    """An access token that is usable for `valid_s` more seconds, and its generation."""

    access: Secret
    generation: int
    valid_s: float


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """What a token endpoint gave. `refresh` is None where it gave none: the old one stays."""

    access: Secret
    expires_in_s: float
    refresh: Secret | None = None


class TokenStore(Protocol):
    """Tokens of one connection and peer, encrypted, shared by all workers."""

    def load(self) -> Token | None:
        """The stored token, whatever its age; None if there is none."""
        ...

    def refresh_token(self) -> Secret | None:
        """The newest refresh token."""
        ...

    def begin_refresh(self, generation: int, lease_s: float) -> bool:
        """Whether the caller is the one that may ask for a new token now.

        False while another does, or when `generation` is no longer the newest (0: none stored).
        """
        ...

    def finish_refresh(self, generation: int, grant: TokenGrant) -> Token:
        """Store and commit a grant before anyone uses it. The generation grows by one."""
        ...

    def fail_refresh(self, generation: int, why: str) -> None:
        """Let the next one try."""
        ...


class RateBudget(Protocol):
    """The request budget of one connection and peer, shared by all workers."""

    def take(self, *, background: bool = False) -> float:
        """Take one request; 0.0, or the seconds after which to ask again (nothing was taken).

        Background work (backfill, polling) leaves a share of the budget to live records.
        """
        ...

    def block(self, wait_s: float) -> None:
        """The peer said 429: nobody may call for this long."""
        ...


# -- Celery -----------------------------------------------------------------------------------------


class Nudger(Protocol):
    """Sends hints to workers. A hint that is lost changes nothing but time."""

    def nudge(self, step: Step, connection: str, erp: str, record_ids: Sequence[str] = ()) -> None:
        """Hint that records wait for a step. Never raises: a hint may fail."""
        ...


@dataclass(frozen=True, slots=True)
class StepReport:
    """What a step did: record ids that moved on, and whether more are due already."""

    moved: tuple[str, ...] = ()
    held: int = 0
    waiting: int = 0
    more: bool = False
    wait: timedelta | None = None
