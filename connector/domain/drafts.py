"""What has been written to the ERP for one record: drafts, writes and their outcomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one call, or of one transaction of a bulk call."""

    #: The call may be on its way: it was promised to the journal and not heard of since.
    INTENT = "intent"
    #: It took effect, and the answer was readable.
    DONE = "done"
    #: The peer said no, for good.
    REFUSED = "refused"
    #: It certainly took no effect: not sent, or rejected before processing. It may be sent again.
    NOT_SENT = "not_sent"
    #: It may have taken effect: timeout, dropped connection, 5xx, unreadable answer.
    UNKNOWN = "unknown"
    #: Unknown at first; a look after the settling time found its effect.
    FOUND = "found"
    #: Unknown at first; a look after the settling time did not find its effect.
    ABSENT = "absent"


#: Nobody knows whether the write took effect.
DOUBTFUL = frozenset({Outcome.INTENT, Outcome.UNKNOWN})
#: The write took no effect for certain.
WITHOUT_EFFECT = frozenset({Outcome.NOT_SENT, Outcome.REFUSED})


class WriteStep(StrEnum):
    """The kinds of call that change something in an ERP."""

    #: The head of a draft (M3: `AddHead`).
    HEAD = "head"
    #: One line of a draft (M3: `AddLine`).
    LINE = "line"
    #: The posting of a decided document by its number (M3: `ValidByBatchNo`); repeatable.
    COMMIT = "commit"
    #: The removal of a draft that was given up (M3: `DltInvoice`, else `UpdHead`); repeatable.
    DISCARD = "discard"


class DraftState(StrEnum):
    """What a draft is good for."""

    #: It may be written to, and decided on.
    OPEN = "open"
    #: It is the record's document.
    DECIDED = "decided"
    #: It was given up and is never touched again, but to be removed.
    SPARE = "spare"
    #: It was given up, and deleted or renamed in the ERP.
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Write:
    """One row of the write journal. `(draft, step, line)` is unique per record.

    `line` is the line's number, or counts the tries of a repeatable step. After `settles_at` a
    lost write can be looked for. `looks` counts how often it was looked for in vain. `result` is
    what a commit led to, once that is known.
    """

    draft: int
    step: WriteStep
    line: int
    outcome: Outcome
    sent_at: datetime
    settles_at: datetime
    looks: int = 0
    result: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """One try at building the document in the ERP, under a marker of its own."""

    number: int
    marker: str
    state: DraftState
    #: of what the document said when it was opened
    fingerprint: str
    opened_at: datetime
    #: the ERP's number for it (M3: INBN); "" until known
    reference: str = ""
    writes: tuple[Write, ...] = field(default=())

    @property
    def head(self) -> Write | None:
        """The write of its head, once intended."""
        return next((w for w in self.writes if w.step is WriteStep.HEAD), None)

    @property
    def lines(self) -> dict[int, Write]:
        """The writes of its lines, by line number."""
        return {w.line: w for w in self.writes if w.step is WriteStep.LINE}

    @property
    def commits(self) -> list[Write]:
        """All its commits, oldest first."""
        return sorted((w for w in self.writes if w.step is WriteStep.COMMIT), key=lambda w: w.line)

    @property
    def last_commit(self) -> Write | None:
        """The newest commit, if there was any."""
        return self.commits[-1] if self.commits else None
