"""The app for gunicorn: `gunicorn webhook_gateway.main:app`. The only place that is configured."""

from __future__ import annotations

import os

from flask import Flask

from connector import log
from connector.settings import Settings
from connector.store.database import Database
from connector.store.intake import PostgresIntake
from connector.store.roles import Role
from connector.store.vault import Vault
from webhook_gateway.app import create_app
from workers.nudges import CeleryNudger

#: A delivery that cannot be stored this soon is sent again by Brex.
_STORE_S = 2.0
_CONNECTIONS = 8
_BROKER_S = 2.0


def _app() -> Flask:
    settings = Settings.from_environment(os.environ)
    database_url, redis_url = settings.servers()
    database = Database(
        database_url,
        actor="gateway",
        role=Role.GATEWAY,
        size=_CONNECTIONS,
        statement_s=_STORE_S,
    )
    return create_app(
        PostgresIntake(database, Vault(settings.secret_keys)),
        CeleryNudger(redis_url, patience_s=_BROKER_S),
    )


log.configure()
app = _app()
