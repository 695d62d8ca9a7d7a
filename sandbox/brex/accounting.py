"""Reading accounting records: `GET /v3/accounting/records` and by id.

https://developer.brex.com/openapi/accounting_api/accounting-records/queryaccountingrecords
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sandbox.brex import cursors
from sandbox.brex.errors import BrexError
from sandbox.brex.receipts import Receipts
from sandbox.brex.records import SOURCE_TYPES, STATUSES, Query, RecordStore, State
from sandbox.brex.settings import BrexSettings
from sandbox.clock import now_utc, parse_rfc3339, rfc3339
from sandbox.exchange import Answer, Call

MAX_LIMIT = 500
MAX_IDS = 500


def one_record(call: Call, store: RecordStore, receipts: Receipts, record_id: str) -> Answer:
    """`GET /v3/accounting/records/{record_id}`; raises BrexError when there is none."""
    state = store.state(record_id, call.twists.as_of_s)
    if state is None:
        raise BrexError("NOT_FOUND", "The requested accounting record was not found.")
    return Answer(200, receipts.text(call, state, single=_single(call)))


def query_records(
    call: Call, store: RecordStore, receipts: Receipts, settings: BrexSettings
) -> Answer:
    """`GET /v3/accounting/records`: by ids or filters, oldest change first."""
    limit, single, as_of_s = _limit(call), _single(call), call.twists.as_of_s
    query, ids = _query(call, settings), call.every("ids")
    if len(ids) > MAX_IDS:
        raise _invalid("ids is limited to 500")
    bound = [query.status, query.source_type, sorted(ids)]
    after = _read_cursor(call.arg("cursor"), bound)
    if ids:
        states = [store.state(record_id, as_of_s) for record_id in sorted(set(ids))]
        rest = [one for one in states if one and query.takes(one) and _is_behind(one, after)]
        found, more = rest[:limit], len(rest) > limit
    else:
        found, more = store.page(query, after, limit, as_of_s)
    cursor = cursors.write(found[-1].key, bound) if more else None
    items = ",".join(receipts.text(call, state, single=single) for state in found)
    tail = (
        f'"has_next_page":{json.dumps(more)},"next_cursor":{json.dumps(cursor)},"total_count":null'
    )
    return Answer(200, f'{{"items":[{items}],{tail}}}', note=f"{len(found)} records")


def _is_behind(state: State, after: tuple[str, str] | None) -> bool:
    """Whether a record looked up by id comes behind the cursor; those are in the order of ids."""
    return after is None or state.key[1] > after[1]


def _query(call: Call, settings: BrexSettings) -> Query:
    status, source_type = call.arg("review_status"), call.arg("source_type")
    if status is not None and status not in STATUSES:
        raise _invalid(f"review_status {status} is not known")
    if source_type is not None and source_type not in SOURCE_TYPES:
        raise _invalid(f"source_type {source_type} is not known")
    if status and source_type == "BILL":
        raise _invalid("review_status is only supported with CARD and REIMBURSEMENT source types")
    bounds = {name: _moment(call, name) for name in ("gt", "gte", "lt", "lte")}
    lo = _edge(bounds["gt"], bounds["gte"])
    hi = _edge(bounds["lt"], bounds["lte"])
    if not any(bounds.values()) and not call.every("ids"):
        since = now_utc() - timedelta(hours=settings.default_window_h)
        lo = (rfc3339(since), True)
    return Query(status, source_type, lo, hi)


def _edge(open_end: str | None, closed_end: str | None) -> tuple[str, bool] | None:
    if closed_end is not None:
        return closed_end, True
    return (open_end, False) if open_end is not None else None


def _moment(call: Call, name: str) -> str | None:
    text = call.arg(f"updated_at[{name}]")
    if text is None:
        return None
    try:
        return rfc3339(parse_rfc3339(text))
    except ValueError:
        raise _invalid(f"updated_at[{name}] is not a date-time") from None


def _limit(call: Call) -> int:
    text = call.arg("limit") or "100"
    if not text.isdigit() or not 1 <= int(text) <= MAX_LIMIT:
        raise _invalid(f"limit must be between 1 and {MAX_LIMIT}")
    return int(text)


def _single(call: Call) -> bool:
    return call.arg("single_entry") == "true"


def _read_cursor(text: str | None, bound: list[Any]) -> tuple[str, str] | None:
    try:
        return cursors.read(text, bound)
    except ValueError as error:
        raise _invalid(str(error)) from None


def _invalid(message: str) -> BrexError:
    return BrexError("INVALID_REQUEST", message)
