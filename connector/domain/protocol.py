"""How a document gets into an ERP once: the next move, decided from the journal alone.

`next_move` is a pure function of what the journal says, what the ERP was seen to hold, and the
time. Whoever runs it may be killed, frozen or repeated at any point; the rules that make this safe:

1. Intent first: a write is in the journal before it leaves, and never twice in one draft.
2. A draft is disposable: once a write into it can be neither proved nor refuted, it is given up.
3. Content, not existence: head and all lines are compared before anything is decided.
4. Decide once: the chosen draft's number is write-once; from then on only that number is committed.
5. Commit by number, which may be repeated.

Without drafts (`PostingRules.has_drafts`) the write itself posts: then nothing doubtful is ever
sent again; what two looks cannot find is held for a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain.documents import SupplierInvoice
from connector.domain.drafts import DOUBTFUL, WITHOUT_EFFECT, Draft, DraftState, Write
from connector.domain.moves import (
    Abandon,
    AddLines,
    Adopt,
    Commit,
    Decide,
    HoldIt,
    LookAgain,
    LookUp,
    Move,
    OpenDraft,
    Posted,
    Read,
    SettleCommit,
    Wait,
)
from connector.domain.numbers import draft_marker, draft_of
from connector.domain.posting import Confirm, FoundDocument, Phase, PostingRules, ReadDocument
from connector.domain.reasons import Hold, Reason

#: How often a commit that leads to nothing is repeated before a person must look.
MAX_COMMITS = 5
#: Phases in which a document has no ledger effect.
_WITHOUT_LEDGER_EFFECT = frozenset({Phase.DRAFT, Phase.BUSY, Phase.REFUSED, Phase.GONE})


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the next move depends on.

    `line_keys` gives each line of the document in the comparable form of `ReadDocument.lines`.
    `found` and `read` are what the ERP said since the last write, None while it was not asked;
    `read` is about the decided document or, before that, the open draft.
    """

    document: SupplierInvoice
    fingerprint: str
    line_keys: Mapping[int, str]
    drafts: tuple[Draft, ...]
    decided: str
    decided_at: datetime | None
    rules: PostingRules
    now: datetime
    found: tuple[FoundDocument, ...] | None = None
    read: ReadDocument | None = None

    @property
    def open_draft(self) -> Draft | None:
        """The draft that is being built, if any; there is never more than one."""
        return next((d for d in self.drafts if d.state is DraftState.OPEN), None)

    @property
    def decided_draft(self) -> Draft | None:
        """The draft that became the record's document."""
        return next((d for d in self.drafts if d.state is DraftState.DECIDED), None)


def next_move(at: Situation) -> Move:
    """The one move that the protocol allows now."""
    if at.decided:
        return _commit(at)
    draft = at.open_draft
    if draft is None:
        return _begin(at)
    return _build(at, draft)


def _begin(at: Situation) -> Move:
    """Nothing is being built: look by document number, then open the next draft."""
    if at.found is None:
        return LookUp()
    for document in at.found:
        if draft_of(document.marker, at.document.number) is None or not at.rules.has_drafts:
            return HoldIt(
                Hold(
                    Reason.DOCUMENT_EXISTS,
                    f"the ERP already has document {document.reference} with number "
                    f"{at.document.number}, and we did not write it",
                    "number",
                    at.document.number,
                )
            )
        if document.phase not in _WITHOUT_LEDGER_EFFECT:
            return HoldIt(
                Hold(
                    Reason.SPARE_DRAFT_POSTED,
                    f"somebody validated draft {document.reference}, which was given up; "
                    "nothing was reversed",
                    "reference",
                    document.reference,
                )
            )
    number = max((d.number for d in at.drafts), default=0) + 1
    if number > at.rules.max_drafts:
        return HoldIt(
            Hold(Reason.TOO_MANY_DRAFTS, f"{number - 1} drafts were begun, none was finished")
        )
    return OpenDraft(number, draft_marker(at.document.number, number))


