"""A waiting connection pool over psycopg2; driver errors become errors of ours here."""

from __future__ import annotations

import copy
import json
import queue
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Self

import psycopg2
from psycopg2 import extensions
from psycopg2.extras import Json, register_default_jsonb

from connector.domain.records import Leased
from connector.errors import LeaseLostError, RetryLaterError
from connector.secret import Secret
from connector.store.roles import Role

#: A connection that idled longer is tried out before it is used.
_IDLE_S = 5.0
#: SQLSTATEs of the guards in the schema that mean "another worker has taken over".
_LEASE_LOST = {"ML007"}


class DatabaseUnavailableError(RetryLaterError):
    """PostgreSQL did not answer, or the answer to a commit was lost: read before repeating."""


class Database:
    """Hands out transactions on at most `size` connections; waits for a free one.

    `actor` is who stands in the history for what is done through it; `role` is whose rights it has,
    those of the login user where none is given.
    """

    def __init__(
        self,
        url: Secret,
        *,
        actor: str,
        role: Role | None = None,
        size: int = 4,
        statement_s: float = 30.0,
    ) -> None:
        self._url = url
        self._wait_s = statement_s
        self._options = (
            f"-c statement_timeout={int(statement_s * 1000)} -c lock_timeout=10000"
            f" -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
            f" -c ml_connector.actor={actor.replace(' ', '_')}"
            f"{f' -c role={role}' if role else ''}"
        )
        self._acting = ""
        self._idle: queue.LifoQueue[tuple[extensions.connection | None, float]] = queue.LifoQueue()
        for _ in range(size):
            self._idle.put((None, 0.0))

    def now(self) -> datetime:
        """The server's clock: the one that all processes share."""
        with self.transaction() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            (now,) = cursor.fetchone() or (None,)
        assert isinstance(now, datetime)
        return now

    def acting_as(self, actor: str) -> Self:
        """The same connections, in whose transactions somebody else stands in the history."""
        acting = copy.copy(self)
        acting._acting = actor  # noqa: SLF001  its own kind
        return acting

    @contextmanager
    def transaction(self) -> Iterator[extensions.cursor]:
        """One transaction: committed at the end, rolled back when anything is raised.

        Raises DatabaseUnavailableError, or LeaseLostError when a guard of the schema says so.
        """
        with self._connection() as connection, connection, connection.cursor() as cursor:
            if self._acting:
                cursor.execute("SELECT set_config('ml_connector.actor', %s, true)", (self._acting,))
            yield cursor

    @contextmanager
    def statement(self) -> Iterator[extensions.cursor]:
        """One statement, which commits itself: one exchange with the server instead of three.

        Raises what `transaction` does.
        """
        with self._connection() as connection, connection.cursor() as cursor:
            connection.autocommit = True
            try:
                yield cursor
            finally:
                if not connection.closed:
                    connection.autocommit = False

    def close(self) -> None:
        """Close the idle connections."""
        self._drop_idle()

    @contextmanager
    def _connection(self) -> Iterator[extensions.connection]:
        """A connection that works, for one use; the driver's errors as ours."""
        try:
            connection, since = self._idle.get(timeout=self._wait_s)
        except queue.Empty:
            raise DatabaseUnavailableError("no database connection came free in time") from None
        try:
            connection = self._usable(connection, since)
            yield connection
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            if connection is None or connection.closed:
                self._drop_idle()
            raise DatabaseUnavailableError(_first_line(error)) from error
        except psycopg2.Error as error:
            if error.pgcode in _LEASE_LOST:
                raise LeaseLostError(_first_line(error)) from error
            raise
        finally:
            keep = connection if connection is not None and not connection.closed else None
            self._idle.put((keep, time.monotonic()))

    def _usable(
        self, connection: extensions.connection | None, since: float
    ) -> extensions.connection:
        if connection is not None and not connection.closed:
            if time.monotonic() - since < _IDLE_S:
                return connection
            try:
                with connection, connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
            except psycopg2.Error:
                self._drop_idle()
                with suppress(psycopg2.Error):
                    connection.close()
            else:
                return connection
        connection = psycopg2.connect(
            self._url.reveal(),
            connect_timeout=5,
            options=self._options,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            tcp_user_timeout=int((self._wait_s + 10) * 1000),
            application_name="ml-connector",
        )
        register_default_jsonb(connection, loads=partial(json.loads, parse_float=Decimal))
        return connection

    def _drop_idle(self) -> None:
        """Close what is idle: after one broken connection the others are broken too."""
        taken = 0
        with suppress(queue.Empty):
            while True:
                connection, _ = self._idle.get_nowait()
                taken += 1
                if connection is not None:
                    with suppress(psycopg2.Error):
                        connection.close()
        for _ in range(taken):
            self._idle.put((None, 0.0))


def with_rows(
    cursor: extensions.cursor, statement: str, rows: Sequence[Mapping[str, Any]]
) -> list[tuple[Any, ...]]:
    """Run a statement over `json_to_recordset(%(rows)s)`; what it returns.

    One text is read by the server three times as fast as a list of values is written here.
    """
    cursor.execute(statement, {"rows": as_json(rows)})
    return cursor.fetchall() if cursor.description else []


def row_of(leased: Leased, **named: Any) -> dict[str, Any]:
    """A row about a record, for the attempt that holds it."""
    return {"id": leased.id, "attempt": leased.attempt, **named}


def as_json(value: Any) -> Json:
    """A JSON parameter; Decimals and dates become strings, NUL (which jsonb cannot hold) U+FFFD."""
    return Json(value, dumps=_dumps)


def _dumps(value: Any) -> str:
    text = json.dumps(value, default=_plain)
    return json.dumps(_storable(value), default=_plain) if "\\u0000" in text else text


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, Mapping):
        return {_storable(name): _storable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(part) for part in value]
    return value


def _first_line(error: psycopg2.Error) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
