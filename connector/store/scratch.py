"""A database that is there for a while, on a server that is there for good."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from connector.errors import ConfigurationError
from connector.secret import Secret


@contextmanager
def scratch_database(server: Secret) -> Iterator[Secret]:
    """A new, empty database beside the one that the URL names; it is dropped at the end.

    What the URL names is left alone. Raises ConfigurationError where its role may not create one.
    """
    name = f"ml_connector_{secrets.token_hex(6)}"
    try:
        _run(server, f"CREATE DATABASE {name}")
    except psycopg2.Error as error:
        why = str(error).strip().partition("\n")[0]
        raise ConfigurationError(
            "DATABASE_URL", [f"no database can be made on that server: {why}"]
        ) from error
    try:
        yield Secret(urlunsplit(urlsplit(server.reveal())._replace(path=f"/{name}")))
    finally:
        _run(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _run(server: Secret, statement: str) -> None:
    with closing(psycopg2.connect(server.reveal(), connect_timeout=5)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
