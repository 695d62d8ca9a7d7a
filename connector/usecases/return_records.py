"""Return: tell Brex that a held record cannot be exported, so that people there can mend it."""

from __future__ import annotations

from connector.domain.accounting import ReviewStatus, SourceType
from connector.domain.drafts import Outcome
from connector.domain.reasons import Reason
from connector.domain.records import Status
from connector.errors import OutcomeUnknownError, RefusedError, RetryLaterError
from connector.ports import Actions, Candidate, ExportResult, SpendRecord, SpendSource
from connector.usecases.held_records import Acted, choose, why_not

#: Longer than the calls to Brex.
LEASE_S = 300.0


def return_record(
    record_id: str,
    because: str,
    *,
    connection: str,
    source: SpendSource,
    actions: Actions,
) -> Acted:
    """Report a failure to Brex, then skip the record; when it is released again it begins anew.

    Nobody else can act on the record meanwhile. A second call after a crash finds the record
    returned in Brex already, and only notes it. Raises RefusedError where Brex will not take it
    back, RetryLaterError where Brex could not be asked; then the record is still held.
    """
    chosen, refused = choose([record_id], connection, actions, objection)
    acted = Acted(refused=refused)
    for record in chosen:
        attempt = actions.claim(record.id, LEASE_S)
        moved = None
        if attempt is not None:
            try:
                trace_id = _report(record, because, source)
                moved = actions.returned(record.id, attempt, because, trace_id)
            except BaseException:
                actions.release(record.id, attempt)
                raise
        if moved is None:
            acted.refused.extend(why_not([record], actions, objection))
        else:
            acted.moved.append(moved)
    return acted


def objection(record: Candidate) -> str | None:
    """Why a record cannot be returned: what stands in the ERP is not taken back by Brex."""
    if record.status is Status.HELD and record.erp_reference:
        instead = "retry it" if record.held_from is Status.EXPORTED else "retry or skip it"
        return f"document {record.erp_reference} stands in the ERP: {instead}"
    if record.reason in {Reason.OUTCOME_UNKNOWN, Reason.SPARE_DRAFT_POSTED}:
        return "an invoice of it may stand in the ERP: look there, then skip or retry it"
    return "its connection was removed" if record.removed else None


def _report(record: Candidate, because: str, source: SpendSource) -> str:
    """Tell Brex; its own id of the call, "" where none was answered."""
    if not _is_released(record, source):
        return ""  # an earlier call got through, and could not note it
    try:
        answers = source.export_results([ExportResult(record.record_id, error=because)])
    except OutcomeUnknownError as lost:
        if _is_released(record, source):
            raise RetryLaterError(
                f"Brex still has {record.record_id} as it was ({lost}): try again"
            ) from lost
        return ""
    answer = answers[record.record_id]
    if answer.outcome is Outcome.REFUSED:
        raise RefusedError(
            f"Brex does not take {record.record_id} back: {answer.message}", code=answer.code
        )
    if answer.outcome is not Outcome.DONE:
        raise RetryLaterError(
            f"Brex was not told of {record.record_id} ({answer.message}): try again",
            wait_s=answer.wait_s,
        )
    return answer.trace_id


def _is_released(record: Candidate, source: SpendSource) -> bool:
    """Whether Brex waits for an export result. Raises RefusedError where there is no point."""
    found = source.records([record.record_id]).get(record.record_id)
    if found is None:
        raise RefusedError(f"Brex does not know {record.record_id}: skip it")
    if found.standing is None:
        return True  # unreadable for us, which is why it is held
    if found.standing.review_status is ReviewStatus.EXPORTED:
        raise RefusedError(f"Brex has {record.record_id} as EXPORTED: skip it")
    return _waits_in_brex(found)


def _waits_in_brex(found: SpendRecord) -> bool:
    assert found.standing is not None
    # bills skip preparation and review: https://www.brex.com/support/syncing-bill-pay
    is_bill = found.standing.source_type is SourceType.BILL
    return is_bill or found.standing.review_status is ReviewStatus.READY_FOR_EXPORT
