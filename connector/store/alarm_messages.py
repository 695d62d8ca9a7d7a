"""Messages about alarms, in PostgreSQL: made once, and delivered at least once on each way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from psycopg2 import extensions

from connector import log
from connector.domain.alarm_messages import About, AlarmMessage, message
from connector.domain.alarms import Way
from connector.store.alarms import MOST, alarms_of
from connector.store.database import Database, as_json
from connector.store.queries import query

LOG = log.logger(__name__)

#: How often the alarms are looked at.
EVERY_S = 60
#: Longer than any delivery takes; one whose worker was lost is taken up again then.
_LEASE_S = 300.0
#: What could not be delivered for so long is given up.
_GIVEN_UP = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on one way, claimed; `attempt` counts the tries, this one too."""

    number: int
    way: Way
    attempt: int
    message: AlarmMessage


class AlarmMessages:
    """What is to be told of alarms. Any number of workers may make and deliver messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim_round(self, late_s: float = 0.0) -> bool:
        """Whether the alarms were to be looked at so long ago; by the caller alone, then."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE alarm_round SET due_at = now() + make_interval(secs => %s)"
                " WHERE due_at <= now() - make_interval(secs => %s)",
                (EVERY_S, late_s),
            )
            return cursor.rowcount == 1

    def tell_changes(self, ways: Collection[Way]) -> None:
        """Make one message of all that was raised and resolved since the last one."""
        with self._database.transaction() as cursor:
            now = _alone(cursor)
            cursor.execute(query("untold_alarms"))
            untold = alarms_of(cursor)
            raised = [one for one in untold if one.resolved_at is None]
            resolved = [one for one in untold if one.resolved_at is not None]
            if not untold:
                return
            made = message(About.CHANGED, now, raised=raised, resolved=resolved)
            number = _keep(cursor, made, ways)
            for column, alarms in (("raised_in", raised), ("resolved_in", resolved)):
                cursor.execute(
                    f"UPDATE alarm SET {column} = %s WHERE id = ANY(%s)",  # noqa: S608 - ours
                    (number, [one.id for one in alarms]),
                )

    def tell_daily(self, ways: Collection[Way], hour: int, zone: ZoneInfo) -> None:
        """From that hour on, once a day: make a message of what stands, if anything does."""
        with self._database.transaction() as cursor:
            now = _alone(cursor)
            there = now.astimezone(zone)
            if there.hour < hour:
                return
            cursor.execute(
                "UPDATE alarm_round SET told_on = %(today)s"
                " WHERE told_on IS NULL OR told_on < %(today)s",
                {"today": there.date()},
            )
            if cursor.rowcount == 0:
                return
            cursor.execute(query("list_alarms"), {"all": False, "limit": MOST})
            if standing := alarms_of(cursor):
                _keep(cursor, message(About.DAILY, now, standing=standing), ways)

    def claim(self, ways: Collection[Way]) -> Delivery | None:
        """The next delivery that is due on one of these ways, for the caller alone."""
        with self._database.transaction() as cursor:
            cursor.execute(query("claim_alarm_delivery"), {"lease_s": _LEASE_S, "ways": list(ways)})
            row = cursor.fetchone()
        if row is None:
            return None
        number, way, attempt, message_id, content = row
        return Delivery(number, Way(way), attempt, AlarmMessage(message_id, content))

    def delivered(self, delivery: Delivery) -> None:
        """Note that it arrived."""
        self._settle(delivery, "due_at = NULL, delivered_at = clock_timestamp(), why = ''")

    def put_off(self, delivery: Delivery, why: str, wait_s: float) -> None:
        """Have it tried again after so long; given up when it was made too long ago."""
        self._settle(
            delivery,
            "why = %(why)s, due_at = CASE WHEN gone THEN NULL ELSE clock_timestamp()"
            " + make_interval(secs => %(wait_s)s) END,"
            " failed_at = CASE WHEN gone THEN clock_timestamp() END",
            why=why[:300],
            wait_s=wait_s,
        )

    def failing(self) -> dict[str, str]:
        """The ways whose last message did not go out at the first try, and why not."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT way, why FROM (SELECT DISTINCT ON (way) way, why, delivered_at"
                " FROM alarm_delivery WHERE attempt > 0 ORDER BY way, message DESC) AS last"
                " WHERE delivered_at IS NULL AND why <> ''"
            )
            return dict(cursor.fetchall())

    def give_up(self, ways: Collection[Way]) -> None:
        """Give up what waits for a way that there is no more."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE alarm_delivery d SET due_at = NULL, failed_at = clock_timestamp(),"
                " why = 'this way is not configured any more' FROM alarm_message m"
                " WHERE m.id = d.message AND d.due_at <= clock_timestamp()"
                " AND m.made_at < now() - %s AND d.way <> ALL(%s)",
                (_GIVEN_UP, list(ways)),
            )

    def _settle(self, delivery: Delivery, what: str, **values: object) -> None:
        """Note how a try ended, unless another worker has taken the delivery over."""
        about = {"number": delivery.number, "way": delivery.way, "attempt": delivery.attempt}
        with self._database.transaction() as cursor:
            cursor.execute(
                f"UPDATE alarm_delivery d SET {what}"  # noqa: S608 - ours
                " FROM (SELECT id, made_at < now() - %(given_up)s AS gone FROM alarm_message) AS m"
                " WHERE m.id = d.message AND d.message = %(number)s AND d.way = %(way)s"
                " AND d.attempt = %(attempt)s AND d.due_at IS NOT NULL RETURNING d.failed_at",
                {**about, "given_up": _GIVEN_UP, **values},
            )
            row = cursor.fetchone()
        if row and row[0]:
            LOG.error("alarm_message_given_up", message=delivery.message.id, way=delivery.way)


def _alone(cursor: extensions.cursor) -> datetime:
    """Wait until nobody else makes a message; the time."""
    cursor.execute("SELECT now() FROM alarm_round FOR UPDATE")
    (now,) = cursor.fetchone() or (None,)
    assert isinstance(now, datetime)
    return now


def _keep(cursor: extensions.cursor, made: AlarmMessage, ways: Collection[Way]) -> int:
    cursor.execute(
        "INSERT INTO alarm_message (message_id, content) VALUES (%s, %s) RETURNING id",
        (made.id, as_json(made.content)),
    )
    (number,) = cursor.fetchone() or (0,)
    cursor.execute(
        "INSERT INTO alarm_delivery (message, way) SELECT %s, unnest(%s::text[])",
        (number, list(ways)),
    )
    return int(number)
