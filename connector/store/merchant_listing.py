"""The map of merchants as people look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from connector.store.database import Database
from connector.store.queries import plain_like, query


class Standing(StrEnum):
    """How a merchant stands."""

    #: Not looked for yet: no suppliers were read, or matching is switched off.
    NEW = "new"
    #: It has a supplier, found or confirmed.
    MATCHED = "matched"
    #: Nobody is it for sure.
    UNMATCHED = "unmatched"
    #: A person confirmed a supplier that the ERP has blocked, or has no more.
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class MerchantPage:
    """How many merchants stand how, and some of them by their ids; `next_after` goes on."""

    counts: Mapping[Standing, int]
    merchants: list[dict[str, Any]]
    next_after: str | None


class MerchantListing:
    """Reads the map of one connection; changes nothing."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database = database
        self._connection_id = connection_id

    def page(
        self, standing: Standing | None = None, *, limit: int, after: str = "", search: str = ""
    ) -> MerchantPage:
        """One page behind a merchant id, of all or of those that stand so.

        `search` is a part of the name or of the supplier's, or an id or a supplier's number.
        """
        wanted = {"state": standing, "after": after, "limit": limit + 1}
        wanted |= {"search": search, "like": f"%{plain_like(search)}%"}
        with self._database.transaction() as cursor:
            cursor.execute(query("list_merchants"), wanted | {"connection_id": self._connection_id})
            rows = cursor.fetchall()
        counts = rows[0][0] or {}
        found = [merchant for _, merchant in rows if merchant]
        return MerchantPage(
            {one: counts.get(one, 0) for one in Standing},
            found[:limit],
            found[limit - 1]["merchant_id"] if len(found) > limit else None,
        )

    def history(self, merchant_id: str) -> list[dict[str, Any]]:
        """Which suppliers a merchant has had, who said so and when, the newest first."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT at, actor, supplier, found, score FROM merchant_history"
                " WHERE connection_id = %s AND merchant_id = %s ORDER BY id DESC",
                (self._connection_id, merchant_id),
            )
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
