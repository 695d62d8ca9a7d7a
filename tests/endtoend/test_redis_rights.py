"""The rights of deploy/redis/users.acl are enough for everything, and no more than that."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from redis import Redis

from connector.embedded import EmbeddedRedis
from connector.secret import Secret

RULES = Path(__file__).parents[2] / "deploy" / "redis" / "users.acl"
DENIED = [
    *("FLUSHALL", "FLUSHDB", "CONFIG GET *", "CONFIG SET dir /tmp", "DEBUG SLEEP 0", "KEYS *"),
    *("SHUTDOWN", "SAVE", "BGSAVE", "REPLICAOF no one", "SLAVEOF no one", "MONITOR", "SCAN 0"),
    *("ACL LIST", "ACL SETUSER me on", "CLIENT LIST", "CLIENT KILL TYPE normal", "MODULE LIST"),
    *("MIGRATE h 1 k 0 1", "RESTORE k 0 x", "DUMP k", "SWAPDB 0 1", "FUNCTION LIST"),
    *("SCRIPT FLUSH", "SCRIPT KILL", "RANDOMKEY", "RENAME a b", "SORT k", "OBJECT ENCODING k"),
]
#: What Kombu does when messages go back, queues are purged, or a lock is lost.
RARE = [
    "WATCH k",
    "UNWATCH",
    "DISCARD",
    "RPUSH q m",
    "RPOP q",
    "HGET h f",
    "PTTL k",
    "PEXPIRE k 1",
    "EXISTS k",
]


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedRedis]:
    folder = Path(tempfile.mkdtemp(prefix="ml-connector-acl-"))
    folder.chmod(0o711)
    with EmbeddedRedis(folder) as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture
def admin(server: EmbeddedRedis) -> Iterator[Redis]:
    with Redis.from_url(server.url().reveal()) as client:
        yield client


@pytest.fixture
def empty_redis_url(server: EmbeddedRedis, admin: Redis) -> Secret:
    """The broker as the user of the file, in place of the run's own."""
    (line,) = [line for line in RULES.read_text().splitlines() if "ml_connector" in line]
    admin.execute_command("ACL", "SETUSER", *shlex.split(line)[1:])
    parts = urlsplit(server.url().reveal())
    host = parts.netloc.rpartition("@")[2]
    return Secret(urlunsplit(parts._replace(netloc=f"ml_connector:PASSWORD@{host}")))


@pytest.mark.timeout(180)
def test_the_rights_are_enough(installation, admin):
    installation.everything(poll_every="1s")
    ids = installation.spend(20)
    installation.release()
    installation.wait_for("exported", 20)
    installation.assert_posted_once(ids)
    doctor = subprocess.run(
        [sys.executable, "-m", "connector.cli", "doctor"],
        env=os.environ | installation.settings.to_environment(),
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "ok   workers: worker-1@" in doctor.stdout
    for name in ("worker-1", "beat", "gateway"):
        installation.processes[name].terminate()
        installation.processes[name].wait(30)
    # doctor asks for two settings, and says that it was not told
    assert {entry[b"object"] for entry in admin.execute_command("ACL", "LOG")} == {b"config|get"}


@pytest.mark.parametrize("command", RARE)
def test_what_is_rarely_needed_is_allowed(empty_redis_url, admin, command):
    assert admin.execute_command("ACL", "DRYRUN", "ml_connector", *command.split()) == b"OK"


@pytest.mark.parametrize("command", DENIED)
def test_the_rights_do_not_reach_the_server(empty_redis_url, admin, command):
    said = admin.execute_command("ACL", "DRYRUN", "ml_connector", *command.split())
    assert b"has no permissions" in said


def test_nobody_comes_in_by_default():
    assert "user default off" in RULES.read_text().splitlines()