def _build(at: Situation, draft: Draft) -> Move:
    """A draft is open: settle its head, then its lines, then compare and decide."""
    head = draft.head
    if head is None or head.outcome in WITHOUT_EFFECT:
        if draft.fingerprint != at.fingerprint:
            return Abandon(draft.number, "the document changed before anything was written")
        return OpenDraft(draft.number, draft.marker)
    if draft.fingerprint != at.fingerprint:
        return _give_up(at, draft, "the document changed after its first write")
    if head.outcome in DOUBTFUL:
        return _settle_head(at, draft, head)
    return _build_lines(at, draft)


def _settle_head(at: Situation, draft: Draft, head: Write) -> Move:
    """The head may have landed: after the settling time, look for its marker."""
    if at.now < head.settles_at:
        return Wait(head.settles_at, "the answer to the head was lost; it is looked for later")
    if at.found is None:
        return LookUp()
    ours = [document for document in at.found if document.marker == draft.marker]
    if len(ours) == 1:
        return Adopt(draft.number, (head,), ours[0].reference)
    if ours:
        return _give_up(at, draft, "the head was written more than once")
    if at.rules.has_drafts:
        return Abandon(draft.number, "the head could not be found")
    if head.looks == 0:
        return LookAgain(head, _after(at.now, at.rules.settle_s))
    return _doubtful(at, "whether the invoice was added")


def _build_lines(at: Situation, draft: Draft) -> Move:
    """The head stands: add what is missing, settle what is doubtful, compare, decide."""
    writes = draft.lines
    doubtful = tuple(w for w in writes.values() if w.outcome in DOUBTFUL)
    if doubtful:
        return _settle_lines(at, draft, doubtful)
    missing = tuple(
        line.number
        for line in at.document.lines
        if line.number not in writes or writes[line.number].outcome in WITHOUT_EFFECT
    )
    if missing:
        return AddLines(draft.number, draft.reference, missing)
    if at.read is None:
        return Read(draft.reference)
    if at.read.phase not in _WITHOUT_LEDGER_EFFECT and at.rules.has_drafts:
        return HoldIt(
            Hold(
                Reason.SPARE_DRAFT_POSTED,
                f"somebody validated draft {draft.reference} before it was decided on",
                "reference",
                draft.reference,
            )
        )
    expected = Counter(at.line_keys.values())
    there = Counter(at.read.lines)
    if not at.read.differences and there == expected:
        return Decide(draft.number, draft.reference)
    if at.read.phase is Phase.GONE or (not at.read.differences and there < expected):
        last = max(w.settles_at for w in draft.writes)
        if at.now < last:
            return Wait(min(last, _after(at.now, 1.0)), "the ERP does not show all lines yet")
    return _give_up(at, draft, _difference(at.read, expected, there))


def _settle_lines(at: Situation, draft: Draft, doubtful: tuple[Write, ...]) -> Move:
    """Lines may have landed: after the settling time, compare the draft with what was meant."""
    settled = max(w.settles_at for w in doubtful)
    if at.now < settled:
        return Wait(settled, "the answer to a line was lost; it is looked for later")
    if at.read is None:
        return Read(draft.reference)
    meant = Counter(
        at.line_keys[n] for n, w in draft.lines.items() if w.outcome not in WITHOUT_EFFECT
    )
    there = Counter(at.read.lines)
    if there == meant and not at.read.differences and not at.read.alike:
        return Adopt(draft.number, doubtful, draft.reference)
    if at.rules.has_drafts or there - meant:
        return _give_up(at, draft, _difference(at.read, meant, there))
    if there != meant and any(w.looks == 0 for w in doubtful):
        return LookAgain(doubtful[0], _after(at.now, at.rules.settle_s))
    return _doubtful(at, "whether all lines were added")


