"""Brex's accounting records, for one connection.

https://developer.brex.com/openapi/accounting_api/accounting-records/queryaccountingrecords
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from connector import log
from connector.brex.answers import ABSENT, is_success, read_json
from connector.brex.expenses import Expenses
from connector.brex.exports import ExportResults
from connector.brex.receipts import linked_receipts, without_links
from connector.brex.schemas import read_record, read_standing
from connector.brex.wire_values import BREX_ID
from connector.domain.accounting import (
    AccountingRecord,
    BillingEntity,
    ReviewStatus,
    SourceType,
)
from connector.errors import RefusedError, RetryLaterError
from connector.http.peer import Peer, Reply
from connector.ports import Answer, ExportResult, SpendPage, SpendRecord

LOG = log.logger(__name__)

RECORDS = "/v3/accounting/records"
#: Ids in one request: Brex allows 500, but they all go into the URL.
_IDS = 100
#: Brex takes up to 500; a page of so many is 3 MB in memory, not 8.
_PAGE = 200
#: Without a lower bound Brex answers with recent records only.
_EVER = datetime(2000, 1, 1, tzinfo=UTC)
#: Pages of one query by ids. There are at most as many records as ids.
_MOST_PAGES = 10


class BrexClient:
    """Implements `connector.ports.SpendSource`."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._exports = ExportResults(peer, self.records)
        self._expenses = Expenses(peer)

    def records(self, ids: Sequence[str], *, background: bool = False) -> dict[str, SpendRecord]:
        """The records with these ids (any number); an id that Brex does not know is left out.

        Asked for as lists. What a list leaves out is asked for by its id: whether the list has a
        window of time even for ids is not documented.
        """
        wanted = [one for one in dict.fromkeys(ids) if BREX_ID.fullmatch(one)]
        found: dict[str, SpendRecord] = {}
        for start in range(0, len(wanted), _IDS):
            chunk = wanted[start : start + _IDS]
            found |= self._listed(chunk, background)
            for one in chunk:
                if one not in found and (record := self._by_id(one, background)):
                    found[one] = record
        return found

    def read(self, payload: Mapping[str, Any]) -> AccountingRecord:
        """The record of a payload. Raises RefusedError naming the field that is wrong."""
        return read_record(payload)

    def query(
        self,
        source: SourceType,
        *,
        status: ReviewStatus | None,
        updated_after: datetime,
        updated_before: datetime | None = None,
        cursor: str | None = None,
    ) -> SpendPage:
        """One page of records, with the lower bound always sent. Takes the background's budget.

        Brex filters by status for cards and reimbursements alone: `status` is None for bills.
        """
        params = {"source_type": source.value, **_bounds(updated_after, updated_before)}
        if status is not None:
            params["review_status"] = status.value
        if cursor is not None:
            params["cursor"] = cursor
        reply = self._peer.read("GET", RECORDS, params=params, background=True)
        return _page(reply, cursor)

    def billing_entity(self, expense_id: str) -> BillingEntity | None:
        """The entity that is billed for an expense, perhaps with no id; None for no expense."""
        return self._expenses.billing_entity(expense_id)

    def check_expenses(self) -> None:
        """Raises RefusedError or RetryLaterError where expenses may not be read."""
        self._expenses.check()

    def probe(self) -> None:
        """Ask for one record of the last day, once. Raises RetryLaterError for no answer."""
        params = {"source_type": SourceType.CARD.value, "limit": "1"}
        yesterday = datetime.now(UTC) - timedelta(days=1)
        self._peer.probe("GET", RECORDS, params=params | {"updated_at[gt]": _rfc3339(yesterday)})

    def export_results(self, results: Sequence[ExportResult]) -> dict[str, Answer[None]]:
        """Tell Brex what became of records; an answer for each record id.

        DONE: Brex took it, or has left it behind already; REFUSED: it will not take it; NOT_SENT:
        later. Raises OutcomeUnknownError where an answer was lost: read the records.
        """
        return self._exports.report(results)

    def _listed(self, ids: Sequence[str], background: bool) -> dict[str, SpendRecord]:
        found: dict[str, SpendRecord] = {}
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            params = [("ids", one) for one in ids] + list(_bounds(_EVER, None).items())
            if cursor is not None:
                params.append(("cursor", cursor))
            reply = self._peer.read("GET", RECORDS, params=params, background=background)
            if reply.status in ABSENT:
                return found  # one id that it does not like spoils the list: each by itself then
            page = _page(reply, cursor)
            found |= {one.id: one for one in page.records if one.id in ids}
            cursor = page.cursor
            if cursor is None or len(found) == len(ids):
                break
        return found

    def _by_id(self, record_id: str, background: bool) -> SpendRecord | None:
        path = f"{RECORDS}/{quote(record_id, safe='')}"
        reply = self._peer.read("GET", path, background=background)
        if not is_success(reply) and reply.status in ABSENT:
            return None
        record = _record(read_json(reply, dict))
        if record is None or record.id != record_id:
            raise RetryLaterError(reply.traced("Brex: an answer about another record"))
        return record


def _bounds(after: datetime, before: datetime | None) -> dict[str, str]:
    bounds = {"updated_at[gt]": _rfc3339(after), "limit": str(_PAGE)}
    if before is not None:
        bounds["updated_at[lt]"] = _rfc3339(before)
    return bounds


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _page(reply: Reply, asked: str | None) -> SpendPage:
    body = read_json(reply, dict)
    items, cursor = body.get("items"), body.get("next_cursor")
    if not isinstance(items, list) or not isinstance(cursor, str | None):
        raise RetryLaterError(reply.traced("Brex: a page that cannot be read"))
    if not cursor or body.get("has_next_page") is False:
        cursor = None
    elif cursor == asked:
        raise RetryLaterError(reply.traced("Brex: a page that is followed by itself"))
    return SpendPage(tuple(record for item in items if (record := _record(item))), cursor)


def _record(item: Any) -> SpendRecord | None:
    """One record of an answer; None for what has not even an id."""
    record_id = item.get("id") if isinstance(item, dict) else None
    if not isinstance(record_id, str) or not BREX_ID.fullmatch(record_id):
        LOG.error("brex_record_without_id")
        return None
    receipts = linked_receipts(item)
    payload = without_links(item, receipts)
    try:
        return SpendRecord(record_id, payload, read_standing(payload), receipts=receipts)
    except RefusedError as error:
        return SpendRecord(record_id, payload, None, fault=str(error), receipts=receipts)
