"""The embedded servers: really started, shared, killed."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from connector.embedded import EmbeddedPostgres, EmbeddedRedis, running_servers, servers
from connector.embedded.account import server_account
from connector.embedded.keys import with_local_keys
from connector.embedded.state import state_folder
from connector.errors import ConfigurationError, RefusedError
from connector.settings import Settings
from tests.processes import processes_below
from tests.waiting import wait_until

LAUNCHER = """
import sys, signal
from pathlib import Path
from connector.embedded import running_servers
from connector.settings import Settings
settings = Settings.from_environment({"ML_CONNECTOR_HOME": sys.argv[1]})
with running_servers(settings, durable=False, lasting=sys.argv[2] == "lasting") as running:
    print(running.settings.database_url.reveal(), running.settings.redis_url.reveal(), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def state() -> Iterator[Path]:
    """A folder that PostgreSQL's account can enter, unlike pytest's own for root."""
    folder = Path(tempfile.mkdtemp(prefix="ml-connector-embedded-"))
    folder.chmod(0o711)
    yield folder
    assert processes_below(folder) == []
    shutil.rmtree(folder)


def home_settings(home: Path) -> Settings:
    return Settings.from_environment({"ML_CONNECTOR_HOME": str(home)})


def query(url, statement: str):
    connection = psycopg2.connect(url.reveal())
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def launch(state: Path, kind: str = "brief") -> tuple[subprocess.Popen[str], list[str]]:
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(state), kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return launcher, launcher.stdout.readline().split()


def test_postgres_is_durable_asks_for_a_password_and_keeps_its_data(state):
    with EmbeddedPostgres(state) as postgres:
        url = postgres.url()
        assert query(url, "SHOW fsync") == [("on",)]
        assert query(url, "SHOW max_connections") == [("200",)]
        assert query(url, "SHOW listen_addresses") == [("127.0.0.1",)]
        query(url, "CREATE TABLE kept AS SELECT 7 AS n")
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(url.reveal().replace("ml_connector:", "ml_connector:x", 1))
    with EmbeddedPostgres(state) as postgres:
        assert query(postgres.url(), "SELECT n FROM kept") == [(7,)]


def test_redis_keeps_its_data_asks_for_a_password_and_never_evicts(state):
    with EmbeddedRedis(state) as server, Redis.from_url(server.url().reveal()) as client:
        client.set("kept", "7")
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        assert client.config_get("appendfsync")["appendfsync"] == "everysec"
    with EmbeddedRedis(state) as server:
        with Redis.from_url(server.url().reveal()) as client:
            assert client.get("kept") == b"7"
        once = Retry(NoBackoff(), retries=0)
        with (
            Redis(port=server.port, retry=once) as stranger,
            pytest.raises(Exception, match="uthenticat"),
        ):
            stranger.ping()


def test_a_password_is_in_no_command_line_and_only_its_owner_reads_the_files(state):
    with servers(home_settings(state), durable=False) as settings:
        passwords = [
            url.reveal().split("@")[0].rsplit(":")[-1]
            for url in (settings.database_url, settings.redis_url)
        ]
        for process in processes_below(state):
            command = " ".join(process.cmdline())
            assert not any(password in command for password in passwords)
        private = ["secret.keys", "postgres.url", "redis.url", "pg/password", "redis/redis.conf"]
        modes = {name: (state / name).stat().st_mode & 0o777 for name in private}
        assert modes == dict.fromkeys(private, 0o600)


@pytest.mark.parametrize("kind", ["brief", "lasting"])
def test_kill_9_of_the_launcher_takes_both_servers_with_it_and_loses_no_data(state, kind):
    launcher, _ = launch(state, kind)
    assert len(processes_below(state)) >= 3  # the launcher and both servers
    launcher.kill()
    launcher.wait()
    wait_until(lambda: processes_below(state) == [])
    with servers(home_settings(state), durable=False) as settings:
        assert query(settings.database_url, "SELECT 1") == [(1,)]


def test_another_process_uses_the_servers_that_run_and_they_wait_for_it(state):
    launcher, urls = launch(state)
    with servers(home_settings(state), durable=False) as settings:
        assert [settings.database_url.reveal(), settings.redis_url.reveal()] == urls
        launcher.stdin.close()  # it is done, and may not stop its servers yet
        with pytest.raises(subprocess.TimeoutExpired):
            launcher.wait(0.5)
        assert query(settings.database_url, "SELECT 1") == [(1,)]
    assert launcher.wait(20) == 0


def test_a_second_up_is_refused_by_name_of_the_first(state):
    launcher, _ = launch(state, "lasting")
    with (
        pytest.raises(RefusedError, match=f"already runs .*process {launcher.pid}"),
        running_servers(home_settings(state), durable=False, lasting=True),
    ):
        pass
    launcher.stdin.close()
    assert launcher.wait(20) == 0


def test_up_waits_for_a_short_command_and_then_has_servers_of_its_own(state):
    launcher, urls = launch(state)
    launcher.stdin.close()
    with running_servers(home_settings(state), durable=False, lasting=True) as running:
        assert len(running.owned) == 2
        assert running.settings.database_url.reveal() not in urls
    assert launcher.wait(20) == 0


def test_a_server_that_died_comes_back_at_its_address_with_its_data(state):
    with running_servers(home_settings(state), lasting=True) as running:
        url = running.settings.database_url
        query(url, "CREATE TABLE kept AS SELECT 7 AS n")
        for server in running.owned:
            os.kill(server.child.process.pid, signal.SIGKILL)
            server.child.process.wait()
        wait_until(lambda: processes_below(state) == [])
        assert running.revive() == ["embedded Redis", "embedded PostgreSQL"]
        assert running.revive() == []
        assert query(url, "SELECT n FROM kept") == [(7,)]


def test_only_the_server_without_a_url_is_started(state):
    environment = {"ML_CONNECTOR_HOME": str(state), "REDIS_URL": "redis://elsewhere:6379/0"}
    with servers(Settings.from_environment(environment), durable=False) as settings:
        assert settings.redis_url.reveal() == "redis://elsewhere:6379/0"
        assert not (state / "redis").exists()


def test_the_key_is_made_once_and_never_replaced_while_data_needs_it(state):
    settings = home_settings(state)
    first = with_local_keys(settings, state)
    assert with_local_keys(settings, state) == first
    assert len(first.secret_keys) == 1
    (state / "pg" / "data").mkdir(parents=True)
    (state / "secret.keys").unlink()
    with pytest.raises(ConfigurationError, match="restore it"):
        with_local_keys(settings, state)
    assert not (state / "secret.keys").exists()


@pytest.mark.parametrize("keys", ["nonsense\n", "\n"])
def test_a_damaged_key_file_is_named(state, keys):
    (state / "secret.keys").write_text(keys)
    with pytest.raises(ConfigurationError, match=r"secret\.keys"):
        with_local_keys(home_settings(state), state)


def test_root_below_a_closed_folder_keeps_the_data_where_postgres_can_go(state):
    closed = state / "closed"
    closed.mkdir(mode=0o700)
    folder = state_folder(closed / ".ml-connector")
    if server_account() is None:
        assert folder == closed / ".ml-connector"
        return
    assert folder != closed / ".ml-connector"
    assert folder == state_folder(closed / ".ml-connector")
    try:
        with servers(home_settings(closed / ".ml-connector"), durable=False) as settings:
            assert query(settings.database_url, "SELECT 1") == [(1,)]
            assert (closed / ".ml-connector" / "secret.keys").exists()
    finally:
        assert processes_below(folder) == []
        shutil.rmtree(folder)