def _commit(at: Situation) -> Move:
    """The document is decided on: commit its number until the ERP confirms it."""
    if at.rules.confirm is Confirm.WRITTEN or not at.rules.has_drafts:
        return Posted(at.read.voucher if at.read else "")
    if at.read is None:
        return Read(at.decided)
    draft = at.decided_draft
    assert draft is not None, "a decided record has a decided draft"
    last = draft.last_commit
    pending = last if last is not None and not last.result else None
    match at.read.phase:
        case Phase.VALIDATED | Phase.LEDGER:
            return _confirm(at, at.read)
        case Phase.GONE if at.decided_at and at.now < _after(at.decided_at, at.rules.settle_s):
            return Wait(_after(at.now, 1.0), "the ERP does not show the document yet")
        case Phase.GONE:
            return HoldIt(
                Hold(
                    Reason.ERP_DOCUMENT_MISSING,
                    f"document {at.decided} is no longer in the ERP",
                    "reference",
                    at.decided,
                )
            )
        case Phase.BUSY:
            return _wait_for_job(at, at.read, pending)
        case Phase.REFUSED if pending is not None:
            return SettleCommit(
                pending,
                "refused",
                Hold(
                    Reason.ERP_VALIDATION_FAILED,
                    f"document {at.decided} did not pass the ERP's validation: {at.read.detail}",
                    "reference",
                    at.decided,
                ),
            )
        case _:
            return _send_commit(at, draft, pending)


def _send_commit(at: Situation, draft: Draft, pending: Write | None) -> Move:
    if pending is not None and at.now < pending.settles_at:
        return Wait(
            min(pending.settles_at, _poll(pending.sent_at, at.now)), "validation has not begun yet"
        )
    tries = draft.last_commit.line if draft.last_commit is not None else 0
    if pending is not None and tries % MAX_COMMITS == 0:
        return SettleCommit(
            pending,
            "nothing",
            Hold(
                Reason.ERP_DOCUMENT_BUSY,
                f"document {at.decided} was submitted for validation {tries} times, "
                "and the ERP did nothing about it",
                "reference",
                at.decided,
            ),
        )
    return Commit(draft.number, at.decided, tries + 1)


def _wait_for_job(at: Situation, read: ReadDocument, pending: Write | None) -> Move:
    since = pending.sent_at if pending is not None else at.decided_at or at.now
    if at.now < _after(since, at.rules.busy_s):
        return Wait(_poll(since, at.now), f"the ERP is at work: {read.detail}")
    hold = Hold(
        Reason.ERP_DOCUMENT_BUSY,
        f"document {at.decided} has been held by a job or a person in the ERP for more than "
        f"{at.rules.busy_s / 60:.0f} minutes: {read.detail}",
        "reference",
        at.decided,
    )
    return SettleCommit(pending, "busy", hold) if pending is not None else HoldIt(hold)


def _confirm(at: Situation, read: ReadDocument) -> Move:
    expected, there = Counter(at.line_keys.values()), Counter(read.lines)
    if read.differences or there != expected:
        return HoldIt(
            Hold(
                Reason.CONTENT_DIFFERS,
                f"document {at.decided} was validated but is not what we wrote: "
                + _difference(read, expected, there),
                "reference",
                at.decided,
            )
        )
    if at.rules.confirm is Confirm.LEDGER and read.phase is not Phase.LEDGER:
        return Wait(_after(at.now, 60.0), "validated, awaiting update to the ledger in the ERP")
    return Posted(read.voucher)


def _give_up(at: Situation, draft: Draft, why: str) -> Move:
    """Give up a draft that was written to; where there are no drafts, a person must look."""
    if at.rules.has_drafts:
        return Abandon(draft.number, why)
    return HoldIt(
        Hold(
            Reason.CONTENT_DIFFERS,
            f"invoice {at.document.number} in the ERP is not what we wrote: {why}",
            "number",
            at.document.number,
        )
    )


def _doubtful(at: Situation, what: str) -> Move:
    return HoldIt(
        Hold(
            Reason.OUTCOME_UNKNOWN,
            f"{what} could not be found out, though it was looked for twice; it is not sent again",
            "number",
            at.document.number,
        )
    )


def _difference(read: ReadDocument, expected: Counter[str], there: Counter[str]) -> str:
    parts = list(read.differences)
    parts += [f"missing line {key}" for key in (expected - there).elements()]
    parts += [f"line {key} that we did not mean" for key in (there - expected).elements()]
    return "; ".join(parts) or "its lines cannot be told apart"


def _poll(since: datetime, now: datetime) -> datetime:
    """When to read again: soon at first, ever more rarely, at least once a minute."""
    waited_s = (now - since).total_seconds()
    return _after(now, min(60.0, max(0.05, waited_s / 2)))


def _after(moment: datetime, seconds: float) -> datetime:
    return moment + timedelta(seconds=seconds)
