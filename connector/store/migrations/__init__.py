"""The schema of the database, brought up step by step by Alembic; each step is plain SQL."""

from __future__ import annotations

from pathlib import Path

import psycopg2
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from connector.errors import ConfigurationError
from connector.secret import Secret

#: Key of the advisory lock that lets one runner migrate at a time ("MLCN").
_LOCK = 0x4D4C434E
#: SQLSTATE of step 0004_roles where it may not create them.
_ROLES_MISSING = "ML010"


def migrate(url: Secret) -> list[str]:
    """Bring the schema up and return the names of the steps applied, in order.

    Safe when run twice at once: the second waits, and finds nothing to do. All steps run in one
    transaction. Raises ConfigurationError where the login user may not create the roles of the
    processes, else sqlalchemy's DBAPIError; then nothing was changed.
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
    except sqlalchemy.exc.DBAPIError as error:
        if getattr(error.orig, "pgcode", None) == _ROLES_MISSING:
            what = str(error.orig).partition("\n")[0]
            raise ConfigurationError("database", [what]) from None
        raise
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
