"""The billing entities of expenses, as Brex said last."""

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

    def known(
        self, expense_ids: Sequence[str], *, within_s: float | None = None
    ) -> dict[str, BillingEntity]:
        """The entities that are kept, of these expenses; those asked for so recently alone."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT expense_id, ids FROM billing_entity"
                " WHERE connection_id = %(connection)s AND expense_id = ANY(%(expenses)s)"
                " AND (%(within_s)s::float8 IS NULL"
                " OR asked_at > now() - make_interval(secs => %(within_s)s))",
                {
                    "connection": self._connection_id,
                    "expenses": list(expense_ids),
                    "within_s": within_s,
                },
            )
            return {expense: BillingEntity(tuple(ids)) for expense, ids in cursor.fetchall()}

    def keep(self, entities: Mapping[str, BillingEntity]) -> None:
        """Keep entities, as they were just asked for."""
        if not entities:
            return
        # in one order, so that two workers do not wait for each other
        rows = [(self._connection_id, one, list(entities[one].ids)) for one in sorted(entities)]
        with self._database.transaction() as cursor:
            execute_values(
                cursor,
                "INSERT INTO billing_entity (connection_id, expense_id, ids) VALUES %s"
                " ON CONFLICT (connection_id, expense_id)"
                " DO UPDATE SET ids = excluded.ids, asked_at = now()",
                rows,
            )
