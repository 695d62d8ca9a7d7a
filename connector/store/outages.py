"""Outages in PostgreSQL; its clock decides when a peer is probed."""

from __future__ import annotations

from connector import log
from connector.ports import Outage
from connector.store.database import Database
from connector.store.queries import query

LOG = log.logger(__name__)

#: The wait before the first probe and the longest: within five minutes of healing all is done.
_FIRST_S, _LONGEST_S = 30, 240
#: An outage that begins again so soon is the same one, and goes on waiting twice as long.
_RELAPSE_S = 300
#: How long a worker has for a probe before another may claim it.
_PROBE_S = 120
#: When to look again where reads are answered and no write was due.
_AGAIN_S = 60
_LONGEST_WHY = 300


class PostgresAlarm:
    """Implements `connector.ports.Alarm` for one connection and peer."""

    def __init__(self, database: Database, connection_id: int, connection: str, peer: str) -> None:
        self._database = database
        self._outage = {"connection_id": connection_id, "peer": peer}
        self._connection = connection

    def outage(self, why: str, *, of_writes: bool) -> None:
        """Begin an outage, unless there is one; one of writes becomes one of reads, too."""
        why = why[:_LONGEST_WHY]
        with self._database.transaction() as cursor:
            cursor.execute(
                query("begin_outage"),
                {
                    **self._outage,
                    "of_writes": of_writes,
                    "why": why,
                    "first_s": _FIRST_S,
                    "longest_s": _LONGEST_S,
                    "relapse_s": _RELAPSE_S,
                },
            )
            begun = cursor.fetchone()
            if not begun and not of_writes:
                cursor.execute(query("widen_outage"), {**self._outage, "why": why})
                begun = cursor.fetchone()
        if begun:
            LOG.error(
                "outage_began",
                connection=self._connection,
                peer=self._outage["peer"],
                why=why,
                of_writes=of_writes,
                probe_in_s=begun[0],
            )


class PostgresOutages:
    """Implements `connector.ports.Outages`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self) -> list[Outage]:
        """Those that are to be probed now, each for the caller alone."""
        with self._database.transaction() as cursor:
            cursor.execute(query("claim_probes"), {"probe_s": _PROBE_S})
            return [Outage(*row) for row in cursor.fetchall()]

    def goes_on(self, outage: Outage, why: str) -> None:
        """Probe again after twice the wait."""
        self._update("prolong_outage", outage, why=why[:_LONGEST_WHY], longest_s=_LONGEST_S)

    def reads_are_answered(self, outage: Outage) -> None:
        """Lease again what only reads; what writes to the peer goes on waiting."""
        self._update("narrow_outage", outage)

    def nothing_to_try(self, outage: Outage) -> None:
        """End it where no unfinished work needs the peer, else probe again in a minute."""
        self._update("end_outage", outage, again_s=_AGAIN_S, if_idle=True)

    def end(self, outage: Outage) -> None:
        """Lease work that needs the peer again."""
        self._update("end_outage", outage, again_s=_AGAIN_S, if_idle=False)

    def _update(self, name: str, outage: Outage, **values: object) -> None:
        with self._database.transaction() as cursor:
            cursor.execute(
                query(name),
                {"connection_id": outage.connection_id, "peer": outage.peer, **values},
            )
            row = cursor.fetchone()
        if row and row[0] is not None:
            LOG.warning(
                "outage_ended",
                connection=outage.connection,
                peer=outage.peer,
                lasted_s=round(row[0]),
            )
