"""The servers of DATABASE_URL and REDIS_URL, used by a demo without touching what is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit, urlunsplit

from cryptography.fernet import Fernet
from redis import Redis
from redis.exceptions import RedisError

from connector.errors import ConfigurationError
from connector.secret import Secret
from connector.settings import Settings

#: How many databases a Redis server has where nobody said otherwise.
_DATABASES = 16


@contextmanager
def on_given_servers(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The variables of a demo on the servers that the environment names; nothing if it names none.

    It gets a PostgreSQL database of its own, dropped at the end, and a Redis database that was
    empty, emptied at the end. Raises ConfigurationError where a server has none to give.
    """
    names = ("DATABASE_URL", "DATABASE_URL_FILE", "REDIS_URL", "REDIS_URL_FILE")
    key = Fernet.generate_key().decode()
    given = Settings.from_environment(
        {"ML_CONNECTOR_SECRET_KEYS": key}
        | {name: environ[name] for name in names if name in environ}
    )
    with ExitStack() as exits:
        found: dict[str, str] = {}
        if given.database_url is not None:
            from connector.store.scratch import scratch_database

            url = exits.enter_context(scratch_database(given.database_url))
            found |= {"DATABASE_URL": url.reveal(), "ML_CONNECTOR_SECRET_KEYS": key}
        if given.redis_url is not None:
            found["REDIS_URL"] = exits.enter_context(_empty_redis(given.redis_url)).reveal()
        yield found


@contextmanager
def _empty_redis(server: Secret) -> Iterator[Secret]:
    """A database of the server in which nothing is, the last one first."""
    for number in reversed(range(_DATABASES)):
        url = Secret(urlunsplit(urlsplit(server.reveal())._replace(path=f"/{number}")))
        try:
            with Redis.from_url(url.reveal(), socket_timeout=5) as client:
                # the first to write the mark has the database: two demos may look at once
                if client.dbsize() or not client.set("ml-connector:demo", "1", nx=True):
                    continue
        except RedisError as error:
            raise ConfigurationError("REDIS_URL", [f"it does not answer: {error}"]) from error
        try:
            yield url
        finally:
            with Redis.from_url(url.reveal(), socket_timeout=5) as client:
                client.flushdb()
        return
    raise ConfigurationError("REDIS_URL", ["none of its databases is empty; the demo needs one"])
