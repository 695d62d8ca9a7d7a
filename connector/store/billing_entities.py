"""The billing entities of expenses, as Brex said once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psycopg2.extras import execute_values

from connector.domain.accounting import BillingEntity
from connector.store.database import Database


class PostgresEntities:
    """Implements `connector.ports.EntityStore` for one connection."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database = database
        self._connection_id = connection_id

    def known(self, expense_ids: Sequence[str]) -> dict[str, BillingEntity]:
        """The entities that are kept, of these expenses."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT expense_id, ids FROM billing_entity"
                " WHERE connection_id = %s AND expense_id = ANY(%s)",
                (self._connection_id, list(expense_ids)),
            )
            return {expense: BillingEntity(tuple(ids)) for expense, ids in cursor.fetchall()}

    def keep(self, entities: Mapping[str, BillingEntity]) -> None:
        """Keep entities; one that is kept already stays."""
        if not entities:
            return
        rows = [(self._connection_id, one, list(entity.ids)) for one, entity in entities.items()]
        with self._database.transaction() as cursor:
            execute_values(
                cursor,
                "INSERT INTO billing_entity (connection_id, expense_id, ids) VALUES %s"
                " ON CONFLICT DO NOTHING",
                rows,
            )
