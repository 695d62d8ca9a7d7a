"""The processes of the product: how each is called, and what it is told through its environment."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec

from connector.embedded.private import create_private
from connector.environment import Bind
from connector.settings import Settings

_APP = "workers.main:app"
_FLOWER_USER = "admin"
#: What `Settings` reads, and what would open Flower to everybody: a child gets ours alone.
_OURS = (
    *("DATABASE_URL", "REDIS_URL", "ML_CONNECTOR_HOME", "ML_CONNECTOR_SECRET_KEYS"),
    *("ML_CONNECTOR_GATEWAY_BIND", "ML_CONNECTOR_CONSOLE_BIND", "ML_CONNECTOR_FLOWER_BIND"),
    *("ML_CONNECTOR_CONSOLE_URL",),
    *("ML_CONNECTOR_OIDC_ISSUER", "ML_CONNECTOR_OIDC_CLIENT_ID", "ML_CONNECTOR_OIDC_CLIENT_SECRET"),
    *("ML_CONNECTOR_OIDC_ROLES", "ML_CONNECTOR_OIDC_ROLE_CLAIM", "ML_CONNECTOR_OIDC_SCOPES"),
    *("ML_CONNECTOR_OIDC_ONLY",),
    *("ML_CONNECTOR_ALLOW_HTTP", "FLOWER_UNAUTHENTICATED_API"),
)


@dataclass(frozen=True, slots=True)
class Program:
    """One process: its call, and how it ends."""

    name: str
    argv: tuple[str, ...]
    #: Programs of a lower place are stopped, and gone, before those of a higher one are asked.
    stop_place: int = 0
    #: How long it may take to end when asked, before it is killed.
    grace_s: float = 15.0
    #: What the kernel sends it when the supervisor is killed.
    parting: signal.Signals = signal.SIGKILL
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


def gateway(settings: Settings) -> Program:
    """The public Flask app."""
    return _web(
        "gateway", "webhook_gateway.main:app", "gunicorn_settings", settings.gateway_bind, settings
    )


def console(settings: Settings) -> Program:
    """The exceptions desk."""
    return _web("console", "console.main:app", "gunicorn_console", settings.console_bind, settings)


def beat(settings: Settings) -> Program:
    """The clock. It keeps nothing: what is due stands in PostgreSQL."""
    argv = _celery("beat", "--pidfile=", "--loglevel=INFO")
    return Program("beat", argv, stop_place=1, environment=settings.to_environment())


def worker(
    settings: Settings,
    name: str = "worker",
    *,
    queues: str | None = None,
    concurrency: int = 16,
    pool: str = "threads",
    events: bool = False,
) -> Program:
    """A Celery worker for `queues`, by default all. It ends when its running tasks have ended.

    `events` lets Flower see the tasks; it costs a fifth of the throughput.
    """
    options = ["--queues", queues or all_queues(), "--concurrency", str(concurrency)]
    options += ["--pool", pool, "--hostname", f"{name}@%h"]
    options += ["--task-events"] if events else []
    return Program(
        name,
        _python("workers.start", *options),
        stop_place=2,
        grace_s=60.0,  # longer than the longest call: ending in the middle of one costs a look-up
        environment=settings.to_environment(),
    )


def flower(settings: Settings) -> Program:
    """Celery's own web page, behind a password that is kept in HOME/flower.password."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o711)
    password = create_private(settings.home / "flower.password", secrets.token_urlsafe(18)).strip()
    bind = settings.flower_bind
    return Program(
        "flower",
        _celery("flower", f"--address={bind.host}", f"--port={bind.port}"),
        stop_place=3,
        environment=settings.to_environment() | {"FLOWER_BASIC_AUTH": f"{_FLOWER_USER}:{password}"},
    )


def all_queues() -> str:
    """The queues that exist, as `--queues` takes them."""
    from workers.queues import ALL

    return ",".join(ALL)


def has_flower() -> bool:
    """Whether the `flower` extra is installed."""
    return find_spec("flower") is not None


def environment_of(program: Program) -> dict[str, str]:
    """The environment of a program: ours, with the settings in place of what they were read from.

    A secret travels here and never on the command line, which everybody on the machine can read.
    """
    dropped = {*_OURS, *(f"{name}_FILE" for name in _OURS)}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {"PYTHONUNBUFFERED": "1"} | dict(program.environment)


def _web(name: str, app: str, config: str, bind: Bind, settings: Settings) -> Program:
    """A Flask app under gunicorn. It ends with its requests answered."""
    argv = _python("gunicorn", "--config", f"python:connector.cli.{config}", "--bind", str(bind))
    return Program(
        name,
        (*argv, app),
        stop_place=0,
        parting=signal.SIGTERM,  # its own children end with it then
        environment=settings.to_environment(),
    )


def _celery(*arguments: str) -> tuple[str, ...]:
    return _python("celery", "--quiet", "--app", _APP, *arguments)


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
