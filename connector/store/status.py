"""How an installation stands, quickly: counts come from indexes alone where there are many rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from connector.store.database import Database
from connector.store.queries import query

#: Spare drafts that are listed one by one.
MOST_SPARES = 1000
#: A record that comes so long after the last webhook came without one.
SILENT_S = 3600.0


class StatusBoard:
    """Reads counts, ages and last runs; changes nothing. Removed connections are left out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def connections(self) -> list[dict[str, Any]]:
        """Each connection: counts by status, unfinished work and its age, the last webhook."""
        return self._rows("status_connections")

    def held(self) -> list[dict[str, Any]]:
        """Held records by connection and reason."""
        return self._rows("status_held")

    def spares(self) -> list[dict[str, Any]]:
        """Drafts that were given up and are not known to be gone from the ERP, oldest first."""
        return self._rows("status_spares", limit=MOST_SPARES)

    def count_spares(self) -> int:
        """How many of them there are."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT count(*) FROM erp_draft WHERE state = 'spare' AND validated_at IS NULL"
            )
            (count,) = cursor.fetchone() or (0,)
        return int(count)

    def tokens(self) -> list[dict[str, Any]]:
        """Each peer's token: when it expires, and why the last renewal failed."""
        return self._rows("status_tokens")

    def outages(self) -> list[dict[str, Any]]:
        """Peers that do not answer, since when, and when they are asked again."""
        return self._rows("status_outages")

    def receipts(self) -> list[dict[str, Any]]:
        """Files of receipts that are not here, by connection and reason; None: still wanted."""
        return self._rows("status_receipts")

    def jobs(self) -> list[dict[str, Any]]:
        """What runs by the clock: the last run of each job, and how it ended."""
        return self._rows("status_jobs")

    def syncs(self) -> list[dict[str, Any]]:
        """The last run for each kind of master data; dry runs are left out."""
        return self._rows("status_syncs")

    def settled_syncs(self) -> list[dict[str, Any]]:
        """The last run for each kind of master data that neither goes on, nor failed or died."""
        return self._rows("settled_syncs")

    def throughput(self, hours: int) -> list[dict[str, Any]]:
        """How many records were exported, and held, in each of the last hours, the oldest first."""
        return self._rows("status_throughput", hours=hours)

    def silences(self) -> list[dict[str, Any]]:
        """Connections whose records came by the poll alone, long after the last webhook.

        One that an alarm stands for is among them until a webhook comes.
        """
        return self._rows("status_silences", silent_s=SILENT_S)

    def intakes(self) -> list[dict[str, Any]]:
        """Each connection's last poll that ended well, and whether a webhook can be proved."""
        return self._rows("status_intakes")

    def laggards(self, late_s: float) -> list[dict[str, Any]]:
        """Connections with records that have been on their way for longer than that."""
        return self._rows("status_laggards", late_s=late_s)

    def latencies_s(self, connection: str) -> list[float]:
        """From the first news of each exported record to its export, in seconds."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM r.exported_at - r.received_at)::float8 FROM record r"
                " JOIN connection c ON c.id = r.connection_id"
                " WHERE c.name = %s AND r.status = 'exported'",
                (connection,),
            )
            return [row[0] for row in cursor.fetchall()]

    def _rows(self, name: str, **values: Any) -> list[dict[str, Any]]:
        with self._database.transaction() as cursor:
            cursor.execute(query(name), values)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def by_connection(rows: Iterable[dict[str, Any]]) -> defaultdict[str, list[dict[str, Any]]]:
    """The rows of each connection, by its name."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["connection"]].append(row)
    return found
