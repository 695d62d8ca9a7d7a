"""The moves of the writing protocol; `protocol.next_move` chooses, a use case carries them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connector.domain.drafts import Write
from connector.domain.reasons import Hold


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the ERP which documents it has under our number."""


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """Write the head of a draft."""

    draft: int
    marker: str


@dataclass(frozen=True, slots=True)
class AddLines:
    """Write these lines of the document into the draft."""

    draft: int
    reference: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """Read head and all lines of a document by the ERP's number."""

    reference: str


@dataclass(frozen=True, slots=True)
class Adopt:
    """Note in the journal that doubtful writes were found to have taken effect."""

    draft: int
    writes: tuple[Write, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Note that a doubtful write was looked for in vain, and look once more later."""

    write: Write
    until: datetime


@dataclass(frozen=True, slots=True)
class Abandon:
    """Give a draft up for good."""

    draft: int
    why: str


@dataclass(frozen=True, slots=True)
class Control:
    """Ask the ERP whether it would post a draft; nothing comes of it that counts."""

    reference: str


@dataclass(frozen=True, slots=True)
class Decide:
    """Make the draft the record's document, write-once."""

    draft: int
    reference: str


@dataclass(frozen=True, slots=True)
class Commit:
    """Have the ERP post the decided document; `nth` counts the tries."""

    draft: int
    reference: str
    nth: int


@dataclass(frozen=True, slots=True)
class SettleCommit:
    """Note what a commit led to, and hold the record."""

    write: Write
    result: str
    hold: Hold


@dataclass(frozen=True, slots=True)
class Posted:
    """The ERP confirmed the document: the record is posted."""

    voucher: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing can be done before `until`."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class HoldIt:
    """A person must look."""

    hold: Hold


Move = (
    LookUp
    | OpenDraft
    | AddLines
    | Read
    | Adopt
    | LookAgain
    | Abandon
    | Control
    | Decide
    | Commit
    | SettleCommit
    | Posted
    | Wait
    | HoldIt
)
