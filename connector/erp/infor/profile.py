"""What the two invoice programs of M3 have in common for the adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from connector.domain.documents import Document
from connector.domain.posting import FoundDocument, ReadDocument
from connector.domain.reasons import Hold
from connector.erp.infor.m3api import Company
from connector.ports import Answer, NewDraft, NewLine, Target

#: The code of a refusal that only a change of the connection or of M3's set-up mends.
MISCONFIGURED = "misconfigured"
#: The code of an operation that a profile does not have.
NOT_OFFERED = "not_offered"


class Profile(Protocol):
    """One invoice program, for documents of one company at a time; answers by position.

    Writes leave until `send_until` (of `time.monotonic`) or not at all.
    """

    has_drafts: ClassVar[bool]
    #: Program = the transactions of it that are used, and need be there.
    programs: ClassVar[Mapping[str, tuple[str, ...]]]
    #: The interactive programs whose authority the service user needs.
    functions: ClassVar[tuple[str, ...]]

    def check(self, document: Document) -> Hold | None:
        """Why the document cannot be written at all."""
        ...

    def look_up(
        self, company: Company, documents: Sequence[Document]
    ) -> list[Answer[tuple[FoundDocument, ...]]]:
        """Every document under the number."""
        ...

    def open_drafts(
        self, company: Company, drafts: Sequence[NewDraft], send_until: float
    ) -> list[Answer[str]]:
        """Write heads; the value is the reference."""
        ...

    def add_lines(
        self, company: Company, lines: Sequence[NewLine], send_until: float
    ) -> list[Answer[None]]:
        """Write lines."""
        ...

    def read(self, company: Company, targets: Sequence[Target]) -> list[Answer[ReadDocument]]:
        """Heads and lines, compared with ours."""
        ...


class DraftProfile(Profile, Protocol):
    """An invoice program that builds documents without ledger effect first."""

    def commit(
        self, company: Company, targets: Sequence[Target], send_until: float
    ) -> list[Answer[None]]:
        """Have documents posted."""
        ...

    def discard(
        self, company: Company, targets: Sequence[Target], send_until: float
    ) -> list[Answer[str]]:
        """Remove drafts that were given up."""
        ...
