"""Until the decision: a draft is opened, filled, compared, and decided on or given up."""

from __future__ import annotations

from collections import Counter

from connector.domain.drafts import DOUBTFUL, WITHOUT_EFFECT, Draft, Write
from connector.domain.moves import (
    Abandon,
    AddLines,
    Adopt,
    Control,
    Decide,
    HoldIt,
    LookAgain,
    LookUp,
    Move,
    OpenDraft,
    Read,
    Wait,
)
from connector.domain.numbers import draft_marker, draft_of
from connector.domain.posting import Phase, ReadDocument
from connector.domain.protocol.situation import (
    WITHOUT_LEDGER_EFFECT,
    Situation,
    after,
    difference,
    next_look,
)
from connector.domain.reasons import Hold, Reason


def begin(at: Situation) -> Move:
    """Nothing is being built: look by document number, then open the next draft."""
    if not at.rules.has_drafts and any(
        write.outcome not in WITHOUT_EFFECT for draft in at.drafts for write in draft.writes
    ):
        return _doubtful(at, "what became of an earlier document of this record")
    if (first := _what_is_there(at)) is not None:
        return first
    tried = at.drafts_of_this_try
    if tried >= at.rules.max_drafts:
        return HoldIt(Hold(Reason.TOO_MANY_DRAFTS, f"{tried} drafts were begun, none was finished"))
    return OpenDraft(at.next_draft, draft_marker(at.document.number, at.next_draft))


def _what_is_there(at: Situation) -> LookUp | HoldIt | None:
    """What comes before a head is written: a look by number, and nothing of it in the ledger."""
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
        if document.phase not in WITHOUT_LEDGER_EFFECT:
            return HoldIt(
                Hold(
                    Reason.SPARE_DRAFT_POSTED,
                    f"somebody validated draft {document.reference}, which was given up; "
                    "nothing was reversed",
                    "reference",
                    document.reference,
                )
            )
    return None


def build(at: Situation, draft: Draft) -> Move:
    """A draft is open: settle its head, then its lines, then compare and decide."""
    head = draft.head
    if head is None or head.outcome in WITHOUT_EFFECT:
        if draft.fingerprint != at.fingerprint:
            return Abandon(draft.number, "the document changed before anything was written")
        return _what_is_there(at) or OpenDraft(draft.number, draft.marker)
    if draft.fingerprint != at.fingerprint:
        return _give_up(at, draft, "the document changed after its first write")
    if head.outcome in DOUBTFUL:
        return _settle_head(at, draft, head)
    return _build_lines(at, draft)


def _settle_head(at: Situation, draft: Draft, head: Write) -> Move:
    """The head may have landed: after the settling time, look for its marker."""
    if not at.rules.reads_drafts:
        return Abandon(draft.number, "the answer to the head was lost, and it cannot be looked for")
    early = at.now < head.settles_at
    if early and not at.rules.answers_later:
        return Wait(head.settles_at, "the answer to the head was lost; it is looked for later")
    if at.found is None:
        return LookUp()
    ours = [document for document in at.found if document.marker == draft.marker]
    if len(ours) == 1:
        return Adopt(draft.number, (head,), ours[0].reference)
    if ours:
        return _give_up(at, draft, "the head was written more than once")
    if early:
        until = min(head.settles_at, next_look(head.sent_at, at.now))
        return Wait(until, "it is on its way to the ERP")
    if at.rules.has_drafts:
        return Abandon(draft.number, "the head could not be found")
    if head.looks == 0:
        return LookAgain(head, after(at.now, at.rules.settle_s))
    return _doubtful(at, "whether the document was added")


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
    if missing and not at.rules.lines_with_head:
        return AddLines(draft.number, draft.reference, missing)
    if at.read is None:
        return Read(draft.reference)
    if at.read.phase not in WITHOUT_LEDGER_EFFECT and at.rules.has_drafts:
        return HoldIt(
            Hold(
                Reason.SPARE_DRAFT_POSTED,
                f"somebody validated draft {draft.reference} before it was decided on",
                "reference",
                draft.reference,
            )
        )
    different = at.differs(at.read) if at.rules.reads_drafts else ""
    if not different:
        return _agreed(at, draft)
    if at.rules.answers_later:
        return _await(at, at.read, draft, different)
    only_missing = Counter(at.read.lines) < Counter(at.line_keys.values())
    if at.read.phase is Phase.GONE or (not at.read.differences and only_missing):
        last = max(w.settles_at for w in draft.writes)
        if at.now < last:
            return Wait(min(last, after(at.now, 1.0)), "the ERP does not show all lines yet")
        is_bare = not at.read.lines and at.read.phase is not Phase.GONE
        if at.rules.completes_heads and is_bare and len(missing) == len(at.document.lines):
            return AddLines(draft.number, draft.reference, missing)
    return _give_up(at, draft, different)


def _agreed(at: Situation, draft: Draft) -> Move:
    """The draft is what was meant: it is decided on, if the ERP would post it."""
    if at.rules.controls_drafts and not at.controlled:
        return Control(draft.reference)
    return Decide(draft.number, draft.reference)


def _await(at: Situation, read: ReadDocument, draft: Draft, different: str) -> Move:
    """The ERP has taken the document on, and does not show it as it was meant."""
    if read.phase is Phase.REFUSED:
        what = f"the ERP rejected document {at.document.number}: {read.detail}"
        return HoldIt(Hold(Reason.ERP_REFUSED, what, "number", at.document.number))
    if read.phase is not Phase.BUSY:
        return _give_up(at, draft, different)
    last = max(w.settles_at for w in draft.writes)
    if at.now < last:
        since = max(w.sent_at for w in draft.writes)
        return Wait(min(last, next_look(since, at.now)), f"the ERP is at work: {read.detail}")
    return _doubtful(at, "what the ERP made of the document")


def _settle_lines(at: Situation, draft: Draft, doubtful: tuple[Write, ...]) -> Move:
    """Lines may have landed: after the settling time, compare the draft with what was meant."""
    if not at.rules.reads_drafts:
        return Abandon(draft.number, "the answer to a line was lost, and it cannot be looked for")
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
        return _give_up(at, draft, difference(at.read, meant, there))
    if there != meant and any(w.looks == 0 for w in doubtful):
        return LookAgain(doubtful[0], after(at.now, at.rules.settle_s))
    return _doubtful(at, "whether all lines were added")


def _give_up(at: Situation, draft: Draft, why: str) -> Move:
    """Give up a draft that was written to; where there are no drafts, a person must look."""
    if at.rules.has_drafts:
        return Abandon(draft.number, why)
    return HoldIt(
        Hold(
            Reason.CONTENT_DIFFERS,
            f"document {at.document.number} in the ERP is not what we wrote: {why}",
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
