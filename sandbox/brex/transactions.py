"""Settled transactions of card and cash accounts: `GET /v2/transactions/…`.

https://developer.brex.com/openapi/transactions_api
"""

from __future__ import annotations

import bisect
import threading
from collections.abc import Iterator
from typing import Any

from sandbox.brex import cursors, exact_json
from sandbox.brex.errors import bad_request
from sandbox.brex.movements import CARD, CASH, Movement, movements_of
from sandbox.clock import parse_rfc3339
from sandbox.exchange import Answer, Call, json_answer

MAX_LIMIT = 1000
_EXPANDED = "expense_id"


class Ledger:
    """The transactions of one account, in the order of their days."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._movements: dict[str, Movement] = {}
        self._keys: list[tuple[str, str]] = []

    def get(self, transaction_id: str) -> Movement | None:
        """The transaction with this id."""
        return self._movements.get(transaction_id)

    def put(self, movement: Movement) -> None:
        """Adds a transaction, or changes the one with its id."""
        with self._lock:
            self._take_out(movement.id)
            self._movements[movement.id] = movement
            bisect.insort(self._keys, movement.key)

    def remove(self, transaction_id: str) -> bool:
        """Takes a transaction out; whether there was one."""
        with self._lock:
            return self._take_out(transaction_id)

    def all(self) -> list[Movement]:
        """All of them, oldest first."""
        with self._lock:
            return [self._movements[name] for _, name in self._keys]

    def page(
        self, since: str, after: tuple[str, str] | None, limit: int
    ) -> tuple[list[Movement], bool]:
        """Up to `limit` of a day and later, behind a key, and whether more follow."""
        with self._lock:
            start = bisect.bisect_right(self._keys, max((since, ""), after or ("", "")))
            found = self._keys[start : start + limit]
            movements = [self._movements[name] for _, name in found]
            return movements, start + limit < len(self._keys)

    def _take_out(self, transaction_id: str) -> bool:
        known = self._movements.pop(transaction_id, None)
        if known is None:
            return False
        del self._keys[bisect.bisect_left(self._keys, known.key)]
        return True


class Transactions:
    """The ledgers of all accounts."""

    def __init__(self) -> None:
        self.ledgers = {CARD: Ledger(), CASH: Ledger()}

    def clear(self) -> None:
        """Forgets all transactions, and the accounts that were added."""
        self.ledgers = {CARD: Ledger(), CASH: Ledger()}

    def put_of(self, record: dict[str, Any]) -> None:
        """What a record was settled by, if anything."""
        for movement in movements_of(record):
            self.ledgers[movement.account].put(movement)

    def put(self, raw: dict[str, Any]) -> None:
        """Adds a transaction, or changes what is given of the one with its id.

        `account` is `primary` (all cards, the default) or a cash account, which there is then.
        Raises ValueError without an id.
        """
        if "id" not in raw:
            raise ValueError("a transaction has at least an id")
        given = dict(raw)
        known = next((one for one in map(self._get(raw["id"]), self.ledgers) if one), None)
        account = given.pop("account", known.account if known else CARD)
        shown = {**(known.shown() if known else _new(account)), **given}
        self.remove(raw["id"])
        ledger = self.ledgers.setdefault(account, Ledger())
        ledger.put(Movement(raw["id"], account, str(shown["posted_at_date"]), shown))

    def remove(self, transaction_id: str) -> bool:
        """Takes a transaction out, as if it had never been; whether there was one."""
        return any(ledger.remove(transaction_id) for ledger in self.ledgers.values())

    def all(self) -> Iterator[dict[str, Any]]:
        """All transactions with their accounts."""
        for account, ledger in self.ledgers.items():
            for one in ledger.all():
                yield {"account": account, **one.shown()}

    def card(self, call: Call) -> Answer:
        """`GET /v2/transactions/card/primary`, all card accounts."""
        keep = _EXPANDED in call.every("expand[]")
        return self._page(call, CARD, () if keep else (_EXPANDED,))

    def cash(self, call: Call, account: str) -> Answer:
        """`GET /v2/transactions/cash/{id}`."""
        if account == CARD or account not in self.ledgers:
            return json_answer(404, {"type": "NOT_FOUND", "message": "Account not found"})
        return self._page(call, account, ())

    def _page(self, call: Call, account: str, left_out: tuple[str, ...]) -> Answer:
        try:
            since, limit = _since(call), _limit(call)
            bound = [account, since]
            after = cursors.read(call.arg("cursor"), bound)
        except ValueError as error:
            return bad_request(str(error))
        found, more = self.ledgers[account].page(since, after, limit)
        items = [_without(one.shown(), left_out) for one in found]
        cursor = cursors.write(found[-1].key, bound) if more else None
        page = {"next_cursor": cursor, "items": items}
        return Answer(200, exact_json.dumps(page), note=f"{len(items)} transactions")

    def _get(self, transaction_id: str) -> Any:
        return lambda account: self.ledgers[account].get(transaction_id)


def _new(account: str) -> dict[str, Any]:
    bare = {
        "description": "",
        "amount": {"amount": 0, "currency": "SEK"},
        "initiated_at_date": "2026-06-10",
        "posted_at_date": "2026-06-11",
    }
    if account != CARD:
        return {**bare, "type": "PAYMENT", "transfer_id": None}
    return {**bare, "type": "PURCHASE", "card_id": None, "merchant": None, "expense_id": None}


def _without(raw: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if name not in names}


def _since(call: Call) -> str:
    """The first day that is shown whole; "" is the first of all."""
    text = call.arg("posted_at_start")
    try:
        return parse_rfc3339(text).date().isoformat() if text else ""
    except ValueError:
        raise ValueError("posted_at_start is not a date-time") from None


def _limit(call: Call) -> int:
    text = call.arg("limit") or "100"
    if not text.isdigit() or not 1 <= int(text) <= MAX_LIMIT:
        raise ValueError(f"limit must be between 1 and {MAX_LIMIT}")
    return int(text)
