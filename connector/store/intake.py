"""Webhook deliveries and record ids in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from psycopg2.extras import execute_values

from connector.ports import Accepted, Delivery, Endpoint, Pulse
from connector.store.database import Database, DatabaseUnavailableError
from connector.store.queries import query
from connector.store.vault import Vault
from connector.store.webhook_secrets import read

_NO_VERSIONS: Mapping[str, int] = {}


class PostgresIntake:
    """Implements `connector.ports.Intake` and `ReadyIntake`."""

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

    def accept(self, deliveries: Sequence[Delivery]) -> list[Accepted]:
        """Store deliveries and their records in one transaction. A repeat changes nothing.

        No two of them are of one webhook id.
        """
        rows = [
            (
                one.connection_id,
                one.webhook_id,
                one.event_type,
                one.body_sha256,
                list(one.record_ids),
                one.disposition.value,
                one.signed_at,
            )
            for one in deliveries
        ]
        with self._database.statement() as cursor:
            noted = execute_values(
                cursor,
                query("accept"),
                rows,
                template="(%s, %s, %s, %s, %s::text[], %s, %s::timestamptz)",
                page_size=len(rows),
                fetch=True,
            )
        said = {(connection, webhook): about for connection, webhook, *about in noted}
        return [_accepted(one, *said[one.connection_id, one.webhook_id]) for one in deliveries]

    def receive(
        self,
        connection_id: int,
        record_ids: Sequence[str],
        *,
        versions: Mapping[str, int] = _NO_VERSIONS,
        backfill: bool = False,
    ) -> tuple[str, ...]:
        """Take in ids that the poll or a backfill found; those that now wait for `fetch` come back.

        A known record that Brex has in another version than is stored was announced again.
        """
        with self._database.statement() as cursor:
            cursor.execute(
                query("receive"),
                {
                    "connection_id": connection_id,
                    "record_ids": list(record_ids),
                    "versions": [versions.get(one) for one in record_ids],
                    "priority": int(backfill),
                },
            )
            return tuple(row[0] for row in cursor.fetchall())

    def pulse(self) -> Pulse:
        """The database's clock, whether the jobs keep to it, and how many alarms stand."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT clock_timestamp(), coalesce(greatest(0, extract(epoch FROM"
                " clock_timestamp() - min(s.due_at))), 0)::float8"
                " FROM schedule s JOIN connection c ON c.id = s.connection_id"
                " WHERE c.removed_at IS NULL"
                " AND NOT EXISTS (SELECT FROM suspended_work w"
                " WHERE w.connection_id = c.id AND w.work = s.job)"
            )
            now, overdue_s = cursor.fetchone() or (None, 0.0)
            cursor.execute(
                "SELECT severity, count(*) FROM alarm WHERE resolved_at IS NULL GROUP BY severity"
            )
            alarms = dict(cursor.fetchall())
        assert isinstance(now, datetime)
        return Pulse(now, overdue_s, alarms)

    def is_ready(self) -> bool:
        """Whether a delivery could be stored now."""
        try:
            with self._database.transaction() as cursor:
                cursor.execute("SELECT 1 FROM webhook_delivery LIMIT 1")
        except DatabaseUnavailableError:
            return False
        return True


def _accepted(delivery: Delivery, times: int, body: bytes, fresh: list[str]) -> Accepted:
    """What was stored of a delivery: how often it has come, and what it had brought at first."""
    same_body = bytes(body) == delivery.body_sha256
    return Accepted(tuple(fresh), repeat=times > 1, same_body=same_body)
