"""Runs the plain Celery chain against the same sandbox, in several configurations."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import requests
from celery import Celery

from tests import canaries
from tests.benchmarks.meter import Meter
from tests.benchmarks.place import Place
from tests.benchmarks.run import Run, Stopwatch
from tests.waiting import wait_until

_EXPORT = "POST /v3/accounting/records/export-results"
_WARM_UP = 100
_OFTEN_S = 0.1
#: Far more than it takes on a machine that does nothing else.
_PATIENCE_S = 600


@dataclass(frozen=True, slots=True)
class Configuration:
    """A pool, its size, and how many such workers."""

    pool: str
    concurrency: int
    workers: int = 1

    def __str__(self) -> str:
        return f"{self.workers} x {self.pool} {self.concurrency}"


#: For peers that answer at once, and for peers that take their time.
CONFIGURATIONS = (
    (
        Configuration("prefork", 2),
        Configuration("prefork", 8),
        Configuration("threads", 8, workers=2),
    ),
    (
        Configuration("prefork", 24),
        Configuration("threads", 16, workers=2),
        Configuration("threads", 48, workers=2),
    ),
)


def backlog(place: Place, records: int, configuration: Configuration, latency_s: float) -> Run:
    """The same backlog: its messages are in the broker before the warm workers go on."""
    place.start_afresh(latency_s=latency_s)
    app = Celery("plain", broker=place.redis_url)
    with _workers(place, configuration) as meter:
        _start(app, place, _WARM_UP)
        wait_until(lambda: _exported(place) == _WARM_UP, "it is warm", _PATIENCE_S)
        with meter.stopped("workers"):
            ids = _start(app, place, records)
            watch = Stopwatch(place, meter)
            began = time.time()
        while _exported(place) < _WARM_UP + records:
            watch.look()
            time.sleep(_OFTEN_S)
        run = watch.stop(records, _last_export(place) - began)
        place.assert_posted_once(ids)
        return run


@contextmanager
def _workers(place: Place, configuration: Configuration) -> Iterator[Meter]:
    folder = place.folder()
    ionapi = requests.get(f"{place.sandbox.url}/_sandbox/infor/ionapi", timeout=10).text
    (folder / "plain.ionapi").write_text(ionapi, encoding="utf-8")
    environment = os.environ | {
        "PLAIN_BREX": place.sandbox.url,
        "PLAIN_BREX_TOKEN": canaries.BREX_TOKEN,
        "PLAIN_IONAPI": str(folder / "plain.ionapi"),
        "PLAIN_REDIS": place.redis_url,
    }
    with (folder / "plain.log").open("ab") as log:
        processes = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "celery", "--app", "tests.benchmarks.plain_tasks:app"),
                    *("worker", "--pool", configuration.pool),
                    *("--concurrency", str(configuration.concurrency)),
                    *("--without-mingle", "--without-gossip", "--loglevel", "WARNING"),
                    *("--hostname", f"plain-{number}@%h"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
            )
            for number in range(configuration.workers)
        ]
    try:
        yield place.meter(workers=[process.pid for process in processes])
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)


def _start(app: Celery, place: Place, records: int) -> list[str]:
    """New records, released, and the first task of each sent."""
    ids = place.spend(records)
    place.sandbox.call("POST", "/brex/release", {"ids": ids, "send": False}, timeout_s=300)
    with app.connection_for_write() as connection, app.amqp.Producer(connection) as producer:
        for one in ids:
            app.send_task("tests.benchmarks.plain_tasks.fetch", args=[one], producer=producer)
    return ids


def _exported(place: Place) -> int:
    return place.sandbox.operations("brex").get(_EXPORT, 0)


def _last_export(place: Place) -> float:
    seen = place.sandbox.call("GET", "/brex/records?status=EXPORTED", timeout_s=300)["records"]
    return max(
        datetime.fromisoformat(result["received_at"]).timestamp()
        for record in seen
        for result in record["exports"]
    )
