"""The ERP's suppliers, out of its master data."""

from __future__ import annotations

from datetime import datetime

from connector.domain.master_data import Kind
from connector.domain.suppliers import Supplier
from connector.ports import SupplierRegister
from connector.store.database import Database

#: A supplier that is kept in several companies is open where one of them has it open.
_SUPPLIERS = (
    "SELECT code, min(name), min(extras->>'vat_number'), min(extras->>'organisation_number'),"
    " min(extras->>'city'), min(extras->>'country'), bool_and(blocked OR last_seen IS NOT NULL)"
    " FROM erp_entry WHERE connection_id = %(connection_id)s AND kind = %(kind)s"
    " AND (%(code)s::text IS NULL OR code = %(code)s) GROUP BY code ORDER BY code"
)


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
        return SupplierRegister(read_at, self._suppliers(None))

    def find(self, number: str) -> Supplier | None:
        """One supplier; None where the ERP has none of that number."""
        return next(iter(self._suppliers(number)), None)

    def _suppliers(self, number: str | None) -> list[Supplier]:
        with self._database.transaction() as cursor:
            cursor.execute(
                _SUPPLIERS,
                {"connection_id": self._connection_id, "kind": Kind.SUPPLIER, "code": number},
            )
            return [
                Supplier(code, name, tuple(filter(None, numbers)), city or "", country or "", shut)
                for code, name, *numbers, city, country, shut in cursor.fetchall()
            ]
