"""What the programs of M3 that take documents have in common for the adapter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from connector.domain.documents import Document
from connector.domain.posting import FoundDocument, PostingRules, ReadDocument
from connector.domain.reasons import Hold
from connector.erp.infor.m3api import Company
from connector.ports import Answer, Check, NewDraft, NewLine, Target

#: The code of a refusal that only a change of the connection or of M3's set-up mends.
MISCONFIGURED = "misconfigured"


class Profile(Protocol):
    """One program, for documents of one company at a time; answers by position.

    Writes leave until `send_until` (of `time.monotonic`) or not at all.
    """

    @property
    def rules(self) -> PostingRules:
        """What the program can do."""
        ...

    @property
    def programs(self) -> Mapping[str, tuple[str, ...]]:
        """Program = the transactions of it that are used, and need be there."""
        ...

    @property
    def functions(self) -> tuple[str, ...]:
        """The interactive programs whose authority the service user needs."""
        ...

    def checks(self, company: Company, dimensions: tuple[str, ...]) -> Iterator[Check]:
        """What else `ping` checks, where the documents have these dimensions."""
        ...

    def check(self, document: Document) -> Hold | None:
        """Why the document cannot be written at all."""
        ...

    def line_keys(self, document: Document) -> Mapping[int, str]:
        """Each line as `read` gives it."""
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

    def control(self, company: Company, targets: Sequence[Target]) -> list[Answer[None]]:
        """Whether drafts would be posted, where the rules say that it can be asked."""
        ...

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
