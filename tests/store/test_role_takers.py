"""How the roles of the processes come to be, and who takes them."""

import shutil
import tempfile
import threading
from contextlib import closing
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from psycopg2 import errors

from connector.embedded import EmbeddedPostgres
from connector.errors import ConfigurationError
from connector.secret import Secret
from connector.store.database import Database, DatabaseUnavailableError
from connector.store.inspection import Inspection
from connector.store.intake import PostgresIntake
from connector.store.migrations import migrate, revisions
from connector.store.roles import Role
from tests.waiting import wait_until

SECRETS = {"brex.token": Secret("bxt"), "brex.webhook_secrets.0": Secret("whsec_known")}


def test_a_login_user_of_its_own_cannot_leave_its_role(login_user, connections, vault):
    connections.add("acme", "infor-m3", {}, SECRETS)
    url = login_user(Role.GATEWAY)
    with closing(Database(url, actor="gateway", role=Role.GATEWAY)) as gateway:
        assert PostgresIntake(gateway, vault).endpoint("acme").secrets
        for statement in ("SET ROLE NONE", "RESET ROLE", "SELECT 1"):
            with gateway.transaction() as cursor:
                cursor.execute(statement)
                with pytest.raises(errors.InsufficientPrivilege):
                    cursor.execute("SELECT ciphertext FROM connection_secret")
    with (
        closing(Database(url, actor="gateway", role=Role.WORKER)) as worker,
        pytest.raises(DatabaseUnavailableError, match="permission denied to set role"),
        worker.transaction(),
    ):
        pass


def test_doctor_knows_which_roles_a_login_user_may_not_take(login_user, database):
    assert Inspection(database).roles_out_of_reach() == []
    with closing(Database(login_user(Role.GATEWAY), actor="test")) as gateway:
        assert Inspection(gateway).roles_out_of_reach() == [
            role for role in Role if role is not Role.GATEWAY
        ]


def test_who_may_not_take_the_roles_is_told_what_an_administrator_runs(login_user, sql):
    url = login_user()
    name, owner = f"test_{token_hex(6)}", urlsplit(url.reveal()).username
    sql(f"CREATE DATABASE {name} OWNER {owner}")
    url = Secret(urlunsplit(urlsplit(url.reveal())._replace(path=f"/{name}")))
    try:
        with pytest.raises(ConfigurationError) as caught:
            migrate(url)
        (fault,) = caught.value.faults
        statement = fault.partition("run: ")[2]
        assert statement == f"GRANT {', '.join(Role)} TO {owner};"
        sql(statement)
        assert migrate(url) == revisions()
    finally:
        sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def server():
    """A server of this file alone."""
    folder = Path(tempfile.mkdtemp(prefix="ml-connector-roles-"))
    folder.chmod(0o711)
    with EmbeddedPostgres(folder, durable=False) as running:
        yield running
    shutil.rmtree(folder)


class Fresh:
    """A server on which nothing was ever migrated."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.admin = psycopg2.connect(server.url().reveal())
        self.admin.autocommit = True
        self.server = server
        self.users: list[str] = []
        self.databases: list[str] = []

    def run(self, statement: str) -> list[tuple]:
        with self.admin.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def database(self, attributes: str = "") -> Secret:
        """A new database of a new user with these attributes."""
        user, name = f"user_{len(self.users)}", f"db_{len(self.users)}"
        self.run(f"CREATE ROLE {user} LOGIN PASSWORD 'known' {attributes}")
        self.users.append(user)
        self.run(f"CREATE DATABASE {name} OWNER {user}")
        self.databases.append(name)
        parts = urlsplit(self.server.url(name).reveal())
        host = parts.netloc.rpartition("@")[2]
        return Secret(urlunsplit(parts._replace(netloc=f"{user}:known@{host}")))

    def close(self) -> None:
        for name in self.databases:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")
        roles = [*Role, *self.users]
        known = {name for (name,) in self.run("SELECT rolname FROM pg_roles")}
        for role in roles:
            if role in known:
                self.run(f"DROP OWNED BY {role}")
        for role in roles:
            if role in known:
                self.run(f"DROP ROLE {role}")
        self.admin.close()


@pytest.fixture
def fresh(server):
    fresh = Fresh(server)
    yield fresh
    fresh.close()


def test_who_may_create_roles_needs_no_administrator(fresh):
    url = fresh.database("CREATEROLE")
    assert migrate(url) == revisions()
    for role in Role:
        with (
            closing(Database(url, actor="test", role=role)) as database,
            database.transaction() as cursor,
        ):
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (role,)


def test_who_may_not_create_roles_is_told_all_that_an_administrator_runs(fresh):
    url = fresh.database()
    with pytest.raises(ConfigurationError) as caught:
        migrate(url)
    (fault,) = caught.value.faults
    statements = fault.partition("run: ")[2]
    created = "".join(f"CREATE ROLE {role} NOLOGIN; " for role in Role)
    assert statements == f"{created}GRANT {', '.join(Role)} TO user_0;"
    fresh.run(statements)
    assert migrate(url) == revisions()


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_two_databases_of_one_server_may_be_brought_up_at_the_same_moment(fresh, end):
    url = fresh.database("SUPERUSER")
    applied = []
    with closing(psycopg2.connect(fresh.server.url().reveal())) as other:
        with other.cursor() as cursor:
            cursor.execute(f"CREATE ROLE {Role.GATEWAY} NOLOGIN")
        thread = threading.Thread(target=lambda: applied.extend(migrate(url)))
        thread.start()
        wait_until(
            lambda: fresh.run(
                "SELECT 1 FROM pg_stat_activity WHERE datname = 'db_0' AND wait_event_type = 'Lock'"
            )
        )
        getattr(other, end)()
        thread.join(30)
    assert applied == revisions()
    with (
        closing(Database(url, actor="test", role=Role.GATEWAY)) as database,
        database.transaction() as cursor,
    ):
        cursor.execute("SELECT 1 FROM webhook_secret")
