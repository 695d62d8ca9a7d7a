"""What a command works with: settings, servers, and the application over them."""

from __future__ import annotations

import getpass
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from connector import log
from connector.errors import ConfigurationError
from connector.settings import Settings

if TYPE_CHECKING:
    from connector.bootstrap import Application
    from connector.ports import Nudger


@contextmanager
def session(*, any_schema: bool = False) -> Iterator[Application]:
    """The application on this environment's servers, embedded ones found or started.

    Its schema is current: an embedded database is brought up, another one must be, or
    ConfigurationError says so. `any_schema` leaves the schema as it is.
    """
    from connector.embedded import servers

    log.configure(level=logging.WARNING)
    settings = Settings.from_environment(os.environ)
    with servers(settings) as running:
        if not any_schema and settings.database_url is None:
            from connector.store.migrations import migrate

            assert running.database_url
            migrate(running.database_url)
        with opened(running) as application:
            if not any_schema:
                _demand_schema(application)
            yield application


@contextmanager
def opened(settings: Settings) -> Iterator[Application]:
    """The application on running servers."""
    from connector.bootstrap import Application

    application = Application(settings, actor=f"cli:{user_name()}", connections=2)
    try:
        yield application
    finally:
        application.close()


def nudger(settings: Settings) -> Nudger:
    """Sends hints to the workers over Redis."""
    from workers.nudges import CeleryNudger

    assert settings.redis_url
    return CeleryNudger(settings.redis_url)


def user_name() -> str:
    """Who stands in the history for what is done here."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return re.sub(r"[^A-Za-z0-9._@-]", "_", name)[:60]


def _demand_schema(application: Application) -> None:
    from connector.store.inspection import Inspection

    if steps := Inspection(application.database).pending_steps():
        raise ConfigurationError(
            "database", [f"the schema lacks {', '.join(steps)}: run ml-connector migrate"]
        )
