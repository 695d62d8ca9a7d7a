"""An embedded Redis: a Valkey server, which speaks the same protocol."""

from __future__ import annotations

import secrets
import signal
from pathlib import Path
from types import TracebackType
from typing import Self

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from connector.embedded.binaries import redis_program
from connector.embedded.child import Child, free_port
from connector.embedded.private import create_private, write_private
from connector.secret import Secret


class EmbeddedRedis:
    """A Redis server with its data in `state`/redis, running inside a `with` block.

    It does not protect its data from a second server: the caller holds the lock of `state`, and the
    server has `keep_open`, the lock's descriptor, open too. Start it from a thread that lives as
    long as the process.
    """

    def __init__(self, state: Path, *, keep_open: int | None = None) -> None:
        self.folder = state / "redis"
        self.port = free_port()
        self.child = Child("embedded Redis", self.folder / "redis.log", signal.SIGTERM, keep_open)
        self._password = ""

    def url(self, database: int = 0) -> Secret:
        """The address of the server, with its password."""
        return Secret(f"redis://:{self._password}@127.0.0.1:{self.port}/{database}")

    @property
    def running(self) -> bool:
        """Whether the server was started and has not ended."""
        return self.child.running

    def start(self) -> None:
        """Start the server, again on the same port if it ran before, and wait until it answers."""
        program = redis_program()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._password = create_private(self.folder / "password", secrets.token_urlsafe(24))
        # A file, since a password on the command line shows in the list of processes.
        write_private(self.folder / "redis.conf", self._configuration())
        self.child.start([program, "redis.conf"], cwd=self.folder)
        try:
            self.child.wait_until(self._answers)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Write everything to disk and end."""
        self.child.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _configuration(self) -> str:
        lines = (
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self._password}",
            "databases 64",
            "appendonly yes",
            "appendfsync everysec",
            'save ""',
            "maxmemory-policy noeviction",
            "daemonize no",
            'logfile ""',
            "tcp-keepalive 30",
            "timeout 0",
        )
        return "\n".join(lines) + "\n"

    def _answers(self) -> bool:
        return redis_answers(self.url())


def redis_answers(url: Secret) -> bool:
    """Whether the server answers now; asked once, without redis-py's own repetitions."""
    once = Retry(NoBackoff(), retries=0)
    client = Redis.from_url(url.reveal(), socket_timeout=5, socket_connect_timeout=5, retry=once)
    try:
        return bool(client.ping())
    except RedisError:
        return False
    finally:
        client.close()
