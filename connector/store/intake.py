"""Webhook deliveries and record ids in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from psycopg2 import extensions

from connector.ports import Accepted, Delivery, Disposition, Endpoint, Pulse
from connector.store.database import Database, DatabaseUnavailableError
from connector.store.queries import query
from connector.store.vault import Vault
from connector.store.webhook_secrets import read


class PostgresIntake:
    """Implements `connector.ports.Intake`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def endpoint(self, name: str) -> Endpoint | None:
        """The connection of that name; None if there is none, or it was removed."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT id, erp, coalesce(config #>> '{brex,company_id}', '') FROM connection"
                " WHERE name = %s AND removed_at IS NULL",
                (name,),
            )
            row = cursor.fetchone()
            if row is None:
                return None
            connection_id, erp, company_id = row
            cursor.execute(
                "SELECT name, ciphertext FROM webhook_secret"
                " WHERE connection_id = %s ORDER BY name",
                (connection_id,),
            )
            secrets = tuple(
                self._vault.open(connection_id, secret, sealed)
                for secret, sealed in cursor.fetchall()
            )
            fetched = read(cursor, self._vault, connection_id)
        return Endpoint(
            connection_id, name, erp, company_id, tuple(dict.fromkeys((*secrets, *fetched)))
        )

    def accept(self, endpoint: Endpoint, delivery: Delivery) -> Accepted:
        """Store the delivery and its records in one transaction. A repeat changes nothing."""
        with self._database.transaction() as cursor:
            cursor.execute(
                query("deliver"),
                {
                    "connection_id": endpoint.connection_id,
                    "webhook_id": delivery.webhook_id,
                    "event_type": delivery.event_type,
                    "body_sha256": delivery.body_sha256,
                    "record_ids": list(delivery.record_ids),
                    "disposition": delivery.disposition.value,
                    "signed_at": delivery.signed_at,
                },
            )
            deliveries, same_body = cursor.fetchone() or (1, True)
            fresh: tuple[str, ...] = ()
            if deliveries == 1 and delivery.disposition is Disposition.ACCEPTED:
                fresh = _receive(
                    cursor, endpoint.connection_id, delivery.record_ids, priority=0, announced=True
                )
        return Accepted(fresh, repeat=deliveries > 1, same_body=same_body)

    def receive(
        self, connection_id: int, record_ids: Sequence[str], *, backfill: bool = False
    ) -> tuple[str, ...]:
        """Take in ids that the poll or a backfill found; the new ones come back."""
        with self._database.transaction() as cursor:
            return _receive(
                cursor, connection_id, record_ids, priority=int(backfill), announced=False
            )

    def pulse(self) -> Pulse:
        """The database's clock, and whether the jobs keep to it."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT clock_timestamp(), coalesce(greatest(0, extract(epoch FROM"
                " clock_timestamp() - min(s.due_at))), 0)::float8"
                " FROM schedule s JOIN connection c ON c.id = s.connection_id"
                " WHERE c.removed_at IS NULL AND c.paused_at IS NULL"
                " AND NOT EXISTS (SELECT FROM suspended_work w"
                " WHERE w.connection_id = c.id AND w.work = s.job)"
            )
            now, overdue_s = cursor.fetchone() or (None, 0.0)
        assert isinstance(now, datetime)
        return Pulse(now, overdue_s)

    def is_ready(self) -> bool:
        """Whether a delivery could be stored now."""
        try:
            with self._database.transaction() as cursor:
                cursor.execute("SELECT 1 FROM webhook_delivery LIMIT 1")
        except DatabaseUnavailableError:
            return False
        return True


def _receive(
    cursor: extensions.cursor,
    connection_id: int,
    record_ids: Sequence[str],
    *,
    priority: int,
    announced: bool,
) -> tuple[str, ...]:
    if not record_ids:
        return ()
    asked = {"connection_id": connection_id, "record_ids": list(record_ids)}
    cursor.execute(query("receive"), asked | {"priority": priority})
    fresh = [row[0] for row in cursor.fetchall()]
    known = set(record_ids).difference(fresh)
    if known:
        cursor.execute(
            query("receive_again"), asked | {"record_ids": sorted(known), "announced": announced}
        )
        fresh += [row[0] for row in cursor.fetchall()]
    return tuple(fresh)
