"""What the product must be better than: plain look-up-then-add, and the protocol with a part cut out.

The kit has to report failures for each of them, or it proves nothing about the product.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from connector import bootstrap
from connector.domain.drafts import Outcome, Write
from connector.domain.numbers import draft_marker
from connector.domain.posting import Phase
from connector.domain.records import Leased
from connector.erp.infor import m3api
from connector.ports import Answer, NewDraft, NewLine, Target, Waiting
from connector.store import journal as journal_module
from connector.store.journal import PostgresJournal
from connector.usecases.report import StepReport

STRATEGY = "CHAOS_STRATEGY"


class LookUpThenAdd:
    """Look up by invoice number, add what is missing, validate; the lease alone protects it."""

    def __init__(self, *, erp: Any, journal: PostgresJournal, records: Any, **_: Any) -> None:
        self._erp, self._database, self._records = erp, journal._database, records
        self._journal = journal

    def run(self, leased: Sequence[Leased]) -> StepReport:
        report = StepReport()
        waits = [Waiting(row, 0.3, why) for row in leased if (why := self._take(row, report))]
        self._records.wait(waits)
        report.waits(waits)
        return report

    def _take(self, row: Leased, report: StepReport) -> str:
        """Why the record has to wait; nothing once it is posted."""
        states = self._journal.load([row])
        if not states:
            return "it was posted"
        document = states[0].document
        (found,) = self._erp.look_up([document])
        if found.outcome is not Outcome.DONE:
            return "look-up failed"
        if found.value:
            reference = found.value[0].reference
        else:
            (head,) = self._erp.open_drafts([NewDraft(document, draft_marker(document.number, 1))])
            if head.outcome is not Outcome.DONE:
                return "the head failed"
            reference = head.value
        target = Target(document, reference, draft_marker(document.number, 1))
        (read,) = self._erp.read([target])
        if read.outcome is not Outcome.DONE:
            return "reading failed"
        keys = self._erp.line_keys(document)
        missing = [line for line, key in keys.items() if key not in read.value.lines]
        if missing:
            added = self._erp.add_lines([NewLine(document, reference, one) for one in missing])
            if any(answer.outcome is not Outcome.DONE for answer in added):
                return "a line failed"
        if read.value.phase in {Phase.DRAFT, Phase.REFUSED}:
            self._erp.commit([target])
        if read.value.phase not in {Phase.VALIDATED, Phase.LEDGER}:
            return "validation"
        self._note(row, reference)
        report.moved += [row.record_id] * len(self._records.posted([(row, 1, "")]))
        return ""

    def _note(self, row: Leased, reference: str) -> None:
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE record SET status = 'posting' WHERE id = %s AND status = 'mapped'",
                (row.id,),
            )
            cursor.execute(
                "UPDATE erp_document d SET erp_reference = %s, decided_at = now() FROM record r"
                " WHERE r.id = %s AND r.attempt = %s AND d.record = r.id"
                " AND d.erp_reference IS NULL",
                (reference, row.id, row.attempt),
            )


def look_up_then_add() -> None:
    bootstrap.PostDocuments = LookUpThenAdd  # type: ignore[misc,assignment]


def no_fence() -> None:
    """Whoever holds a record writes: no attempt, no lease and no draft is looked at any more."""
    told: Callable[[str], str] = journal_module.query

    def without(name: str) -> str:
        text = told(name)
        for condition in (
            " AND r.attempt = v.attempt",
            " AND r.lease_until > clock_timestamp()",
        ):
            text = text.replace(condition, "")
        promise, _, repeated = text.partition("ON CONFLICT ON CONSTRAINT erp_write_once")
        return promise + repeated[repeated.find("RETURNING") :] if repeated else promise

    journal_module.query = without  # type: ignore[assignment]


def no_intent() -> None:
    """Writes leave without a row; the journal knows of them when they have ended, or never."""

    promise = PostgresJournal.intend
    settle = PostgresJournal.settle
    forgotten: dict[tuple[int, int, str, int], dict[str, Any]] = {}

    def intend(self: PostgresJournal, writes: Any, **times: Any) -> Any:
        with self._database.transaction() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            (now,) = cursor.fetchone() or (None,)
        for write in writes:
            forgotten[write.leased.id, write.draft, write.step.value, write.line] = times
        return {
            (w.leased.id, w.draft, w.step, w.line): Write(
                w.draft, w.step, w.line, Outcome.INTENT, now, now
            )
            for w in writes
        }

    def settled(self: PostgresJournal, writes: Any) -> None:
        for write in writes:
            times = forgotten.pop((write.leased.id, write.draft, write.step.value, write.line), {})
            if times:
                promise(self, [write], **times)
        settle(self, writes)

    PostgresJournal.intend = intend  # type: ignore[method-assign]
    PostgresJournal.settle = settled  # type: ignore[method-assign]


def doubt_is_refusal() -> None:
    """An answer that was lost is taken for "was not processed", and the write is sent again."""
    send = m3api.M3Api._send

    def sure(self: Any, *arguments: Any, **named: Any) -> Any:
        told = send(self, *arguments, **named)
        if isinstance(told, Answer):
            return _sure(told)
        return [_sure(answer) for answer in told]

    m3api.M3Api._send = sure  # type: ignore[method-assign]


def _sure(answer: Answer[Any]) -> Answer[Any]:
    if answer.outcome is not Outcome.UNKNOWN:
        return answer
    return replace(answer, outcome=Outcome.NOT_SENT)


STRATEGIES: dict[str, Callable[[], None]] = {
    "look_up_then_add": look_up_then_add,
    "no_fence": no_fence,
    "no_intent": no_intent,
    "doubt_is_refusal": doubt_is_refusal,
}


def install() -> None:
    """Put the strategy of this process in the product's place, if it has one."""
    if name := os.environ.get(STRATEGY):
        STRATEGIES[name]()
