"""What a person can have done with held records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from connector.domain.records import Status
from connector.domain.reposting import Standing, Succession


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that a person named. `leased`: a worker, or another person, is at it right now.

    `held_from` is where it was when it was held; None where it is not held.
    """

    id: int
    connection: str
    record_id: str
    status: Status
    erp_reference: str
    leased: bool
    removed: bool
    reason: str
    held_from: Status | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A record that was moved, and where it stands now."""

    connection: str
    erp: str
    record_id: str
    status: Status


@dataclass(frozen=True, slots=True)
class Replacement:
    """Another version of a record, as Brex sent it, and what is posted of it after what stands.

    `mapping` is the version of the mapping that made the documents.
    """

    payload: Mapping[str, Any]
    version: int
    mapping: int
    succession: Succession


class Actions(Protocol):
    """Guarded moves of held records that nobody works on; each fences off every earlier worker."""

    def candidates(
        self, record_ids: Sequence[str], connection: str | None = None
    ) -> list[Candidate]:
        """The records with these Brex ids; one id may be known to several connections."""
        ...

    def held(
        self,
        *,
        connection: str | None,
        reason: str | None,
        after: int,
        limit: int,
        besides: Collection[str] = (),
    ) -> list[int]:
        """Held records above a record number, in order; not those of the reasons `besides`."""
        ...

    def move_days(self, ids: Sequence[int]) -> None:
        """Let those that are held for a closed period go into the next open one, when released."""
        ...

    def retry(self, ids: Sequence[int]) -> list[Moved]:
        """Held ▶ received; posting where a document was decided; else where they were finished.

        Those that moved. What was returned, and released by Brex while it was held, begins again.
        """
        ...

    def begin_again(self, ids: Sequence[int]) -> list[Moved]:
        """Mapped ▶ received, where nobody works on them and nothing was begun; those that moved.

        They are mapped anew before they are posted.
        """
        ...

    def skip(self, record: int, because: str) -> Moved | None:
        """Held ▶ skipped, its open drafts given up; None if it could not be, or was exported."""
        ...

    def claim(self, record: int, lease_s: float, *, decided: bool = False) -> int | None:
        """Keep everybody else from a held record; the attempt, or None.

        Of one with a decided document, or of one without, as is said.
        """
        ...

    def returned(self, record: int, attempt: int, because: str, trace_id: str) -> Moved | None:
        """Held ▶ skipped as returned to Brex, open drafts given up; None if the claim is lost.

        `trace_id` is Brex's own id of the call that told it, or "".
        """
        ...

    def standing(self, record: int) -> list[Standing]:
        """All documents of a record, in their order."""
        ...

    def repost(
        self, record: int, attempt: int, because: str, replacement: Replacement
    ) -> Moved | None:
        """Held ▶ posting, with what is posted after what stands; None if the claim is lost.

        What was never decided on is withdrawn, its open drafts given up.
        """
        ...

    def release(self, record: int, attempt: int) -> None:
        """End a claim without a move."""
        ...
