"""Everything on one machine: the servers, the schema, the processes."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from connector import log
from connector.cli import programs
from connector.cli.supervisor import Supervisor
from connector.embedded import Running, running_servers
from connector.environment import Bind
from connector.errors import ConfigurationError
from connector.settings import Settings

LOG = log.logger(__name__)

_WORKERS = 2
_TICK_S = 0.2


@dataclass(frozen=True, slots=True)
class Stack:
    """What runs. Call `tend` often, or `run_until`, from the thread that entered `whole_stack`."""

    settings: Settings
    servers: Running
    supervisor: Supervisor

    def tend(self) -> None:
        """Start again what has ended by itself, servers first. Returns at once if all is well."""
        for name in self.servers.revive():
            LOG.warning("server_restarted", server=name)
        self.supervisor.tend()

    def run_until(self, done: Callable[[], bool], limit_s: float | None = None) -> bool:
        """Tend until `done` says so (True), or `limit_s` has passed (False)."""
        end = None if limit_s is None else time.monotonic() + limit_s
        while not done():
            if end is not None and time.monotonic() > end:
                return False
            self.tend()
            time.sleep(_TICK_S)
        return True

    def listening(self) -> bool:
        """Whether gateway and console take connections."""
        return _listens(self.settings.gateway_bind) and _listens(self.settings.console_bind)


@contextmanager
def whole_stack(settings: Settings, *, pass_output: bool = False) -> Iterator[Stack]:
    """Run servers without a URL, migrate, and run gateway, console, two workers, beat and Flower.

    At the end of the block all of it has stopped, in this order: gateway and console, beat,
    workers, Flower, servers. Output goes to HOME/log, or to our own output with `pass_output`.
    Raises ConfigurationError when an address is taken, RefusedError when `up` runs already.
    """
    from connector.store.migrations import migrate

    with running_servers(settings, lasting=True) as servers:
        _refuse_taken(servers.settings)
        url = servers.settings.database_url
        assert url
        for name in migrate(url):
            LOG.info("migration_applied", name=name)
        log_folder = None if pass_output else servers.settings.home / "log"
        with Supervisor(_programs(servers.settings), log_folder=log_folder) as supervisor:
            yield Stack(servers.settings, servers, supervisor)


def _programs(settings: Settings) -> list[programs.Program]:
    flower = programs.has_flower()
    names = [f"worker-{number}" for number in range(1, _WORKERS + 1)]
    return [
        *(programs.worker(settings, name, events=flower) for name in names),
        programs.beat(settings),
        programs.gateway(settings),
        programs.console(settings),
        *([programs.flower(settings)] if flower else []),
    ]


def _refuse_taken(settings: Settings) -> None:
    binds = {
        "ML_CONNECTOR_GATEWAY_BIND": settings.gateway_bind,
        "ML_CONNECTOR_CONSOLE_BIND": settings.console_bind,
        "ML_CONNECTOR_FLOWER_BIND": settings.flower_bind,
    }
    taken = [f"{name}: somebody listens on {bind} already" for name, bind in binds.items()]
    faults = [fault for fault, bind in zip(taken, binds.values(), strict=True) if _listens(bind)]
    if faults:
        raise ConfigurationError("environment", faults)


def _listens(bind: Bind) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind.host, bind.host)  # noqa: S104  asked
    with suppress(OSError), socket.create_connection((host, bind.port), timeout=1):
        return True
    return False
