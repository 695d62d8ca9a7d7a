"""The expenses that records come from, for their legal entities.

https://developer.brex.com/openapi/expenses_api/expenses/getexpense; the scope is
`expenses.card.readonly`. The list takes no ids, so each expense is a call of its own.
"""

from __future__ import annotations

from urllib.parse import quote

from connector.brex.answers import ABSENT, read_json
from connector.brex.wire_values import BREX_ID
from connector.domain.accounting import BillingEntity
from connector.errors import RetryLaterError
from connector.http.peer import Peer

PATH = "/v1/expenses"
#: The entity's id in accounting, which is the ERP's own, before Brex's.
_IDS = ("integration_billing_entity_id", "billing_entity_id")


class Expenses:
    """Reads expenses. Raises what `connector.http.Peer` raises."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def billing_entity(self, expense_id: str) -> BillingEntity | None:
        """The entity that is billed for an expense, perhaps with no id; None for no expense."""
        if not BREX_ID.fullmatch(expense_id):
            return None
        reply = self._peer.read("GET", f"{PATH}/{quote(expense_id, safe='')}")
        if reply.status in ABSENT:
            return None
        expense = read_json(reply, dict)
        if expense.get("id") != expense_id:
            raise RetryLaterError("Brex: an answer about another expense")
        ids = (expense.get(name) for name in _IDS)
        return BillingEntity(tuple(one.strip() for one in ids if isinstance(one, str) and one))

    def check(self) -> None:
        """Whether expenses may be read: RefusedError or RetryLaterError where they may not."""
        read_json(self._peer.read("GET", PATH, params={"limit": "1"}), dict)
