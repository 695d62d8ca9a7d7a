"""`POST /v3/accounting/records/export-results`: a whole request or none of it, once per record."""

from __future__ import annotations

from typing import Any

from sandbox.brex.errors import BrexError
from sandbox.brex.records import EXPORTED, READY, RecordStore
from sandbox.brex.settings import BrexSettings
from sandbox.clock import now_utc, rfc3339
from sandbox.exchange import Answer, Call, json_answer


def export_results(call: Call, store: RecordStore, settings: BrexSettings) -> Answer:
    """Takes every result or refuses the request as a whole."""
    results = _read(call)
    ids = [result["accounting_record_id"] for result in results]
    with store.lock:
        _check(ids, store)
        for result in results:
            _take(result, store, settings)
    return json_answer(200, {"updated_accounting_record_ids": ids})


def _take(result: dict[str, Any], store: RecordStore, settings: BrexSettings) -> None:
    record = store.get(result["accounting_record_id"])
    assert record is not None  # checked before, under the same lock
    record.exports.append({**result, "received_at": rfc3339(now_utc())})
    status = EXPORTED if "success" in result else settings.status_after_failure
    store.move(result["accounting_record_id"], status)


def _check(ids: list[str], store: RecordStore) -> None:
    if len(set(ids)) < len(ids):
        twice = sorted({one for one in ids if ids.count(one) > 1})
        raise BrexError(
            "DUPLICATE_ACCOUNTING_RECORD_IDS",
            "Duplicate accounting record IDs in the request.",
            {"duplicate_accounting_record_ids": twice},
        )
    if absent := [one for one in ids if store.get(one) is None]:
        raise BrexError(
            "NOT_FOUND",
            "Accounting records not found.",
            {"not_found_export_entry_source_ids": absent},
        )
    states = {one: store.state(one) for one in ids}
    if wrong := [one for one, state in states.items() if state is None or state.status != READY]:
        _count_refused(wrong, store)
        raise BrexError(
            "ACCOUNTING_RECORD_NOT_READY_FOR_EXPORT",
            "Accounting records are not ready for export.",
            {"not_ready_for_export_accounting_record_ids": wrong},
        )


def _count_refused(ids: list[str], store: RecordStore) -> None:
    for one in ids:
        if record := store.get(one):
            record.refused_exports += 1


def _read(call: Call) -> list[dict[str, Any]]:
    """The results of the body; raises BrexError where the schema is not met."""
    try:
        body = call.json()
    except ValueError:
        raise _invalid("the body is not JSON") from None
    results = body.get("results") if isinstance(body, dict) else None
    if not isinstance(results, list) or not results:
        raise _invalid("results must have at least 1 item")
    for result in results:
        if not isinstance(result, dict) or not isinstance(result.get("accounting_record_id"), str):
            raise _invalid("accounting_record_id is required")
        if ("success" in result) == ("failure" in result):
            raise _invalid("exactly one of success and failure is required")
        _check_outcome(result)
    return results


def _check_outcome(result: dict[str, Any]) -> None:
    outcome = result.get("success", result.get("failure"))
    if not isinstance(outcome, dict):
        raise _invalid("success and failure are objects")
    if "failure" in result and not isinstance(outcome.get("error_message"), str):
        raise _invalid("failure.error_message is required")
    if "success" in result and not isinstance(outcome.get("deep_link_url", ""), str):
        raise _invalid("success.deep_link_url must not be null")


def _invalid(message: str) -> BrexError:
    return BrexError("INVALID_REQUEST", message)
