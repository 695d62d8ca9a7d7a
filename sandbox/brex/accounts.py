"""Card and cash accounts with their statements: `GET /v2/accounts/…`.

https://developer.brex.com/openapi/transactions_api
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import Any

from sandbox.brex import cursors
from sandbox.brex.errors import bad_request
from sandbox.brex.movements import CARD, CASH, Movement
from sandbox.brex.transactions import Ledger, Transactions
from sandbox.clock import now_utc
from sandbox.exchange import Answer, Call, json_answer

_CURRENCY = "SEK"


class Accounts:
    """One card account, and a cash account for each ledger of cash; they follow the ledgers."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def cards(self, _call: Call) -> Answer:
        """`GET /v2/accounts/card`: a bare array."""
        first = now_utc().date().replace(day=1)
        account = {
            "id": "cardacc_sandbox",
            "status": "ACTIVE",
            "current_balance": _money(_total(self._transactions.ledgers[CARD].all())),
            "available_balance": None,
            "account_limit": None,
            "current_statement_period": _period(first, _next_month(first)),
        }
        return json_answer(200, [account])

    def cash(self, _call: Call) -> Answer:
        """`GET /v2/accounts/cash`: one page."""
        accounts = [self._cash(one) for one in self._transactions.ledgers if one != CARD]
        return json_answer(200, {"next_cursor": None, "items": accounts})

    def one_cash(self, _call: Call, account: str) -> Answer:
        """`GET /v2/accounts/cash/{id}`, or `primary`."""
        name = CASH if account == "primary" else account
        if name == CARD or name not in self._transactions.ledgers:
            return json_answer(404, {"type": "NOT_FOUND", "message": "Account not found"})
        return json_answer(200, self._cash(name))

    def card_statements(self, call: Call) -> Answer:
        """`GET /v2/accounts/card/primary/statements`."""
        return _page(call, CARD, self._transactions.ledgers[CARD])

    def cash_statements(self, call: Call, account: str) -> Answer:
        """`GET /v2/accounts/cash/{id}/statements`."""
        if account == CARD or account not in self._transactions.ledgers:
            return json_answer(404, {"type": "NOT_FOUND", "message": "Account not found"})
        return _page(call, account, self._transactions.ledgers[account])

    def _cash(self, account: str) -> dict[str, Any]:
        balance = _money(_total(self._transactions.ledgers[account].all()))
        return {
            "id": account,
            "name": "Primary Account" if account == CASH else account,
            "status": "ACTIVE",
            "current_balance": balance,
            "available_balance": balance,
            "account_number": "000000000000",
            "routing_number": "000000000",
            "primary": account == CASH,
        }


def _page(call: Call, account: str, ledger: Ledger) -> Answer:
    try:
        after = cursors.read(call.arg("cursor"), [account])
    except ValueError as error:
        return bad_request(str(error))
    limit = int(call.arg("limit") or 100)
    behind = after or ("", "")
    left = [one for one in _statements(account, ledger) if (one["id"], "") > behind]
    cursor = cursors.write((left[limit - 1]["id"], ""), [account]) if len(left) > limit else None
    return json_answer(200, {"next_cursor": cursor, "items": left[:limit]})


def _statements(account: str, ledger: Ledger) -> list[dict[str, Any]]:
    """One for each month that has ended and in which something was settled, oldest first."""
    made, balance = [], 0
    for month, movements in groupby(ledger.all(), lambda one: one.posted[:7]):
        first = date.fromisoformat(f"{month}-01")
        start, balance = balance, balance + _total(list(movements))
        if _next_month(first) <= now_utc().date():
            made.append(
                {
                    "id": f"statement_{account}_{month}",
                    "start_balance": _money(start),
                    "end_balance": _money(balance),
                    "period": _period(first, _next_month(first)),
                }
            )
    return made


def _total(movements: list[Movement]) -> int:
    """All currencies together: the balances of the simulated accounts are in one."""
    return sum(one.amount for one in movements)


def _money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": _CURRENCY}


def _period(start: date, end: date) -> dict[str, str]:
    """The end is excluded."""
    return {"start_date": start.isoformat(), "end_date": end.isoformat()}


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
