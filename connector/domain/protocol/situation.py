"""All that the next move depends on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain.documents import Document
from connector.domain.drafts import Draft, DraftState
from connector.domain.posting import FoundDocument, Phase, PostingRules, ReadDocument

#: Phases in which a document has no ledger effect.
WITHOUT_LEDGER_EFFECT = frozenset({Phase.DRAFT, Phase.BUSY, Phase.REFUSED, Phase.GONE})


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the next move of one document depends on.

    `drafts` are its own; `next_draft` is the number that a further one gets. `line_keys` gives each
    line of the document in the comparable form of `ReadDocument.lines`. `found` and `read` are what
    the ERP said since the last write, None while it was not asked; `read` is about the decided
    document or, before that, the open draft. `controlled`: it would post the draft as it was read.
    """

    document: Document
    fingerprint: str
    line_keys: Mapping[int, str]
    drafts: tuple[Draft, ...]
    next_draft: int
    decided: str
    decided_at: datetime | None
    rules: PostingRules
    now: datetime
    #: when the document was mapped: a person who retries begins a new count of drafts
    mapped_at: datetime | None = None
    found: tuple[FoundDocument, ...] | None = None
    read: ReadDocument | None = None
    controlled: bool = False

    @property
    def open_draft(self) -> Draft | None:
        """The draft that is being built, if any; there is never more than one."""
        return next((d for d in self.drafts if d.state is DraftState.OPEN), None)

    @property
    def decided_draft(self) -> Draft | None:
        """The draft that became the record's document."""
        return next((d for d in self.drafts if d.state is DraftState.DECIDED), None)

    @property
    def drafts_of_this_try(self) -> int:
        """How many drafts were opened since the document was mapped."""
        return sum(
            1 for d in self.drafts if self.mapped_at is None or d.opened_at >= self.mapped_at
        )

    def differs(self, read: ReadDocument) -> str:
        """What the ERP holds against what we meant, in words; "" where it agrees."""
        expected, there = Counter(self.line_keys.values()), Counter(read.lines)
        if not read.differences and there == expected:
            return ""
        return difference(read, expected, there)


def difference(read: ReadDocument, expected: Counter[str], there: Counter[str]) -> str:
    """What the ERP holds against what we meant, in words."""
    parts = list(read.differences)
    parts += [f"missing line {key}" for key in (expected - there).elements()]
    parts += [f"line {key} that we did not mean" for key in (there - expected).elements()]
    return "; ".join(parts) or "its lines cannot be told apart"


def after(moment: datetime, seconds: float) -> datetime:
    """So many seconds later."""
    return moment + timedelta(seconds=seconds)


def next_look(since: datetime, now: datetime) -> datetime:
    """When to read again: soon at first, ever more rarely, at least once a minute."""
    waited_s = (now - since).total_seconds()
    return after(now, min(60.0, max(0.05, waited_s / 2)))
