"""The schema of the database, brought up step by step by Alembic; each step is plain SQL."""

from __future__ import annotations

from pathlib import Path

import psycopg2
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from connector.secret import Secret

#: Key of the advisory lock that lets one runner migrate at a time ("MLCN").
_LOCK = 0x4D4C434E


def migrate(url: Secret) -> list[str]:
    """Bring the schema up and return the names of the steps applied, in order.

    Safe when run twice at once: the second waits, and finds nothing to do. All steps run in one
    transaction. Raises psycopg2.Error; then nothing was changed.
    """
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL statement_timeout = '10min'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
            before = _current(connection)
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            return [r for r in revisions() if before is None or r > before]
    finally:
        engine.dispose()


def revisions() -> list[str]:
    """The names of all steps that this version of the product knows, oldest first."""
    script = ScriptDirectory.from_config(_config())
    return [revision.revision for revision in script.walk_revisions()][::-1]


def _current(connection: sqlalchemy.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _engine(url: Secret) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(
        "postgresql+psycopg2://",
        creator=lambda: psycopg2.connect(url.reveal(), connect_timeout=10),
        poolclass=sqlalchemy.NullPool,
    )
