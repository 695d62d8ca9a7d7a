"""Parts by which PostgreSQL may be away, and by which one worker at a time has something."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import psycopg2
from flask import Flask

from connector.jobs import Jobs
from connector.store import database as database_module
from connector.store import records as records_module
from connector.store.database import Database, DatabaseUnavailableError
from connector.store.schedules import DueJob, Schedules
from connector.store.tokens import PostgresTokens
from tests.chaos.without.statements import change
from webhook_gateway import app as gateway
from workers.nudges import CeleryNudger


def lease() -> None:
    """A lease excludes nobody: whoever comes by takes the record."""
    due = "r.due_at <= now()"
    change(records_module, "lease", (due, f"({due} OR r.lease_until > now())"))


def doubt_of_commits() -> None:
    """A commit that was not answered took effect."""
    whole = Database.transaction

    @contextmanager
    def transaction(self: Database) -> Iterator[Any]:
        inner = whole(self)
        cursor = inner.__enter__()
        try:
            yield cursor
        except BaseException:
            inner.__exit__(*sys.exc_info())
            raise
        with suppress(DatabaseUnavailableError):
            inner.__exit__(None, None, None)

    Database.transaction = transaction  # type: ignore[method-assign]


def new_connections() -> None:
    """A process that lost its connection gets no other."""
    usable = Database._usable
    lost: set[int] = set()

    def the_first(self: Database, connection: Any, since: float) -> Any:
        if id(self) in lost:
            raise psycopg2.OperationalError("the connection was lost")
        return usable(self, connection, since)

    Database._drop_idle = lambda self: lost.add(id(self))  # type: ignore[method-assign]
    Database._usable = the_first  # type: ignore[method-assign]


def errors_of_ours() -> None:
    """What the driver raises goes up as it is, and the gateway answers 500 for what it did not
    expect."""
    database_module.DatabaseUnavailableError = _as_it_is  # type: ignore[misc,assignment]
    shape = gateway._shape_answers

    def shaped(app: Flask) -> None:
        shape(app)
        app.error_handler_spec[None][None].pop(Exception)

    gateway._shape_answers = shaped


def _as_it_is(text: str) -> Exception:
    return psycopg2.OperationalError(text)


def guarded_claims() -> None:
    """A slot of the schedule is looked at first and claimed then."""

    def claim(self: Schedules) -> list[DueJob]:
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT s.connection_id, c.name, s.job FROM schedule s"
                " JOIN connection c ON c.id = s.connection_id WHERE s.due_at <= now()"
            )
            due = cursor.fetchall()
        time.sleep(0.5)
        with self._database.transaction() as cursor:
            for connection_id, _, job in due:
                cursor.execute(
                    "UPDATE schedule SET due_at = now() + make_interval(secs => every_s),"
                    " started_at = now() WHERE connection_id = %s AND job = %s",
                    (connection_id, job),
                )
        return [DueJob(name, job) for _, name, job in due]

    Schedules.claim = claim  # type: ignore[method-assign]
    CeleryNudger.ticks = lambda self: True  # type: ignore[method-assign]


def database_clock() -> None:
    """Workers go by their own clocks."""
    Schedules.now = lambda self: datetime.now(UTC)  # type: ignore[method-assign]


def one_at_a_time() -> None:
    """Whoever needs a new token asks for one."""
    begin = PostgresTokens.begin_refresh

    def begin_too(self: PostgresTokens, generation: int, lease_s: float) -> bool:
        begin(self, generation, lease_s)
        return True

    PostgresTokens.begin_refresh = begin_too  # type: ignore[method-assign]


def taking_over() -> None:
    """A token that somebody began to renew is his to renew, for good."""
    begin = PostgresTokens.begin_refresh

    def begin_for_good(self: PostgresTokens, generation: int, lease_s: float) -> bool:
        return begin(self, generation, 10 * 365 * 86_400.0)

    PostgresTokens.begin_refresh = begin_for_good  # type: ignore[method-assign]


def giving_up() -> None:
    """A refresh token that was refused is offered again."""
    refuse = PostgresTokens.refuse_refresh

    def refuse_for_now(
        self: PostgresTokens, generation: int, why: str, *, wait_s: float | None
    ) -> None:
        refuse(self, generation, why, wait_s=1.0)

    PostgresTokens.refuse_refresh = refuse_for_now  # type: ignore[method-assign]


def poll() -> None:
    """What no webhook announced is not asked for."""
    Jobs.poll = lambda self, *_: ("nothing", self._schedules.now())  # type: ignore[method-assign]


PARTS = (
    lease, doubt_of_commits, new_connections, errors_of_ours, guarded_claims, database_clock,
    one_at_a_time, taking_over, giving_up, poll,
)  # fmt: skip
