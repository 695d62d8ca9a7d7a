"""Expenses, as far as their legal entities go: `GET /v1/expenses` and by id.

https://developer.brex.com/openapi/expenses_api/expenses/getexpense
"""

from __future__ import annotations

import threading
from itertools import islice
from typing import Any

from sandbox.brex import cursors
from sandbox.brex.errors import bad_request, forbidden
from sandbox.brex.settings import BrexSettings
from sandbox.clock import now_utc, rfc3339
from sandbox.exchange import Answer, Call, json_answer

MAX_LIMIT = 100
SCOPE = "expenses.card.readonly"
ENTITY_FIELD = "ENTITY"


class Expenses:
    """The expenses that records come from, where somebody has said something of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expenses: dict[str, dict[str, Any]] = {}

    def clear(self) -> None:
        """Forgets all expenses."""
        with self._lock:
            self._expenses.clear()

    def put(self, raw: dict[str, Any]) -> None:
        """Adds an expense, or changes the one with its id; raises ValueError without an id."""
        if "id" not in raw:
            raise ValueError("an expense has at least an id")
        nothing = {
            "memo": None,
            "updated_at": rfc3339(now_utc()),
            "billing_entity_id": None,
            "integration_billing_entity_id": None,
            "integration_spending_entity_id": None,
        }
        with self._lock:
            self._expenses[raw["id"]] = {**nothing, **self._expenses.get(raw["id"], {}), **raw}

    def put_of(self, record: dict[str, Any]) -> None:
        """The expense of a record whose lines name an entity."""
        for line in record["line_items"]:
            for value in line["accounting_field_values"]:
                if value["remote_field_id"] == ENTITY_FIELD and record["source_id"]:
                    entity = value["remote_field_value_id"]
                    self.put(
                        {
                            "id": record["source_id"],
                            "billing_entity_id": f"le_{entity.lower()}",
                            "integration_billing_entity_id": entity,
                        }
                    )

    def show(self, expense_id: str, settings: BrexSettings) -> Answer:
        """`GET /v1/expenses/{id}`."""
        if not settings.expenses_scope:
            return forbidden(SCOPE)
        found = self._expenses.get(expense_id)
        if found is None:
            return json_answer(404, {"type": "NOT_FOUND", "message": "Expense not found"})
        return json_answer(200, found)

    def list(self, call: Call, settings: BrexSettings) -> Answer:
        """`GET /v1/expenses`, one page; the merchant is shown where it is asked for."""
        if not settings.expenses_scope:
            return forbidden(SCOPE)
        limit = call.arg("limit") or str(MAX_LIMIT)
        if not limit.isdigit() or not 1 <= int(limit) <= MAX_LIMIT:
            return bad_request("limit is 1 to 100")
        since = call.arg("payment_posted_at_start") or ""
        try:
            after = cursors.read(call.arg("cursor"), [since])
        except ValueError as error:
            return bad_request(str(error))
        start = int(after[0]) if after else 0
        with self._lock:
            # in the order in which they came: the key is how many were shown before
            rows = list(islice(self._expenses.values(), start, start + int(limit)))
            more = start + len(rows) < len(self._expenses)
        merchant = "merchant" in call.every("expand[]")
        items = [_shown(one, merchant=merchant) for one in rows if _is_since(one, since)]
        cursor = cursors.write((str(start + len(rows)), ""), [since]) if more else None
        return json_answer(200, {"items": items, "next_cursor": cursor})


def _is_since(expense: dict[str, Any], since: str) -> bool:
    return (expense.get("payment_posted_at") or "9999") >= since


def _shown(expense: dict[str, Any], *, merchant: bool) -> dict[str, Any]:
    return {name: value for name, value in expense.items() if merchant or name != "merchant"}
