"""The app for gunicorn: `gunicorn console.main:app`. The only place that is configured."""

from __future__ import annotations

import os

from flask import Flask

from connector import log
from connector.budgets import budget_redis
from connector.settings import Settings
from connector.store.database import Database
from connector.store.roles import Role
from console.app import create_app
from console.desk import Desk
from workers.nudges import CeleryNudger

_CONNECTIONS = 8
_STATEMENT_S = 15.0
_BROKER_S = 2.0


def _app() -> Flask:
    settings = Settings.from_environment(os.environ)
    database_url, redis_url = settings.servers()
    database = Database(
        database_url,
        actor="console",
        role=Role.CONSOLE,
        size=_CONNECTIONS,
        statement_s=_STATEMENT_S,
    )
    nudger = CeleryNudger(redis_url, patience_s=_BROKER_S)
    return create_app(Desk(settings, database, nudger, budget_redis(redis_url)))


log.configure()
app = _app()
