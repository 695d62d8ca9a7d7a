"""PostgreSQL, as the use cases see it.

Everything that writes for a step takes what was leased, and changes only records that are still at
that attempt; it returns the ids of those. Raises RetryLaterError while the database is away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from connector.domain.documents import Document, Ignored
from connector.domain.drafts import Draft, Outcome, Write, WriteStep
from connector.domain.reasons import Hold
from connector.domain.records import Leased, Status, Step


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that is due again in `wait_s` seconds. `failed` counts it for the backoff."""

    leased: Leased
    wait_s: float
    note: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """What Brex sent for a record, and the files of its receipts that are to be got.

    Those are (receipt id, number of files).
    """

    leased: Leased
    payload: Mapping[str, Any]
    version: int
    receipts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class PostingState:
    """What the database knows of the document that a record posts now; `now` is its clock.

    `nth` says which of the record's documents it is: the first that is not posted. `drafts` are
    those of this document; drafts are counted over the whole record. `before` is what the document
    said when some of them were opened, where that is not what it says now.
    """

    leased: Leased
    nth: int
    document: Document
    fingerprint: str
    drafts: tuple[Draft, ...]
    next_draft: int
    decided: str
    decided_at: datetime | None
    now: datetime
    mapped_at: datetime
    before: tuple[Document, ...] = ()

    def everywhere(self) -> tuple[Document, ...]:
        """The document, and as it was where drafts of it were: under another supplier, say."""
        return tuple({one.place: one for one in (*self.before, self.document)}.values())


class RecordStore(Protocol):
    """Records: leases and moves."""

    def lease(
        self,
        connection_id: int,
        step: Step,
        record_ids: Sequence[str],
        batch: int,
        lease_s: float,
        *,
        on_trial: bool = False,
    ) -> list[Leased]:
        """Take the given records, and other due ones up to `batch`, each with a new attempt.

        None where the step needs a peer that does not answer, unless `on_trial`.
        """
        ...

    def payloads(self, leased: Sequence[Leased]) -> dict[int, Mapping[str, Any]]:
        """What Brex sent for these records."""
        ...

    def fetched(self, rows: Sequence[Fetched]) -> set[int]:
        """Received ▶ fetched, with the receipts that are wanted."""
        ...

    def mapped(self, rows: Sequence[tuple[Leased, Sequence[Document]]], mapping: int) -> set[int]:
        """Fetched ▶ mapped, with the documents in the order in which they are to be posted.

        They replace those that a record had before. `mapping` is the version that made them.
        """
        ...

    def posted(self, rows: Sequence[tuple[Leased, int, str]]) -> dict[int, Status]:
        """Documents that the ERP confirmed (record, document, voucher): where each record stands.

        Posting ▶ posted with the last, at rest where Brex is not to be told; until then it is
        posting, under the same lease.
        """
        ...

    def exported(self, rows: Sequence[tuple[Leased, str]]) -> set[int]:
        """Posted ▶ exported, each with Brex's own id of the call that told it, or ""."""
        ...

    def hold(self, rows: Sequence[tuple[Leased, Hold]]) -> set[int]:
        """Any status ▶ held. What Brex announced again meanwhile begins again at once.

        So does what is held for want of a supplier that was found meanwhile.
        """
        ...

    def ignore(self, rows: Sequence[tuple[Leased, Ignored]]) -> set[int]:
        """Fetched ▶ skipped, because the mapping says so."""
        ...

    def give_back(self, leased: Sequence[Leased], note: str) -> set[int]:
        """End leases after an error nobody expected; what ends workers again and again is held."""
        ...

    def wait(self, rows: Sequence[Waiting]) -> set[int]:
        """End leases without a move."""
        ...

    def references(self, leased: Sequence[Leased]) -> dict[int, str]:
        """What to tell Brex: the ERP's number and voucher of the document that stands for each."""
        ...


@dataclass(frozen=True, slots=True)
class NewWrite:
    """A write to promise to the journal. `settle_s`: how long it may land after its call."""

    leased: Leased
    draft: int
    step: WriteStep
    line: int = 0
    settle_s: float = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class SettledWrite:
    """What became of a promised write. `reference` is the ERP's number, where a head gave one."""

    leased: Leased
    draft: int
    step: WriteStep
    line: int
    outcome: Outcome
    reference: str = ""
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class OpenedDraft:
    """A draft that is about to be written, of the record's `nth` document as it is now."""

    leased: Leased
    nth: int
    number: int
    marker: str


class Journal(Protocol):
    """The write journal. Nothing leaves for an ERP before `intend` returned it."""

    def load(self, leased: Sequence[Leased]) -> list[PostingState]:
        """What is known of the document that each record posts now, in the order given.

        A record of which another worker has posted all meanwhile is left out.
        """
        ...

    def open_drafts(self, drafts: Sequence[OpenedDraft]) -> None:
        """Add drafts that are not there yet."""
        ...

    def intend(
        self, writes: Sequence[NewWrite], *, call_s: float, lease_s: float
    ) -> dict[tuple[int, int, WriteStep, int], Write]:
        """Promise writes, and lengthen the leases so that they outlive the call.

        Returns the writes that may be sent, by (record, draft, step, line). The others belong to a
        record that another worker has taken, or were promised before.
        """
        ...

    def settle(self, writes: Sequence[SettledWrite]) -> None:
        """Note what became of writes."""
        ...

    def look_again(self, leased: Leased, write: Write, until: datetime) -> None:
        """Note that a write was looked for in vain; it is looked for again after `until`."""
        ...

    def abandon(self, rows: Sequence[tuple[Leased, int, str]]) -> None:
        """Give drafts up for good (record, draft, why)."""
        ...

    def decide(self, rows: Sequence[tuple[Leased, int, str]]) -> set[int]:
        """Make drafts the documents that they are of (record, draft, reference), write-once."""
        ...

    def settle_commit(self, leased: Leased, write: Write, result: str) -> None:
        """Note what a commit led to."""
        ...
