"""What the protocol has to be better than: look up by invoice number, then add what is missing."""

from collections.abc import Sequence
from typing import Any

from connector.domain.drafts import Outcome
from connector.domain.numbers import draft_marker
from connector.domain.posting import Phase
from connector.domain.records import Leased
from connector.ports import NewDraft, NewLine, Target, Waiting
from connector.store.journal import PostgresJournal
from connector.usecases.report import StepReport


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
