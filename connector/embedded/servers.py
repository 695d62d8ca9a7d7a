"""The servers of a state folder, started by one process and shared by all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from connector.embedded.keys import with_local_keys
from connector.embedded.postgres import EmbeddedPostgres, postgres_answers
from connector.embedded.private import write_private
from connector.embedded.redis import EmbeddedRedis, redis_answers
from connector.embedded.state import FileLock, Holder, holder_of, record_holder, state_folder
from connector.errors import ConfigurationError, RefusedError
from connector.secret import Secret
from connector.settings import Settings

_POLL_S = 0.05
_POSTGRES, _REDIS = "postgres.url", "redis.url"


@dataclass(frozen=True, slots=True)
class Running:
    """Settings with both URLs, and the servers behind them that this process has to care for."""

    settings: Settings
    owned: tuple[EmbeddedPostgres | EmbeddedRedis, ...] = ()

    def revive(self) -> list[str]:
        """Start again what has ended by itself, at its old address; give the names."""
        ended = [server for server in self.owned if not server.running]
        for server in ended:
            server.start()
        return [server.child.name for server in ended]


@contextmanager
def servers(
    settings: Settings, state: Path | None = None, *, durable: bool = True
) -> Iterator[Settings]:
    """Give the settings with both URLs and the keys filled in, for the length of the block.

    Starts only what has no URL. If another process runs the servers of `state` (by default that of
    `settings.home`), these are used; that process does not stop them before this block ends, unless
    it is `ml-connector up`. Raises ConfigurationError when they cannot be started.
    """
    with running_servers(settings, state, durable=durable) as running:
        yield running.settings


@contextmanager
def running_servers(
    settings: Settings,
    state: Path | None = None,
    *,
    durable: bool = True,
    lasting: bool = False,
    patience_s: float = 60.0,
) -> Iterator[Running]:
    """Like `servers`; with `lasting`, for `ml-connector up`, the servers are this process's own.

    It then waits for a short command that runs them now, and raises RefusedError if another `up`
    does.
    """
    if settings.database_url and settings.redis_url:
        yield Running(settings)
        return
    try:
        state = state or state_folder(settings.home)
        state.mkdir(parents=True, exist_ok=True, mode=0o711)
        settings = with_local_keys(settings, state)
        entered = _enter(settings, state, durable=durable, lasting=lasting, patience_s=patience_s)
    except PermissionError as error:
        raise ConfigurationError(
            str(state or settings.home),
            [f"belongs to another user ({error}); run as that user, or set ML_CONNECTOR_HOME"],
        ) from error
    stack, running = entered
    with stack:
        yield running


def _enter(
    settings: Settings, state: Path, *, durable: bool, lasting: bool, patience_s: float
) -> tuple[ExitStack, Running]:
    end = time.monotonic() + patience_s
    while True:
        with ExitStack() as stack:
            lock = stack.enter_context(FileLock(state / "lock"))
            if lock.take():
                record_holder(state, lasting=lasting)
                started = _start(stack, settings, state, lock, durable=durable, lasting=lasting)
                return stack.pop_all(), started
            holder = holder_of(state)
            if lasting and holder and holder.lasting and holder.alive:
                raise RefusedError(f"ml-connector up already runs on {state}, process {holder.pid}")
            borrowed = None if lasting else _borrow(stack, settings, state, holder)
            if borrowed:
                return stack.pop_all(), borrowed
        if time.monotonic() > end:
            name = f"process {holder.pid}" if holder else "another process"
            raise ConfigurationError(str(state), [f"is in use by {name}, and it gives no answer"])
        time.sleep(_POLL_S)


def _start(
    stack: ExitStack,
    settings: Settings,
    state: Path,
    lock: FileLock,
    *,
    durable: bool,
    lasting: bool,
) -> Running:
    for name in (_POSTGRES, _REDIS):
        (state / name).unlink(missing_ok=True)
    owned: list[EmbeddedPostgres | EmbeddedRedis] = []
    # The servers keep the lock open: while one lives on, nobody starts a second on its data.
    if settings.redis_url is None:
        redis = EmbeddedRedis(state, keep_open=lock.descriptor)
        owned.append(stack.enter_context(redis))
        settings = replace(settings, redis_url=redis.url())
        _record(stack, state / _REDIS, redis.url())
    if settings.database_url is None:
        postgres = EmbeddedPostgres(state, durable=durable, keep_open=lock.descriptor)
        owned.append(stack.enter_context(postgres))
        settings = replace(settings, database_url=postgres.url())
        _record(stack, state / _POSTGRES, postgres.url())
    if not lasting:
        stack.callback(_wait_for_borrowers, state)
    return Running(settings, tuple(owned))


def _record(stack: ExitStack, path: Path, url: Secret) -> None:
    write_private(path, url.reveal() + "\n")
    stack.callback(path.unlink, missing_ok=True)


def _wait_for_borrowers(state: Path) -> None:
    with FileLock(state / "borrowers") as borrowers:
        borrowers.take(wait=True)
        for name in (_POSTGRES, _REDIS):
            (state / name).unlink(missing_ok=True)


def _borrow(
    stack: ExitStack, settings: Settings, state: Path, holder: Holder | None
) -> Running | None:
    borrowers = stack.enter_context(FileLock(state / "borrowers"))
    if not borrowers.take(shared=True) or holder is None or not holder.alive:
        return None
    if settings.redis_url is None:
        settings = replace(settings, redis_url=_read(state / _REDIS))
    if settings.database_url is None:
        settings = replace(settings, database_url=_read(state / _POSTGRES))
    if not (settings.redis_url and settings.database_url):
        return None  # it is still starting, or stopping
    if not (redis_answers(settings.redis_url) and postgres_answers(settings.database_url)):
        return None
    return Running(settings)


def _read(path: Path) -> Secret | None:
    try:
        return Secret(path.read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        return None
