"""Export: tell Brex which records were posted, after they were read back from the ERP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.domain.accounting import ReviewStatus
from connector.domain.backoff import full_jitter
from connector.domain.drafts import Outcome
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Leased
from connector.errors import ConnectorError, OutcomeUnknownError
from connector.ports import (
    Answer,
    ExportResult,
    FinishedRecords,
    RecordStore,
    SpendSource,
    Waiting,
)
from connector.usecases.compare_finished import settle
from connector.usecases.report import StepReport, retry_later


def export_results(
    leased: Sequence[Leased],
    *,
    source: SpendSource,
    records: RecordStore,
    finished: FinishedRecords,
) -> StepReport:
    """Have Brex mark the records EXPORTED, with the ERP's number as the reference.

    Reporting is one-shot at Brex. An answer that was lost is settled by reading the records.
    """
    report = StepReport()
    try:
        leased = _hold_changed(leased, source=source, finished=finished, report=report)
    except ConnectorError as error:
        return retry_later(records, leased, error, report)
    if not leased:
        return report
    references = records.references(leased)
    try:
        answers = source.export_results(
            [ExportResult(row.record_id, reference=references[row.id]) for row in leased]
        )
    except OutcomeUnknownError as error:
        return _settle(leased, error, source=source, records=records, report=report)
    except ConnectorError as error:
        return retry_later(records, leased, error, report)
    return _note(leased, answers, records, report)


def _hold_changed(
    leased: Sequence[Leased],
    *,
    source: SpendSource,
    finished: FinishedRecords,
    report: StepReport,
) -> Sequence[Leased]:
    """Hold what Brex changed after its documents were written; the others come back.

    Only what Brex announced again is asked for.
    """
    rows = finished.in_hand(leased)
    if not rows:
        return leased
    held = settle(rows, source.records([row.record_id for row in rows]), source, finished)
    report.held += len(held)
    return [row for row in leased if row.id not in held]


def _settle(
    leased: Sequence[Leased],
    lost: OutcomeUnknownError,
    *,
    source: SpendSource,
    records: RecordStore,
    report: StepReport,
) -> StepReport:
    try:
        found = source.records([row.record_id for row in leased])
    except ConnectorError as error:
        return retry_later(records, leased, error, report)
    exported: dict[str, Answer[None]] = {
        spend.id: Answer(Outcome.DONE)
        for spend in found.values()
        if spend.standing is not None and spend.standing.review_status is ReviewStatus.EXPORTED
    }
    return _note(leased, exported, records, report, otherwise=str(lost))


def _note(
    leased: Sequence[Leased],
    answers: Mapping[str, Answer[None]],
    records: RecordStore,
    report: StepReport,
    *,
    otherwise: str = "Brex did not say what became of it",
) -> StepReport:
    done: list[tuple[Leased, str]] = []
    holds: list[tuple[Leased, Hold]] = []
    waits: list[Waiting] = []
    for row in leased:
        answer = answers.get(row.record_id, Answer(Outcome.NOT_SENT, message=otherwise))
        if answer.outcome is Outcome.DONE:
            done.append((row, answer.trace_id))
        elif answer.outcome is Outcome.REFUSED:
            holds.append((row, Hold(Reason.EXPORT_REFUSED, answer.message, value=answer.code)))
        else:
            wait_s = full_jitter(row.failures, asked_s=answer.wait_s)
            waits.append(Waiting(row, wait_s, answer.message, failed=True))
    exported = records.exported(done)
    report.moved = [row.record_id for row, _ in done if row.id in exported]
    report.held += len(records.hold(holds))
    records.wait(waits)
    report.waits(waits)
    return report
