"""The gateway as it is deployed: `webhook_gateway.main` in gunicorn, on real PostgreSQL and Redis."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
import requests
from redis import Redis

from connector.connection_file import to_json
from connector.domain.connections import BrexConfig, MappingConfig
from connector.secret import Secret
from connector.settings import Settings
from connector.store.connections import Connections
from connector.store.database import Database
from connector.store.vault import Vault
from tests.gateway.signing import EVENT, SECRET, signed
from tests.waiting import wait_until
from workers.nudges import CeleryNudger

ROOT = Path(__file__).parents[2]


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/readyz", timeout=5).status_code == 200
    except requests.RequestException:
        return False


@pytest.fixture
def gateway(settings: Settings, tmp_path: Path) -> Iterator[str]:
    database = Database(settings.database_url, actor="test", size=1)
    config = to_json(BrexConfig("https://api.brex.com"), MappingConfig("GL_ACCOUNT"), {})
    secrets = {"brex.webhook_secrets.0": Secret(SECRET)}
    Connections(database, Vault(settings.secret_keys)).add("acme", "infor-m3", config, secrets)
    database.close()
    with socket.create_server(("127.0.0.1", 0)) as free:
        bind = f"127.0.0.1:{free.getsockname()[1]}"
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "python:connector.cli.gunicorn_settings",
        "--bind",
        bind,
        "webhook_gateway.main:app",
    ]
    environment = {**os.environ, **settings.to_environment(), "PYTHONPATH": str(ROOT)}
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process,
    ):
        wait_until(lambda: answers(f"http://{bind}") or process.poll() is not None)
        assert process.poll() is None, (tmp_path / "log").read_text()
        yield f"http://{bind}"
        process.terminate()
        process.wait(20)


def query(url: Secret, statement: str) -> list[tuple]:
    connection = psycopg2.connect(url.reveal())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def deliver(gateway: str, message_id: str) -> requests.Response:
    return requests.post(
        f"{gateway}/webhooks/brex/acme",
        data=EVENT,
        headers=signed(message_id=message_id),
        timeout=10,
    )


def test_a_delivery_survives_the_database_and_reaches_the_queue(
    gateway: str, settings: Settings, postgres_url: Secret
) -> None:
    assert deliver(gateway, "msg_1").status_code == 204
    assert deliver(gateway, "msg_1").status_code == 204
    assert query(
        settings.database_url, "SELECT webhook_id, disposition, deliveries FROM webhook_delivery"
    ) == [("msg_1", "accepted", 2)]
    assert query(settings.database_url, "SELECT record_id FROM record ORDER BY record_id") == [
        ("accr_1",),
        ("accr_2",),
    ]

    name = urlsplit(settings.database_url.reveal()).path.strip("/")
    query(postgres_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    query(
        postgres_url,
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    )
    answer = deliver(gateway, "msg_2")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert requests.get(f"{gateway}/readyz", timeout=5).status_code == 503
    query(postgres_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    wait_until(lambda: deliver(gateway, "msg_2").status_code == 204)
    assert query(settings.database_url, "SELECT count(*) FROM webhook_delivery") == [(2,)]


def test_the_metrics_know_the_databases_clock_and_the_jobs(
    gateway: str, settings: Settings
) -> None:
    query(
        settings.database_url,
        "INSERT INTO schedule (connection_id, job, every_s, due_at)"
        " SELECT id, 'poll', 60, now() - interval '5 minutes' FROM connection",
    )
    text = requests.get(f"{gateway}/metrics", timeout=10).text
    found = dict(re.findall(r"^ml_connector_gateway_(\w+_seconds) (\S+)$", text, re.MULTILINE))
    assert 300 <= float(found["job_overdue_seconds"]) < 400
    assert abs(float(found["database_clock_skew_seconds"])) < 2


def test_a_deliverys_hint_reaches_the_broker(gateway: str, settings: Settings) -> None:
    assert deliver(gateway, "msg_1").status_code == 204
    with Redis.from_url(settings.redis_url.reveal()) as redis:
        wait_until(lambda: redis.llen("fetch") == 1)


def test_many_gateways_have_brex_asked_for_its_secrets_once(settings: Settings) -> None:
    with Redis.from_url(settings.redis_url.reveal()) as redis:
        for _ in range(3):
            CeleryNudger(settings.redis_url).refetch_secrets("acme")
        CeleryNudger(settings.redis_url).refetch_secrets("other")
        assert redis.llen("maintenance") == 2
