"""What Brex shows of money that moved, page by page, for one connection.

https://developer.brex.com/openapi/transactions_api; for expenses and accounting records their own
APIs. The client is given nothing but a GET.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from marshmallow import Schema

from connector.brex.answers import read_json
from connector.brex.transaction_schemas import (
    AccountSchema,
    ExpenseSchema,
    RecordSummarySchema,
    StatementSchema,
    TransactionSchema,
)
from connector.brex.wire_schema import load
from connector.domain.accounting import SourceType
from connector.domain.pulls import Part, PullKind
from connector.domain.transactions import AccountKind
from connector.errors import RefusedError, RetryLaterError
from connector.http.reading import Get
from connector.ports import PulledPage

#: Rows of a page: Brex names no limit for transactions, 500 for records, and 100 for expenses.
_TRANSACTIONS, _STATEMENTS, _RECORDS, _EXPENSES = 1000, 100, 500, 100


@dataclass(frozen=True, slots=True)
class _List:
    """One of Brex's lists; a `limit` of 0 is not sent."""

    path: str
    schema: Schema
    limit: int = 0
    params: tuple[tuple[str, str], ...] = ()


class SpendClient:
    """Implements `connector.ports.SpendReads`."""

    def __init__(self, get: Get) -> None:
        self._get = get

    def page(self, part: Part, since: date, cursor: str | None) -> PulledPage:
        """One page. Raises RefusedError naming the row and field that cannot be read."""
        listed = _list(part, since)
        items, following = self._read(listed, listed.limit, cursor)
        return PulledPage([_row(part, listed.schema, item) for item in items], following)

    def first(self, part: Part, since: date) -> list[str]:
        """The id of one row, if there is one."""
        listed = _list(part, since)
        items, _ = self._read(listed, min(listed.limit, 1), None)
        return [_row(part, listed.schema, item).id for item in items[:1]]

    def _read(self, listed: _List, limit: int, cursor: str | None) -> tuple[list[Any], str | None]:
        params = list(listed.params)
        if limit:
            params.append(("limit", str(limit)))
        if cursor is not None:
            params.append(("cursor", cursor))
        reply = self._get(listed.path, params)
        if listed.path == _CARD_ACCOUNTS:
            return read_json(reply, list), None
        body = read_json(reply, dict)
        items, following = body.get("items"), body.get("next_cursor")
        if not isinstance(items, list) or not isinstance(following, str | None):
            raise RetryLaterError("Brex: a page that cannot be read")
        return items, None if body.get("has_next_page") is False else following or None


#: The one list that is a bare array.
_CARD_ACCOUNTS = "/v2/accounts/card"


def _list(part: Part, since: date) -> _List:
    moment = f"{since.isoformat()}T00:00:00Z"
    account = quote(part.of, safe="")
    card, cash = AccountKind.CARD, AccountKind.CASH
    match part.kind:
        case PullKind.CARD_ACCOUNTS:
            return _List(_CARD_ACCOUNTS, AccountSchema(card))
        case PullKind.CASH_ACCOUNTS:
            return _List("/v2/accounts/cash", AccountSchema(cash))
        case PullKind.CARD_STATEMENTS:
            path = "/v2/accounts/card/primary/statements"
            return _List(path, StatementSchema(card), _STATEMENTS)
        case PullKind.CASH_STATEMENTS:
            path = f"/v2/accounts/cash/{account}/statements"
            return _List(path, StatementSchema(cash, part.of), _STATEMENTS)
        case PullKind.CARD_TRANSACTIONS:
            params = (("posted_at_start", moment), ("expand[]", "expense_id"))
            path = "/v2/transactions/card/primary"
            return _List(path, TransactionSchema(card), _TRANSACTIONS, params)
        case PullKind.CASH_TRANSACTIONS:
            path = f"/v2/transactions/cash/{account}"
            schema = TransactionSchema(cash, part.of)
            return _List(path, schema, _TRANSACTIONS, (("posted_at_start", moment),))
        case PullKind.RECORDS:
            # Brex filters by review status for cards and reimbursements alone
            bills = part.of == SourceType.BILL
            params = (
                ("source_type" if bills else "review_status", part.of),
                ("updated_at[gt]", moment),
            )
            return _List("/v3/accounting/records", RecordSummarySchema(), _RECORDS, params)
        case PullKind.EXPENSES:
            params = (("payment_posted_at_start", moment), ("expand[]", "merchant"))
            return _List("/v1/expenses", ExpenseSchema(), _EXPENSES, params)


def _row(part: Part, schema: Schema, item: Any) -> Any:
    if not isinstance(item, Mapping):
        raise RefusedError(f"Brex: {part}: a row that is no object", code="unreadable")
    try:
        return load(schema, item)
    except RefusedError as error:
        name = str(item.get("id"))[:128]
        what = f"Brex: {part}: {name}: {error}"
        raise RefusedError(what, code=error.code, field=error.field) from None
