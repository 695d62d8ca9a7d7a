"""What the ERP holds of a document, and what an ERP's profile can do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """How far a document has come in the ERP, in no ERP's own terms."""

    #: It has no ledger effect and may be committed (M3: SUPA 10).
    DRAFT = "draft"
    #: A job or a person in the ERP holds it (M3: BIST other than 0).
    BUSY = "busy"
    #: The ERP validated it and found errors; it has no ledger effect (M3: SUPA 15, 78, 79).
    REFUSED = "refused"
    #: The ERP validated it without error (M3: SUPA 20 to 50).
    VALIDATED = "validated"
    #: It stands in the ledger (M3: SUPA 90).
    LEDGER = "ledger"
    #: The ERP has no document of that number.
    GONE = "gone"


class Confirm(StrEnum):
    """When a document counts as posted; each includes that it was read back and agrees."""

    #: As soon as it is written; its validation is somebody else's work.
    WRITTEN = "written"
    #: When the ERP has validated it without error.
    VALIDATED = "validated"
    #: When it stands in the ledger.
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """A document that the ERP has under our number. `marker` is "" where it carries none."""

    reference: str
    marker: str
    phase: Phase


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document as the ERP holds it, compared with ours.

    `lines` are comparable keys, one per line, in the form of `Erp.line_keys`; `differences` are
    those of the head, one readable sentence each; `detail` is the ERP's own status and texts.
    `alike`: some of its lines differ in what the ERP does not show, so that one of them could be
    there twice and another not at all.
    """

    reference: str
    phase: Phase
    lines: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    detail: str = ""
    voucher: str = ""
    alike: bool = False


@dataclass(frozen=True, slots=True)
class PostingRules:
    """What an ERP adapter can do with documents of one kind, and how long things take there.

    `has_drafts`: documents are built without ledger effect and committed by number. Without it the
    write itself posts. `lines_with_head`: the write of the head carries all lines, and no line is
    written by itself; but `completes_heads`: a head that is found without any line gets all of
    them. `reads_drafts`: the ERP shows what is in a draft; else a draft is good only while each of
    its writes was answered. `controls_drafts`: asked of a draft, it says whether it would post it.
    `removes_drafts`: it can take a draft away. `answers_later`: the ERP only queues what is
    written, and its effect is looked for from then on.
    `commit_repeats`: a second commit does nothing; else it is sent once, and then only looked for.
    `settle_s`: how long a write may land after its answer was lost. `busy_s`: how long a job may
    hold a document.
    """

    has_drafts: bool
    confirm: Confirm
    settle_s: float
    lines_with_head: bool = False
    completes_heads: bool = False
    answers_later: bool = False
    reads_drafts: bool = True
    controls_drafts: bool = False
    removes_drafts: bool = True
    commit_repeats: bool = True
    busy_s: float = 900.0
    max_drafts: int = 8
