"""Money that moved: what an accounting record was settled by, made when somebody looks at it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sandbox.clock import parse_rfc3339

#: Brex lists the transactions of all card accounts together, under this name.
CARD = "primary"
CASH = "cashacc_sandbox"

#: What a record's type is settled by: the account, the transaction's type, and its sign.
_SETTLED_BY: dict[str, tuple[tuple[str, str, int], ...]] = {
    "CARD_EXPENSE_POST": ((CARD, "PURCHASE", 1),),
    "CARD_EXPENSE_REFUND": ((CARD, "REFUND", -1),),
    "CARD_PAYMENT": ((CARD, "COLLECTION", -1), (CASH, "CARD_COLLECTION", -1)),
}
_OF_PEOPLE = ("PURCHASE", "REFUND")


@dataclass(frozen=True, slots=True)
class Movement:
    """A transaction of an account; `raw` is it, or the record that it settles."""

    id: str
    account: str
    posted: str
    raw: dict[str, Any]
    #: The type and sign of what settles a record; None where `raw` is the transaction.
    settles: tuple[str, int] | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Where it stands in its account: by day, then id."""
        return self.posted, self.id

    @property
    def amount(self) -> int:
        """In minor units."""
        if self.settles is None:
            return int((self.raw.get("amount") or {}).get("amount", 0))
        return self.settles[1] * int(abs(Decimal(self.raw["amount"]["amount"])) * 100)

    def shown(self) -> dict[str, Any]:
        """The transaction as Brex has it, with the expense's id."""
        if self.settles is None:
            return self.raw
        kind, record = self.settles[0], self.raw
        name = (record["vendor"] or {}).get("name", "")
        common = {
            "id": self.id,
            "description": name or kind,
            "amount": {"amount": self.amount, "currency": record["amount"]["currency"]},
            "initiated_at_date": _day_before(record["posted_at"]),
            "posted_at_date": self.posted,
            "type": kind,
        }
        if self.account != CARD:
            return {**common, "transfer_id": None}
        of_people = kind in _OF_PEOPLE
        merchant = {"raw_descriptor": name.upper(), "mcc": _mcc(name), "country": "SWE"}
        return {
            **common,
            "card_id": f"card_{record['user']['id']}" if of_people else None,
            "merchant": merchant if of_people else None,
            "card_metadata": None,
            "expense_id": record["source_id"] if of_people else None,
            "card_transaction_operation_reference_id": f"op_{self.id}" if of_people else None,
        }


def movements_of(record: dict[str, Any]) -> Iterator[Movement]:
    """What a record was settled by: the same for the same record, nothing for other types."""
    name = record["id"].removeprefix("accr_")
    for account, kind, sign in _SETTLED_BY.get(record["type"], ()):
        prefix = "cardtx" if account == CARD else "cashtx"
        posted = record["posted_at"][:10]
        yield Movement(f"{prefix}_{name}", account, posted, record, (kind, sign))


def _day_before(moment: str) -> str:
    return (parse_rfc3339(moment) - timedelta(days=1)).date().isoformat()


def _mcc(name: str) -> str:
    return f"{5000 + zlib.crc32(name.encode()) % 1000}"
