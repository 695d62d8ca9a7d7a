"""Which supplier each merchant or vendor is, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from psycopg2 import extensions
from psycopg2.extras import execute_values

from connector.domain.accounting import Vendor
from connector.domain.suppliers import Found, Match, SupplierCandidate
from connector.ports import Basis, KnownMerchant
from connector.store.database import Database, as_json
from connector.store.queries import query

_ALL = 2**31
_GIVEN = "(%s::bigint, %s, %s, %s, %s, %s::numeric, %s::jsonb, %s::timestamptz, %s)"


class PostgresMerchants:
    """Implements `connector.ports.MerchantStore`."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database = database
        self._connection_id = connection_id

    def known(self, merchant_ids: Sequence[str]) -> dict[str, KnownMerchant]:
        """Those of these merchants that the map has."""
        with self._database.transaction() as cursor:
            return self._known(cursor, merchant_ids)

    def keep(self, matched: Mapping[Vendor, Match], basis: Basis) -> dict[str, KnownMerchant]:
        """Keep matches; how each merchant stands then."""
        rows = [
            (
                *(self._connection_id, one.id, _storable(one.name), match.supplier, match.found),
                *(match.score, as_json([asdict(c) for c in match.candidates])),
                *(basis.register_at, basis.thresholds),
            )
            for one, match in matched.items()
        ]
        with self._database.transaction() as cursor:
            execute_values(cursor, query("keep_merchants"), rows, _GIVEN, page_size=len(rows))
            return self._known(cursor, [one.id for one in matched])

    def confirm(self, merchant: Vendor, supplier: str) -> None:
        """Note that a person says so. A name of "" leaves the one that is known."""
        self._run(
            "confirm_merchant",
            merchant_id=merchant.id,
            name=_storable(merchant.name),
            supplier=supplier,
        )

    def stale(self, basis: Basis, *, after: str, limit: int) -> list[Vendor]:
        """Merchants above an id that were matched by something else, and by no person."""
        rows = self._run(
            "stale_merchants",
            register_at=basis.register_at,
            thresholds=basis.thresholds,
            after=after,
            limit=limit,
        )
        return [Vendor(*row) for row in rows]

    def merchant_of(self, record: int) -> Vendor | None:
        """The merchant or vendor of a record; None where Brex names none."""
        rows = self._run("merchant_of_record", record=record)
        return Vendor(*rows[0]) if rows else None

    def count_waiting(self, merchant_id: str) -> int:
        """How many held records want the supplier of a merchant."""
        return len(self.waiting([merchant_id], after=0, limit=_ALL))

    def waiting(self, merchant_ids: Sequence[str], *, after: int, limit: int) -> list[int]:
        """Held records above a number that want the supplier of one of these merchants."""
        ids = list(merchant_ids)
        rows = self._run("waiting_for_merchants", ids=ids, after=after, limit=limit)
        return [row[0] for row in rows]

    def left_behind(self, *, after: int, limit: int) -> list[int]:
        """Held records above a number whose merchant has a supplier all the same."""
        return [row[0] for row in self._run("left_behind", after=after, limit=limit)]

    def unbegun(self, merchant_ids: Sequence[str], *, after: int, limit: int) -> list[int]:
        """Records that were mapped with another supplier, and of which nothing was begun."""
        ids = list(merchant_ids)
        rows = self._run("unbegun_of_merchants", ids=ids, after=after, limit=limit)
        return [row[0] for row in rows]

    def _known(
        self, cursor: extensions.cursor, merchant_ids: Sequence[str]
    ) -> dict[str, KnownMerchant]:
        cursor.execute(
            query("known_merchants"),
            {"connection_id": self._connection_id, "ids": list(merchant_ids)},
        )
        return {row[0]: _merchant(row) for row in cursor.fetchall()}

    def _run(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        with self._database.transaction() as cursor:
            cursor.execute(query(statement), parameters | {"connection_id": self._connection_id})
            return cursor.fetchall() if cursor.description else []


def _merchant(row: tuple[Any, ...]) -> KnownMerchant:
    its_id, name, supplier, found, score, candidates, register_at, thresholds, is_blocked = row
    listed = (SupplierCandidate(**{**one, "score": float(one["score"])}) for one in candidates)
    match = Match(supplier, found and Found(found), score, tuple(listed))
    return KnownMerchant(its_id, name, match, Basis(register_at, thresholds), is_blocked)


def _storable(name: str) -> str:
    return name.replace("\0", "")
