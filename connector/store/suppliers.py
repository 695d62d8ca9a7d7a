"""The ERP's suppliers, out of its master data."""

from __future__ import annotations

from datetime import datetime

from connector.domain.master_data import Kind
from connector.domain.suppliers import Supplier
from connector.ports import SupplierRegister
from connector.store.database import Database
from connector.store.queries import query


class PostgresSuppliers:
    """Implements `connector.ports.SupplierSource`."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database = database
        self._connection_id = connection_id

    def changed_at(self) -> datetime | None:
        """When a reading last found something new; None before the first."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT changed_at FROM erp_reading WHERE connection_id = %s AND kind = %s",
                (self._connection_id, Kind.SUPPLIER),
            )
            row = cursor.fetchone()
        return row[0] if row else None

    def register(self) -> SupplierRegister:
        """All suppliers, by the reading before they were asked for, or a newer one."""
        read_at = self.changed_at()
        return SupplierRegister(read_at, self._suppliers())

    def find(self, number: str) -> Supplier | None:
        """One supplier; None where the ERP has none of that number."""
        return next(iter(self._suppliers(code=number)), None)

    def page(self, *, named: str | None, after: str, limit: int) -> list[Supplier]:
        """Suppliers above a number, or those of them that have a text in their name."""
        return self._suppliers(named=named, after=after, limit=limit)

    def _suppliers(
        self,
        *,
        code: str | None = None,
        named: str | None = None,
        after: str = "",
        limit: int | None = None,
    ) -> list[Supplier]:
        with self._database.transaction() as cursor:
            wanted = {"code": code, "named": named, "after": after, "limit": limit}
            cursor.execute(query("list_suppliers"), wanted | {"connection_id": self._connection_id})
            return [
                Supplier(
                    number, name, tuple(filter(None, numbers)), city or "", country or "", shut
                )
                for number, name, *numbers, city, country, shut in cursor.fetchall()
            ]
