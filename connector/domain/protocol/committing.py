"""After the decision: the document is committed by its number until the ERP confirms it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from connector.domain.drafts import Draft, Write
from connector.domain.moves import Commit, HoldIt, Move, Posted, Read, SettleCommit, Wait
from connector.domain.posting import Confirm, Phase, ReadDocument
from connector.domain.protocol.situation import Situation, after, difference
from connector.domain.reasons import Hold, Reason

#: How often a commit that leads to nothing is repeated before a person must look.
MAX_COMMITS = 5


def commit(at: Situation) -> Move:
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
        case Phase.GONE if at.decided_at and at.now < after(at.decided_at, at.rules.settle_s):
            return Wait(after(at.now, 1.0), "the ERP does not show the document yet")
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
            min(pending.settles_at, _next_look(pending.sent_at, at.now)),
            "validation has not begun yet",
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
    if at.now < after(since, at.rules.busy_s):
        return Wait(_next_look(since, at.now), f"the ERP is at work: {read.detail}")
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
                + difference(read, expected, there),
                "reference",
                at.decided,
            )
        )
    if at.rules.confirm is Confirm.LEDGER and read.phase is not Phase.LEDGER:
        return Wait(after(at.now, 60.0), "validated, awaiting update to the ledger in the ERP")
    return Posted(read.voucher)


def _next_look(since: datetime, now: datetime) -> datetime:
    """When to read again: soon at first, ever more rarely, at least once a minute."""
    waited_s = (now - since).total_seconds()
    return after(now, min(60.0, max(0.05, waited_s / 2)))
