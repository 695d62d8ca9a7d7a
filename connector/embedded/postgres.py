"""An embedded PostgreSQL."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg2

from connector.embedded.account import Identity, server_account
from connector.embedded.binaries import postgres_programs, reachable_for
from connector.embedded.child import Child, free_port
from connector.embedded.private import create_private
from connector.errors import ConfigurationError
from connector.secret import Secret

_NAME = "ml_connector"
_OPTIONS = (
    *("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"),
    *("shared_buffers=128MB", "timezone=UTC", "log_timezone=UTC"),
    # A statement holds business data: errors are logged without it.
    *("log_min_error_statement=panic", "log_parameter_max_length_on_error=0"),
)
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class EmbeddedPostgres:
    """A PostgreSQL server with its data in `state`/pg, running inside a `with` block.

    `durable=False` trades the safety of committed data for speed, for tests alone. The caller holds
    the lock of `state`; the server has `keep_open`, the lock's descriptor, open too. Start it from
    a thread that lives as long as the process.
    """

    def __init__(self, state: Path, *, durable: bool = True, keep_open: int | None = None) -> None:
        self.folder = state / "pg"
        self.durable = durable
        self.port = free_port()
        self.account = server_account()
        self.child = Child(
            "embedded PostgreSQL", self.folder / "postgres.log", signal.SIGINT, keep_open
        )
        self._state = state
        self._password = ""

    def url(self, database: str = _NAME) -> Secret:
        """The address of the server, with its password."""
        return Secret(f"postgresql://{_NAME}:{self._password}@127.0.0.1:{self.port}/{database}")

    @property
    def running(self) -> bool:
        """Whether the server was started and has not ended."""
        return self.child.running

    def start(self) -> None:
        """Start the server, again on the same port if it ran before, and wait until it answers."""
        programs = postgres_programs()
        if self.account:
            programs = reachable_for(self.account, programs, self._state)
        self._prepare_folder()
        self._create_data(programs)
        options = (*_OPTIONS, *(() if self.durable else _FAST))
        argv: list[str | Path] = [
            programs / "postgres",
            "-D",
            self.folder / "data",
            "-p",
            str(self.port),
        ]
        for option in options:
            argv += ["-c", option]
        self.child.start(argv, cwd=Path("/"), account=self.account, env=_environment())
        try:
            self.child.wait_until(self._answers)
            self._create_database()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Disconnect the clients, write everything to disk and end."""
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

    def _prepare_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        password = self.folder / "password"
        self._password = create_private(password, secrets.token_urlsafe(24))
        if self.account:
            for path in (self.folder, password):
                os.chown(path, self.account.uid, self.account.gid)
            if not self.account.can_enter(self.folder):
                raise ConfigurationError(
                    str(self.folder),
                    [f"cannot be entered by {self.account.name}; set ML_CONNECTOR_HOME elsewhere"],
                )

    def _create_data(self, programs: Path) -> None:
        data, draft = self.folder / "data", self.folder / "data.new"
        if data.exists():
            return
        shutil.rmtree(draft, ignore_errors=True)  # what a killed start left behind
        argv = [programs / "initdb", "-D", draft, "-U", _NAME, "--encoding=UTF8", "--locale=C"]
        argv += ["--pwfile", self.folder / "password", "--data-checksums"]
        argv += ["--auth-local=scram-sha-256", "--auth-host=scram-sha-256"]
        argv += [] if self.durable else ["--no-sync"]
        made = subprocess.run(  # noqa: S603  our own argument list
            [str(part) for part in argv],
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            env=_environment(),
            **(self.account.identity() if self.account else Identity()),
        )
        if made.returncode:
            raise ConfigurationError("embedded PostgreSQL", [f"initdb: {made.stderr[-1000:]}"])
        draft.rename(data)

    def _answers(self) -> bool:
        return postgres_answers(self.url("postgres"))

    def _create_database(self) -> None:
        connection = psycopg2.connect(self.url("postgres").reveal(), connect_timeout=5)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_NAME,))
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {_NAME}")
        finally:
            connection.close()


def postgres_answers(url: Secret) -> bool:
    """Whether the server lets us in now."""
    try:
        psycopg2.connect(url.reveal(), connect_timeout=5).close()
    except psycopg2.OperationalError:
        return False
    return True


def _environment() -> dict[str, str]:
    """Nothing of ours: a PG… variable would change the server, and the rest is not its business."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
