"""Post: write each document into the ERP once, following the protocol, many records at a time.

`protocol.next_move` says for each record what comes next; this carries the moves out, those of one
kind together in one batch. Every record goes its own way and is finished by itself. The documents
of one record are posted one after the other: each begins when the one before it was confirmed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from connector.domain import moves
from connector.domain.backoff import full_jitter
from connector.domain.drafts import Outcome, WriteStep
from connector.domain.protocol import Situation, next_move
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Leased, Status
from connector.ports import (
    RATE_LIMITED,
    Answer,
    DailyLimits,
    Erp,
    Journal,
    RecordStore,
    RefusedDays,
    SettledWrite,
    Waiting,
)
from connector.usecases.another_day import AnotherDay
from connector.usecases.report import StepReport
from connector.usecases.writing import InHand, Writer, Written

#: How long one task may sleep in all, for short waits such as a validation job.
NAP_S = 1.0
#: Records that are to be read again so close to each other are read in one call.
TOGETHER_S = 0.02
#: More moves than a record needs in one task, whatever happens to it.
MAX_ROUNDS = 100
#: A refusal's code that says more than "the ERP refused".
_REASON_OF_CODE = {
    one.value: one
    for one in (Reason.SUPPLIER_REFUSED, Reason.PERIOD_CLOSED, Reason.DOCUMENT_EXISTS)
}

MoveT = TypeVar("MoveT", bound=moves.Move)


class PostDocuments:
    """One batch of records on its way into an ERP; made anew for each task."""

    def __init__(
        self,
        *,
        erp: Erp,
        journal: Journal,
        records: RecordStore,
        mark_exported: bool,
        lease_s: float,
        limits: DailyLimits | None = None,
        refused_days: RefusedDays | None = None,
        moves_days: bool = True,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._erp = erp
        self._journal = journal
        self._records = records
        self._writer = Writer(erp, journal, lease_s)
        self._mark_exported = mark_exported
        self._limits = limits
        self._another_day = AnotherDay(erp, refused_days, moves_days) if refused_days else None
        self._sleep = sleep
        self._nap_left_s = NAP_S
        self._batch: dict[int, InHand] = {}
        self._report = StepReport()

    def run(self, leased: Sequence[Leased]) -> StepReport:
        """Bring the records as far as they get now: posted, held, or due again later.

        Raises RetryLaterError when the database is away; then the leases end by themselves.
        """
        self._load(self._admitted(leased))
        for _ in range(MAX_ROUNDS):
            if not self._batch:
                break
            self._round()
        self._wait([(r, 1.0, "it takes more than one task") for r in self._batch.values()])
        return self._report

    def _admitted(self, leased: Sequence[Leased]) -> Sequence[Leased]:
        """Hold those that are beyond the limits of the day; the others come back."""
        beyond = self._limits.admit(leased) if self._limits else []
        self._report.held += len(self._records.hold(beyond))
        stopped = {row.id for row, _ in beyond}
        return [row for row in leased if row.id not in stopped]

    def _load(self, leased: Sequence[Leased]) -> None:
        """Read afresh what the journal says; what the ERP said stays as it is."""
        loaded_at = time.monotonic()
        before = {row.id: self._batch.pop(row.id, None) for row in leased}
        for state in self._journal.load(leased) if leased else ():
            known = before[state.leased.id]
            if known is None or known.state.nth != state.nth:
                document = state.document
                known = InHand(
                    state, self._erp.rules(document.kind), self._erp.line_keys(document), loaded_at
                )
            known.state, known.loaded_at = state, loaded_at
            self._batch[state.leased.id] = known

    def _round(self) -> None:
        """Make one move for every record, those of one kind together."""
        chosen = [(record, next_move(self._situation(record))) for record in self._batch.values()]
        waiting = _of(moves.Wait, chosen)
        if len(waiting) == len(chosen):
            self._nap(waiting)
            return
        self._look_up(_of(moves.LookUp, chosen))
        self._read(_of(moves.Read, chosen))
        self._control(_of(moves.Control, chosen))
        self._note_findings(chosen)
        self._decide(_of(moves.Decide, chosen))
        for kind, write in (
            (moves.OpenDraft, self._writer.open_drafts),
            (moves.AddLines, self._writer.add_lines),
            (moves.Commit, self._writer.commit),
        ):
            rows: list[tuple[InHand, Any]] = _of(kind, chosen)
            if rows:
                self._after_write(write(rows))
        self._posted(_of(moves.Posted, chosen))
        self._hold([(record, move.hold) for record, move in _of(moves.HoldIt, chosen)])
        self._load(
            [
                record.leased
                for record, move in chosen
                if not isinstance(move, moves.LookUp | moves.Read | moves.Control | moves.Wait)
                and record.leased.id in self._batch
            ]
        )

    def _situation(self, record: InHand) -> Situation:
        state = record.state
        return Situation(
            document=state.document,
            fingerprint=state.fingerprint,
            line_keys=record.line_keys,
            drafts=state.drafts,
            next_draft=state.next_draft,
            decided=state.decided,
            decided_at=state.decided_at,
            rules=record.rules,
            now=record.now(),
            mapped_at=state.mapped_at,
            found=record.found,
            read=record.read,
            controlled=record.controlled,
        )

    def _look_up(self, rows: list[tuple[InHand, moves.LookUp]]) -> None:
        """Ask for all that the ERP has of the records, also where a draft of them was before.

        What several look-ups of a record find is there as often as one of them has it.
        """
        asked = [(record, document) for record, _ in rows for document in record.state.everywhere()]
        answers = self._erp.look_up([document for _, document in asked]) if asked else ()
        for (record, _), answer in zip(asked, answers, strict=True):
            both = Counter(record.found or ()) | Counter(answer.value or ())
            record.found = tuple(both.elements())
        for (record, _), answer in zip(asked, answers, strict=True):
            if answer.outcome is not Outcome.DONE and record.leased.id in self._batch:
                self._not_done(record, answer)

    def _read(self, rows: list[tuple[InHand, moves.Read]]) -> None:
        targets = [record.target(move.reference) for record, move in rows]
        answers = self._erp.read(targets) if rows else ()
        for (record, _), answer in zip(rows, answers, strict=True):
            record.read = answer.value
            if answer.outcome is not Outcome.DONE:
                self._not_done(record, answer)

    def _control(self, rows: list[tuple[InHand, moves.Control]]) -> None:
        targets = [record.target(move.reference) for record, move in rows]
        answers = self._erp.control(targets) if rows else ()
        for (record, _), answer in zip(rows, answers, strict=True):
            record.controlled = answer.outcome is Outcome.DONE
            if not record.controlled:
                self._not_done(record, answer)

    def _note_findings(self, chosen: list[tuple[InHand, moves.Move]]) -> None:
        """Write down what was found out about doubtful writes."""
        self._journal.settle(
            [
                SettledWrite(
                    record.leased,
                    write.draft,
                    write.step,
                    write.line,
                    Outcome.FOUND,
                    reference=move.reference if write.step is WriteStep.HEAD else "",
                )
                for record, move in _of(moves.Adopt, chosen)
                for write in move.writes
            ]
        )
        for record, again in _of(moves.LookAgain, chosen):
            self._journal.look_again(record.leased, again.write, again.until)
            record.forget()
        given_up = _of(moves.Abandon, chosen)
        if given_up:
            self._journal.abandon([(r.leased, move.draft, move.why) for r, move in given_up])
        for record, _ in given_up:
            record.read = None
        for record, commit in _of(moves.SettleCommit, chosen):
            self._journal.settle_commit(record.leased, commit.write, commit.result)
            self._hold([(record, commit.hold)])

    def _decide(self, rows: list[tuple[InHand, moves.Decide]]) -> None:
        if not rows:
            return
        decided = self._journal.decide([(r.leased, move.draft, move.reference) for r, move in rows])
        self._drop([record for record, _ in rows if record.leased.id not in decided])

    def _after_write(self, written: Written) -> None:
        self._drop(written.lost)
        for record, answer in written.failed:
            if record.leased.id in self._batch:
                self._not_done(record, answer)

    def _not_done(self, record: InHand, answer: Answer[Any]) -> None:
        """End the turn of a record whose call was refused, or not processed."""
        if answer.outcome is Outcome.REFUSED:
            reason = _REASON_OF_CODE.get(answer.code, Reason.ERP_REFUSED)
            hold = Hold(reason, answer.message, answer.field, answer.code)
            if self._another_day and self._another_day.begin(record, hold):
                self._drop([record])
            else:
                self._hold([(record, hold)])
        else:
            wait_s = full_jitter(record.leased.failures, asked_s=answer.wait_s)
            self._wait([(record, wait_s, answer.message)], failed=answer.code != RATE_LIMITED)

    def _posted(self, rows: list[tuple[InHand, moves.Posted]]) -> None:
        """Note confirmed documents; a record of which another is left stays in hand for it."""
        stands = self._records.posted(
            [(record.leased, record.state.nth, move.voucher) for record, move in rows]
        )
        done = [record for record, _ in rows if stands.get(record.leased.id) is Status.POSTED]
        if self._mark_exported:
            self._report.moved += [record.leased.record_id for record in done]
        self._drop(
            [record for record, _ in rows if stands.get(record.leased.id) is not Status.POSTING]
        )

    def _hold(self, rows: list[tuple[InHand, Hold]]) -> None:
        self._report.held += len(self._records.hold([(r.leased, hold) for r, hold in rows]))
        self._drop([record for record, _ in rows])

    def _wait(self, rows: list[tuple[InHand, float, str]], *, failed: bool = False) -> None:
        waits = [Waiting(record.leased, wait_s, why, failed) for record, wait_s, why in rows]
        self._records.wait(waits)
        self._report.waits(waits)
        self._drop([record for record, _, _ in rows])

    def _nap(self, rows: list[tuple[InHand, moves.Wait]]) -> None:
        """Everything left has to wait: sleep if it is short, else end these turns."""
        waits = [
            (r, max(0.0, (move.until - r.now()).total_seconds()), move.why) for r, move in rows
        ]
        soonest = min(wait_s for _, wait_s, _ in waits)
        if soonest > self._nap_left_s:
            self._wait(waits)
            return
        awake = [(r, wait_s) for r, wait_s, _ in waits if wait_s <= soonest + TOGETHER_S]
        nap_s = max(wait_s for _, wait_s in awake)
        self._nap_left_s -= max(nap_s, 0.01)
        self._sleep(nap_s)
        for record, _ in awake:
            record.forget()

    def _drop(self, records: list[InHand]) -> None:
        for record in records:
            self._batch.pop(record.leased.id, None)


def _of(
    kind: type[MoveT], chosen: Sequence[tuple[InHand, moves.Move]]
) -> list[tuple[InHand, MoveT]]:
    return [(record, move) for record, move in chosen if isinstance(move, kind)]
