"""Whoever can write to Redis runs no code here, and stops no worker."""

import base64
import json
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis

from connector.cli import programs
from connector.cli.supervisor import Supervisor
from connector.domain.records import Step
from connector.registry import ERPS
from connector.settings import Settings
from tests.waiting import wait_until
from workers.configuration import celery_app
from workers.messages import LARGEST_BODY, fault_of
from workers.nudges import CeleryNudger
from workers.queues import ALL

ARGUMENTS = [["ghost", []], {}, {}]


class RunsCommand:
    """What pickle would run as it reads it."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


def encoded(body: bytes | str) -> str:
    return base64.b64encode(body.encode() if isinstance(body, str) else body).decode()


def message(body: Any = ARGUMENTS, *, raw: bytes | str | None = None, **changes: Any) -> dict:
    """A task message of Celery's protocol 2; `headers` and `properties` are changed within."""
    number = str(uuid4())
    sound: dict[str, Any] = {
        "body": encoded(json.dumps(body) if raw is None else raw),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"task": "fetch", "id": number, "root_id": number, "retries": 0}
        | changes.pop("headers", {}),
        "properties": {
            "delivery_tag": number,
            "delivery_info": {"exchange": "", "routing_key": "fetch"},
            "body_encoding": "base64",
        }
        | changes.pop("properties", {}),
    }
    return sound | {name.replace("_", "-"): value for name, value in changes.items()}


def without(*names: str) -> dict:
    return {name: value for name, value in message().items() if name not in names}


def pickled(command: str, content_type: str = "application/x-python-serialize") -> dict:
    body = pickle.dumps(([RunsCommand(command)], {}, {}))
    return message(raw=body, content_type=content_type, content_encoding="binary")


def hostile(canary: Path) -> dict[str, str]:
    """Messages as they would stand in a queue."""
    touch = f"touch {canary}"
    decoded = {
        "a pickle": pickled(touch),
        "a pickle called JSON": pickled(touch, "application/json"),
        "a pickle in the right encoding": message(
            raw=pickle.dumps(RunsCommand(touch)), content_type="application/x-python-serialize"
        ),
        "yaml": message(
            raw=f"!!python/object/apply:os.system ['{touch}']", content_type="application/x-yaml"
        ),
        "no content type": without("content-type"),
        "a scalar": 5,
        "a list": [],
        "an empty object": {},
        "no properties": without("properties"),
        "no headers": without("headers"),
        "no body": without("body"),
        "no tag": message(properties={"delivery_tag": None}),
        "no way": message(properties={"delivery_info": "fetch"}),
        "a body that is not base64": message() | {"body": "***"},
        "a body that is not JSON": message(raw="{nope"),
        "a body that is text": message("x"),
        "a body that is an object": message({"task": "fetch", "args": []}),
        "a deep body": message(raw="[" * 100_000 + "]" * 100_000),
        "arguments that are no list": message([5, {}, {}]),
        "a compressed body": message(headers={"compression": "application/x-gzip"}),
        "a huge body": message([["ghost", ["x" * LARGEST_BODY]], {}, {}]),
        "limits": message(headers={"timelimit": "nonsense"}),
        "retries": message(headers={"retries": "many"}),
        "a task that follows": message([*ARGUMENTS[:2], {"callbacks": [{"task": "tick"}]}]),
        "no task": message(headers={"task": None}),
        "an unknown task": message([[touch], {}, {}], headers={"task": "os.system"}),
        "one of Celery's tasks": message([[touch], {}, {}], headers={"task": "celery.map"}),
        "arguments of other types": message([[{"a": 1}, 2], {}, {}]),
        "no arguments": message([[], {}, {}]),
        "unknown names": message([["ghost", []], {"evil": touch}, {}]),
        "half a character": message([["ghost\ud800", []], {}, {}]),
        "SQL": message([["'; DROP TABLE record; --", ["'; DROP TABLE record; --"]], {}, {}]),
        "a time that is none": message(headers={"eta": "nonsense"}),
        "an end that is none": message(headers={"expires": "nonsense"}),
    }
    return {
        "no JSON at all": "nonsense",
        "nothing": "",
        "bytes": "\udcff\udcfe",
        "a deep message": "[" * 100_000,
        **{name: json.dumps(value) for name, value in decoded.items()},
    }


@pytest.fixture
def redis(settings: Settings) -> Iterator[Redis]:
    with Redis.from_url(settings.redis_url.reveal()) as client:
        yield client


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[Supervisor]:
    program = programs.worker(settings, concurrency=2)
    with Supervisor([program], log_folder=tmp_path / "log", longest_wait_s=0.1) as supervisor:
        yield supervisor


@pytest.fixture
def consumes(settings: Settings, redis: Redis, worker: Supervisor) -> Callable[[], None]:
    """Waits until the worker has taken a hint from the queue of every step."""
    nudger = CeleryNudger(settings.redis_url)

    def wait() -> None:
        for step in Step:
            for erp in ERPS:
                nudger.nudge(step, "ghost", erp)

        def taken() -> bool:
            worker.tend()
            return not redis.keys("ml-connector:hint:*")

        wait_until(taken, "a hint of every queue is taken", 30)

    return wait


def log_lines(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "log" / "worker.log").read_text()
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def alerts(folder: Path) -> list[str]:
    return [line["event"] for line in log_lines(folder) if line["level"] in {"error", "critical"}]


@pytest.mark.timeout(180)
def test_hostile_messages_run_nothing_and_stop_no_worker(redis, worker, consumes, tmp_path):
    consumes()
    pid = worker.supervised[0].pid
    canary = tmp_path / "canary"
    messages = hostile(canary)
    for queue in ALL:
        for text in messages.values():
            redis.lpush(queue, text.encode("utf-8", "surrogateescape"))
    wait_until(lambda: not any(redis.llen(queue) for queue in ALL), "all of them are taken")
    consumes()
    assert worker.supervised[0].pid == pid
    assert not canary.exists()
    refused = [line for line in log_lines(tmp_path) if line["event"] == "broker_message_refused"]
    assert all(line["level"] == "error" and line["why"] for line in refused)
    # SQL in place of a name is no fault of the message: there is no such connection
    wait_until(lambda: len(alerts(tmp_path)) >= (len(messages) - 1) * len(ALL), "all are told of")
    wait_until(lambda: redis.hlen("unacked") == 0, "none is left to be delivered again")


def test_a_remote_shutdown_costs_a_restart(settings, worker, consumes, tmp_path):
    consumes()
    pid = worker.supervised[0].pid
    with celery_app(settings.redis_url) as app:
        app.control.broadcast("shutdown")
    wait_until(lambda: worker.tend() or worker.supervised[0].pid not in {None, pid}, "it restarts")
    consumes()


@pytest.mark.parametrize("queue", ALL)
def test_what_the_product_sends_is_taken(settings, redis, queue):
    with celery_app(settings.redis_url) as app:
        ids = ["x" * 128] * 100
        app.send_task("fetch", args=["a" * 40, ids], queue=queue, countdown=5, expires=60)
    assert fault_of(json.loads(redis.lpop(queue)), queue) is None


@pytest.mark.parametrize(
    "queue", ["a.reply.celery.pidbox", "celery@host.celery.pidbox", "celeryev.1"]
)
def test_what_celery_sends_itself_is_taken(queue):
    assert fault_of(message({"celery@host": {"ok": "pong"}}, headers={"task": None}), queue) is None
    assert fault_of(pickled("true"), queue) is not None
