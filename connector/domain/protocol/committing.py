"""After the decision: the document is committed by its number until the ERP confirms it."""

from __future__ import annotations

from connector.domain.drafts import DOUBTFUL, WITHOUT_EFFECT, Draft, Write
from connector.domain.moves import (
    Commit,
    HoldIt,
    LookAgain,
    Move,
    Posted,
    Read,
    SettleCommit,
    Wait,
)
from connector.domain.posting import Confirm, Phase, ReadDocument
from connector.domain.protocol.situation import Situation, after, next_look
from connector.domain.reasons import Hold, Reason

#: How often a commit that leads to nothing is repeated before a person must look.
MAX_COMMITS = 5
#: The result of a commit whose document the ERP found errors in.
REFUSED = "refused"


def commit(at: Situation) -> Move:
    """The document is decided on: commit its number until the ERP confirms it."""
    if at.read is None:
        return Read(at.decided)
    if at.rules.confirm is Confirm.WRITTEN and at.read.phase is not Phase.GONE:
        return _confirm(at, at.read)
    draft = at.decided_draft
    assert draft is not None, "a decided record has a decided draft"
    last = draft.last_commit
    pending = last if last and not last.result and last.outcome not in WITHOUT_EFFECT else None
    match at.read.phase:
        case Phase.VALIDATED | Phase.LEDGER:
            return _confirm(at, at.read)
        case phase if phase is not Phase.BUSY and _was_sent_for_good(at, draft):
            return _await(at, draft.commits[-1])
        case Phase.GONE:
            return _look_for_it(at)
        case Phase.BUSY:
            return _wait_for_job(at, at.read, pending)
        case Phase.REFUSED if pending and _may_be_old_news(at, draft, pending):
            return Wait(next_look(pending.sent_at, at.now), "validation has not begun yet")
        case Phase.REFUSED if pending:
            return SettleCommit(
                pending,
                REFUSED,
                Hold(
                    Reason.ERP_VALIDATION_FAILED,
                    f"document {at.decided} did not pass the ERP's validation: {at.read.detail}",
                    "reference",
                    at.decided,
                ),
            )
        case _ if not at.rules.has_drafts:
            return _without_commit(at, at.read)
        case _:
            return _send_commit(at, draft, pending)


def _without_commit(at: Situation, read: ReadDocument) -> Move:
    """What the ERP makes of a document by itself, once it was written."""
    if at.rules.answers_later and read.phase is Phase.DRAFT:
        return _wait_for_job(at, read, None)
    reason = Reason.ERP_DOCUMENT_MISSING
    if read.phase is Phase.REFUSED:
        reason = Reason.ERP_VALIDATION_FAILED
    what = f"document {at.decided} is not in the ledger: {read.detail}"
    return HoldIt(Hold(reason, what, "reference", at.decided))


def _send_commit(at: Situation, draft: Draft, pending: Write | None) -> Move:
    if pending is not None and at.now < pending.settles_at:
        return Wait(
            min(pending.settles_at, next_look(pending.sent_at, at.now)),
            "validation has not begun yet",
        )
    sent = [w for w in draft.commits if w.outcome not in WITHOUT_EFFECT]
    if pending is not None and len(sent) % MAX_COMMITS == 0:
        return SettleCommit(
            pending,
            "nothing",
            Hold(
                Reason.ERP_DOCUMENT_BUSY,
                f"document {at.decided} was submitted for validation {len(sent)} times, "
                "and the ERP did nothing about it",
                "reference",
                at.decided,
            ),
        )
    assert at.read is not None, "nothing is committed that was not read just before"
    if at.rules.reads_drafts and (different := at.differs(at.read)):
        if at.decided_at and at.now < after(at.decided_at, at.rules.settle_s):
            return Wait(after(at.now, 1.0), "the ERP does not show the document as it was")
        return _hold_different(at, "is no longer what we wrote, and was not posted", different)
    last = draft.last_commit
    again = last is not None and last.outcome in WITHOUT_EFFECT
    nth = 1 if last is None else last.line if again else last.line + 1
    return Commit(draft.number, at.decided, nth)


def _look_for_it(at: Situation) -> Move:
    """The document is not there: not yet, or no longer."""
    if at.decided_at and at.now < after(at.decided_at, at.rules.settle_s):
        return Wait(after(at.now, 1.0), "the ERP does not show the document yet")
    return HoldIt(
        Hold(
            Reason.ERP_DOCUMENT_MISSING,
            f"document {at.decided} is no longer in the ERP",
            "reference",
            at.decided,
        )
    )


def _was_sent_for_good(at: Situation, draft: Draft) -> bool:
    """Whether a commit that must not be repeated may have taken effect."""
    return not at.rules.commit_repeats and any(
        write.outcome not in WITHOUT_EFFECT for write in draft.commits
    )


def _await(at: Situation, write: Write) -> Move:
    """Look for what a commit leads to; it is never sent again, also not after a retry."""
    if write.outcome in DOUBTFUL:
        if at.now < write.settles_at:
            until = min(write.settles_at, next_look(write.sent_at, at.now))
            return Wait(until, "the answer to the commit was lost; its effect is looked for")
        if write.looks == 0:
            return LookAgain(write, after(at.now, at.rules.settle_s))
        what = "its answer was lost, and its effect was looked for twice"
    else:
        if at.now < after(write.sent_at, at.rules.busy_s):
            return Wait(next_look(write.sent_at, at.now), "the ERP has taken the document over")
        what = f"the ERP took it, and did nothing for {at.rules.busy_s / 60:.0f} minutes"
    return HoldIt(
        Hold(
            Reason.OUTCOME_UNKNOWN,
            f"document {at.decided} was committed and is not in the ledger: {what}; it is not "
            "committed again, because that could post it twice",
            "reference",
            at.decided,
        )
    )


def _may_be_old_news(at: Situation, draft: Draft, pending: Write) -> bool:
    """Whether "validated with errors" may still be what an earlier validation said."""
    refused_before = any(w.result == REFUSED for w in draft.commits)
    return refused_before and at.now < pending.settles_at


def _wait_for_job(at: Situation, read: ReadDocument, pending: Write | None) -> Move:
    since = pending.sent_at if pending is not None else at.decided_at or at.now
    if at.now < after(since, at.rules.busy_s):
        return Wait(next_look(since, at.now), f"the ERP is at work: {read.detail}")
    hold = Hold(
        Reason.ERP_DOCUMENT_BUSY,
        f"document {at.decided} has been held by a job or a person in the ERP for more than "
        f"{at.rules.busy_s / 60:.0f} minutes: {read.detail}",
        "reference",
        at.decided,
    )
    return SettleCommit(pending, "busy", hold) if pending is not None else HoldIt(hold)


def _confirm(at: Situation, read: ReadDocument) -> Move:
    if different := at.differs(read):
        return _hold_different(at, f"is {read.phase} but is not what we wrote", different)
    if at.rules.confirm is Confirm.LEDGER and read.phase is not Phase.LEDGER:
        return Wait(after(at.now, 60.0), "validated, awaiting update to the ledger in the ERP")
    return Posted(read.voucher)


def _hold_different(at: Situation, what: str, different: str) -> HoldIt:
    return HoldIt(
        Hold(
            Reason.CONTENT_DIFFERS,
            f"document {at.decided} {what}: {different}",
            "reference",
            at.decided,
        )
    )
