"""Where everything is measured: real servers that keep their promises, and a sandbox."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import psycopg2
from redis import Redis

from connector.domain.numbers import document_number
from connector.embedded.servers import running_servers
from connector.settings import Settings
from connector.store.migrations import migrate
from tests import canaries
from tests.benchmarks.finished import finish
from tests.benchmarks.meter import Meter
from tests.conftest import with_path
from tests.endtoend.erps import ERPS, INFOR, Erp
from tests.endtoend.installation import NAME, Installation
from tests.sandbox_process import Sandbox
from tests.waiting import wait_until

#: Threads of a worker as `ml-connector up` starts it.
CONCURRENCY = 16
#: How long M3 takes to validate a batch; nothing in the sandbox has a limit unless one is asked for.
VALIDATION_S = 0.05
_PEERS = {
    "brex": {"requests_per_window": 0},
    "infor": {"requests_per_minute": 0, "validation_s": VALIDATION_S, "update_s": 0.0},
    "ifs": {"requests_per_minute": 0},
}


@dataclass(frozen=True, slots=True)
class Calls:
    """What the peers were asked so far."""

    brex: int
    erp: int
    refused: int

    def since(self, before: Calls) -> Calls:
        """What was asked after `before`."""
        return Calls(self.brex - before.brex, self.erp - before.erp, self.refused - before.refused)


class Place:
    """Servers and a sandbox, shared by all runs; each has a database of its own."""

    def __init__(self, settings: Settings, servers: dict[str, int], folder: Path) -> None:
        self.settings = settings
        self.sandbox = Sandbox(folder)
        self._servers = servers | {"sandbox": self.sandbox.process.pid}
        self._folder = folder
        self._numbers = count(1)

    def start_afresh(self, *, latency_s: float = 0.0, erp_limit: int = 0) -> None:
        """Peers that know nothing and have no limit of their own, and an empty Redis."""
        self.sandbox.call("POST", "/reset")
        self.sandbox.call("PATCH", "/settings", canaries.SANDBOX)
        peers: dict[str, dict[str, Any]] = {
            name: {**usual, "latency_s": latency_s} for name, usual in _PEERS.items()
        }
        for one in ERPS.values():
            peers[one.peer]["requests_per_minute"] = erp_limit
        self.sandbox.call("PATCH", "/settings", peers)
        with Redis.from_url(self.redis_url) as client:
            client.flushall()

    @property
    def redis_url(self) -> str:
        """The broker."""
        assert self.settings.redis_url
        return self.settings.redis_url.reveal()

    def folder(self) -> Path:
        """A folder of one run."""
        made = self._folder / f"run-{next(self._numbers)}"
        made.mkdir()
        return made

    def meter(self, **processes: list[int]) -> Meter:
        """Measures the servers, the sandbox and these."""
        return Meter({name: [pid] for name, pid in self._servers.items()} | processes)

    def spend(self, records: int) -> list[str]:
        """So many coded records in Brex, other ones each time."""
        body = {"count": records, "seed": next(self._numbers)}
        return self.sandbox.call("POST", "/brex/generate", body, timeout_s=300)["ids"]

    def calls(self) -> Calls:
        """What the peers were asked since they were started afresh."""
        seen = self.sandbox.call("GET", "/calls")
        made = {peer: one["http_calls"] for peer, one in seen.items()}
        return Calls(
            made.get("brex", 0),
            sum(made.get(one.peer, 0) for one in ERPS.values()),
            sum(one["statuses"].get("429", 0) for one in seen.values()),
        )

    def assert_posted_once(self, ids: list[str], erp: Erp = INFOR) -> None:
        """Each record is one document of its amount in the ERP, and EXPORTED in Brex, once."""
        seen = self.sandbox.call("GET", "/brex/records", timeout_s=300)["records"]
        records = {one["id"]: one for one in seen}
        for one in ids:
            stands = (records[one]["review_status"], records[one]["export_count"])
            assert stands == ("EXPORTED", 1), (one, stands)
        ledger = erp.ledger(self.sandbox)
        for one in ids:
            there = ledger.get(document_number(one), [])
            assert len(there) == 1, f"{one} is {len(there)} times in {erp.name}"
            amount = sum(line[0] * times for line, times in there[0].items())
            assert amount == Decimal(str(records[one]["amount"]["amount"])), one

    def new_installation(self, **connection: Any) -> Installation:
        """A connection on a new database; nothing runs yet."""
        made = Installation(self._new_database(), self.sandbox, self.folder())
        made.connect(timeout_s=30, settle_s=90, **connection)
        return made

    @contextmanager
    def installation(
        self,
        *,
        workers: int = 2,
        finished: int = 0,
        erp_limit: int = 0,
        latency_s: float = 0.0,
        warm_up_with: int = 100,
        **connection: Any,
    ) -> Iterator[tuple[Installation, Meter]]:
        """Gateway, workers and beat on a new database, warm; `finished` records lie behind."""
        self.start_afresh(latency_s=latency_s, erp_limit=erp_limit)
        limit = erp_limit or 100_000
        with closing(self.new_installation(requests_per_minute=limit, **connection)) as made:
            finish(self.url_of(made), made.application.wired(NAME).connection.id, finished)
            names = [f"worker-{number}" for number in range(1, workers + 1)]
            for name in names:
                made.worker(name, concurrency=CONCURRENCY)
            made.beat()
            made.gateway()
            pids = {name: process.pid for name, process in made.processes.items()}
            meter = self.meter(
                workers=[pids[name] for name in names],
                beat=[pids["beat"]],
                gateway=[pids["gateway"]],
            )
            warm_up(self, made, warm_up_with)
            yield made, meter

    def _new_database(self) -> Settings:
        assert self.settings.database_url
        name = f"bench_{next(self._numbers)}"
        with closing(psycopg2.connect(self.settings.database_url.reveal())) as connection:
            connection.autocommit = True
            connection.cursor().execute(f"CREATE DATABASE {name}")
        url = with_path(self.settings.database_url, f"/{name}")
        migrate(url)
        return replace(self.settings, database_url=url)

    @staticmethod
    def url_of(installation: Installation) -> str:
        assert installation.settings.database_url
        return installation.settings.database_url.reveal()


def warm_up(place: Place, installation: Installation, records: int) -> None:
    """Some records go all the way, so that every worker has its tokens and connections."""
    place.spend(records)
    installation.release()
    path = "/brex/records?status=EXPORTED"
    wait_until(
        lambda: len(place.sandbox.call("GET", path)["records"]) == records, "it is warm", 600
    )
    wait_until(lambda: unfinished(installation) == 0, "nothing is left")


def unfinished(installation: Installation) -> int:
    """Records that are on their way, from an index that has no others."""
    return installation.sql("SELECT count(*) FROM record WHERE due_at IS NOT NULL")[0][0]


@contextmanager
def measuring_place() -> Iterator[Place]:
    """A place with PostgreSQL and Redis of its own, on disk, with fsync as in earnest."""
    with tempfile.TemporaryDirectory(prefix="ml-connector-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        settings = Settings.from_environment(
            {"ML_CONNECTOR_HOME": str(folder), "ML_CONNECTOR_ALLOW_HTTP": "1"}
        )
        with running_servers(settings, folder / "state") as running:
            pids = {}
            for server in running.owned:
                assert server.child.process
                kind = "redis" if "Redis" in server.child.name else "postgres"
                pids[kind] = server.child.process.pid
            place = Place(running.settings, pids, folder)
            try:
                yield place
            finally:
                place.sandbox.stop()


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))
