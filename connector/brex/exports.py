"""Telling Brex what became of records: one-shot, in lists, and each record for itself.

https://developer.brex.com/openapi/accounting_api/accounting-records/reportaccountingexportresults

Brex validates a list as a whole: a 404 or 422 names the ids that spoil it, and nothing of the list
was taken. Whether a 200 takes all is not promised: it names those that it took.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector.brex.answers import Fault, fault_of, is_success, written_json
from connector.domain.accounting import ReviewStatus
from connector.domain.drafts import Outcome
from connector.errors import OutcomeUnknownError, RetryLaterError
from connector.http.peer import Peer, Reply
from connector.ports import Answer, ExportResult, SpendRecord

PATH = "/v3/accounting/records/export-results"
#: Results in one request. Brex names no limit.
_BATCH = 100
#: What Brex says of a result that it has taken before; also where that was cut short on its way,
#: and only the status is left.
_TAKEN_BEFORE = frozenset({"ACCOUNTING_RECORD_NOT_READY_FOR_EXPORT", "422"})


class ExportResults:
    """Reports results, and reads back what Brex would not take."""

    def __init__(
        self, peer: Peer, records: Callable[[Sequence[str]], Mapping[str, SpendRecord]]
    ) -> None:
        self._peer = peer
        self._records = records

    def report(self, results: Sequence[ExportResult]) -> dict[str, Answer[None]]:
        """An answer for each record id. What `SpendSource.export_results` promises."""
        distinct = {result.record_id: result for result in results}
        answers: dict[str, Answer[None]] = {}
        lists = _split(list(distinct.values()), _BATCH)
        try:
            while lists:
                lists += self._send(lists.pop(0), answers)
        except RetryLaterError as error:
            if not answers:
                raise
            late: Answer[None] = Answer(Outcome.NOT_SENT, message=str(error), wait_s=error.wait_s)
            return {one: answers.get(one, late) for one in distinct}
        return answers

    def _send(
        self, results: list[ExportResult], answers: dict[str, Answer[None]]
    ) -> list[list[ExportResult]]:
        """Send one list and note the answers; gives the lists that are to be sent instead."""
        body = {"results": [_on_the_wire(result) for result in results]}
        reply = self._peer.write("POST", PATH, json=body)
        if is_success(reply):
            taken = _taken(reply)
            done: Answer[None] = Answer(Outcome.DONE, trace_id=reply.trace_id)
            answers |= {one.record_id: done for one in results if one.record_id in taken}
            left = [one for one in results if one.record_id not in taken]
            said = reply.traced("Brex took the list without this record")
            self._read_back(left, Fault("", said, trace_id=reply.trace_id), answers)
            return []
        fault = fault_of(reply)
        named = fault.ids()
        spoiling = [one for one in results if one.record_id in named or len(results) == 1]
        if not spoiling:
            return _split(results, len(results) // 2)
        if fault.code in _TAKEN_BEFORE:
            self._read_back(spoiling, fault, answers)
        else:
            answers |= {one.record_id: _refused(fault) for one in spoiling}
        rest = [one for one in results if one not in spoiling]
        return [rest] if rest else []

    def _read_back(
        self, results: list[ExportResult], fault: Fault, answers: dict[str, Answer[None]]
    ) -> None:
        """Reporting is one-shot: a refused result may be one that was taken before."""
        if not results:
            return
        try:
            found = self._records([one.record_id for one in results])
        except RetryLaterError as error:
            late: Answer[None] = Answer(Outcome.NOT_SENT, message=str(error), wait_s=error.wait_s)
            answers |= {one.record_id: late for one in results}
            return
        for one in results:
            answers[one.record_id] = _after(one, found.get(one.record_id), fault)


def _after(result: ExportResult, found: SpendRecord | None, fault: Fault) -> Answer[None]:
    """What Brex shows of a record whose result it would not take.

    A record that is not shown, or shown as ready, is one that its reads have not caught up with.
    """
    late: Answer[None] = Answer(Outcome.NOT_SENT, code=fault.code, message=fault.message)
    done: Answer[None] = Answer(Outcome.DONE, trace_id=fault.trace_id)
    if found is None:
        return late
    match found.standing.review_status if found.standing else None:
        case ReviewStatus.EXPORTED:
            return done
        case ReviewStatus.PREPARE | ReviewStatus.REVIEW if result.error:
            return done  # it was given back
        case ReviewStatus.READY_FOR_EXPORT:
            return late
        case _:
            return _refused(fault)


def _refused(fault: Fault) -> Answer[None]:
    return Answer(Outcome.REFUSED, code=fault.code, message=fault.message)


def _on_the_wire(result: ExportResult) -> dict[str, Any]:
    """`deep_link_url` is left out: it may not be null."""
    if result.error:
        outcome = {"failure": {"error_message": result.error}}
    else:
        outcome = {"success": {"reference_id": result.reference} if result.reference else {}}
    return {"accounting_record_id": result.record_id, **outcome}


def _taken(reply: Reply) -> set[str]:
    ids = written_json(reply).get("updated_accounting_record_ids")
    if not isinstance(ids, list):
        said = "Brex: an answer that does not say which records it took"
        raise OutcomeUnknownError(reply.traced(said))
    return {one for one in ids if isinstance(one, str)}


def _split(results: list[ExportResult], size: int) -> list[list[ExportResult]]:
    return [results[start : start + size] for start in range(0, len(results), size)]
