"""An installation under attack: processes that die, freeze and come back, and time that flies."""

import re
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from connector.settings import Settings
from tests.chaos import points, without
from tests.chaos.judge import Verdict, judge
from tests.chaos.points import Plan
from tests.endtoend.installation import NAME, Installation
from tests.sandbox_process import Sandbox
from tests.waiting import wait_until

#: The product promises to be quiet so soon after everything works again.
QUIET_WITHIN_S = 300.0
#: What Celery logs of a task: once when it comes, once when it ends.
_TASK = re.compile(r'"event": "Task (?:\S+\[\S+\] |handler )(received|succeeded|retry|raised)')
#: An hour, where time flies.
_FLIES_S = 2.0


class Stage(Installation):
    """An installation whose workers are started again when they die, and woken when they freeze.

    `seed` decides what goes wrong. `flying_time`: what nobody touched for two seconds has not
    been touched for an hour (leases, waits, settling times), so that a run takes a minute.
    `part` is what the product's processes do without.
    """

    def __init__(
        self,
        settings: Settings,
        sandbox: Sandbox,
        folder: Path,
        *,
        seed: int,
        figures: Any,
        part: str = "",
    ) -> None:
        super().__init__(settings, sandbox, folder)
        self.seed = seed
        self.quiet_within_s = QUIET_WITHIN_S
        self._without = ""
        self.flying_time = self.settling_flies = True
        #: whether something between us and the ERP sends calls twice: then so does the ERP's account
        self.repeats_calls = False
        self.stall_s = 6.0
        self.restarts = 0
        self._figures = figures
        self._kept: dict[str, Callable[[], None]] = {}
        self._keeping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper")
        self._stopped: dict[int, float] = {}
        self.do_without(part)
        self._keeper.start()

    # -- setting up --------------------------------------------------------------------------------

    def plan(self, *plans: Plan) -> None:
        """What goes wrong in the attacked processes from now on."""
        points.put_in_force(self.folder, plans)

    def do_without(self, part: str) -> None:
        """Have all processes that are started from now on lack a part of the product."""
        self._without = part
        if part in without.SCHEMA:
            self.sql(without.SCHEMA[part])

    @property
    def environment(self) -> dict[str, str]:
        """What processes under attack are told by."""
        return points.environment(self.folder, self.seed) | without.environment(self._without)

    def worker(self, name: str = "worker", app: str = "", **named: Any) -> None:
        """A worker as it is, which nobody starts again."""
        usual = "tests.chaos.worker:app" if self._without else "workers.main:app"
        super().worker(name, app or usual, **(self.environment | named))

    def gateway(self, app: str = "", **environment: str) -> None:
        """The gateway as it is, subscribed at the sandbox's Brex."""
        usual = "tests.chaos.gateway:app" if self._without else "webhook_gateway.main:app"
        super().gateway(app or usual, **(self.environment | environment))

    def attacked_worker(
        self,
        name: str = "worker",
        *,
        pool: str = "prefork",
        concurrency: int = 4,
        keep: bool = True,
        **broker: str,
    ) -> None:
        """A worker whose processes follow the plans; with prefork, its pool forks new ones.

        `broker` is what `tests.chaos.broker` reads.
        """

        def start() -> None:
            self.worker(
                name, "tests.chaos.worker:app", pool=pool, concurrency=concurrency, **broker
            )

        start()
        if keep:
            self._kept[name] = start

    def attacked_gateway(self, **broker: str) -> None:
        """A gateway whose worker processes follow the plans; gunicorn starts new ones."""
        self.gateway("tests.chaos.gateway:app", **broker)

    # -- the run -----------------------------------------------------------------------------------

    def storm(self, rate: float, kinds: tuple[str, ...], **rule: Any) -> None:
        """Each of these faults at `rate` of the writes to the ERP."""
        for kind in kinds:
            usual = {"peer": self.erp.peer, "effect": "write", "rate": rate}
            self.sandbox.fault(kind, **usual | rule)

    def until_polled(self) -> None:
        """Wait until the first poll is over: what is lost then, no other finds for an hour."""
        polled = "SELECT 1 FROM schedule WHERE job = 'poll' AND finished_at >= started_at"
        wait_until(lambda: self.sql(polled), "the first poll is over")

    def until_quiet(self, count: int, limit_s: float | None = None) -> None:
        """Wait until so many records are known, and nothing is on its way any more."""

        def quiet() -> bool:
            standing = self.statuses()
            return set(standing) <= {"exported", "held"} and standing.total() == count

        try:
            wait_until(quiet, f"{count} records come to rest", limit_s or self.quiet_within_s)
        except AssertionError:
            raise AssertionError(f"seed {self.seed}: {self._what_is_late()}") from None

    def until_awake(self) -> None:
        """Wait until nobody sleeps any more, and what was begun has ended, or died with its worker."""

        def awake() -> bool:
            if any(map(_is_asleep, self._all_processes())):
                return False
            told = [kind for name in self.processes for kind in _TASK.findall(self.log_of(name))]
            return self.restarts > 0 or 2 * told.count("received") == len(told)

        wait_until(awake, "who slept has done what he was at", 120)

    def until_landed(self) -> None:
        """Wait until everything has arrived that was to arrive late."""
        late = lambda: self.sandbox.call("GET", "/faults")["late"]  # noqa: E731
        wait_until(lambda: not late(), "what is late arrives")

    def heal(self, count: int, limit_s: float | None = None) -> None:
        """Nothing goes wrong any more; a person lets held records go on; all come to rest."""
        self.figure(faults=self.sandbox.fired(), fired=self.fired())
        self.plan()
        self.sandbox.call("DELETE", "/faults")
        healed_at = time.monotonic()
        self.retry_all()
        self.until_quiet(count, limit_s)
        self.figure(quiet_s=round(time.monotonic() - healed_at, 1))

    def verdict(self, ids: list[str], **options: Any) -> Verdict:
        """The judge's verdict, put down among the figures of the scenario.

        Whoever was frozen is heard of first, and what is late arrives.
        """
        if "stall" in self._fired():
            self.until_awake()
        self.until_landed()
        verdict = judge(self, ids, **options)
        (spares,) = self.sql("SELECT count(*) FROM erp_draft WHERE state IN ('spare', 'removed')")
        self.figure(
            records=len(ids),
            spare_drafts=spares[0],
            restarts=self.restarts,
            verdict=verdict.summary,
        )
        return verdict

    def assert_sound(self, ids: list[str], **options: Any) -> None:
        """Nothing lost, nothing twice, nothing wrong."""
        verdict = self.verdict(ids, **options)
        assert verdict.is_sound, f"seed {self.seed}: {verdict}"

    def figure(self, **values: Any) -> None:
        """Put figures of this scenario down for the report of the run."""
        for name, value in values.items():
            self._figures(name, value)

    def fired(self) -> int:
        """How often a plan has fired."""
        return len(self._fired().splitlines())

    def _fired(self) -> str:
        log = self.folder / points.FIRED
        return log.read_text() if log.exists() else ""

    def announce(self, ids: list[str], *, name: str = NAME, per_message: int = 50) -> None:
        """Make the records known without a gateway, as many signed events would."""
        connection = self.application.wired(name).connection
        for start in range(0, len(ids), per_message):
            self.application.intake.receive(connection.id, ids[start : start + per_message])

    def close(self) -> None:
        self._kept.clear()
        self.plan()
        self._keeping.set()
        self._keeper.join()
        self._wake(0.0)
        super().close()

    # -- keeping it going --------------------------------------------------------------------------

    def _keep(self) -> None:
        last_s = time.monotonic()
        while not self._keeping.wait(0.2):
            self._wake(self.stall_s)
            for name, start in list(self._kept.items()):
                if name in self.processes and self.died(name):
                    self.restarts += 1
                    start()
            if self.flying_time and time.monotonic() - last_s > 0.5:
                last_s = time.monotonic()
                with suppress(psycopg2.Error):
                    self.let_time_pass(_FLIES_S, settling=self.settling_flies)

    def wake(self, name: str) -> None:
        """Let the processes of that name go on, whether they slept or not."""
        for process in self._processes_of(name):
            with suppress(psutil.Error):
                process.send_signal(signal.SIGCONT)

    def _wake(self, stall_s: float) -> None:
        """Let processes that were stopped for so long go on."""
        for process in self._all_processes():
            with suppress(psutil.Error):
                if process.status() != psutil.STATUS_STOPPED:
                    self._stopped.pop(process.pid, None)
                    continue
                since = self._stopped.setdefault(process.pid, time.monotonic())
                if time.monotonic() - since >= stall_s:
                    process.send_signal(signal.SIGCONT)

    def _all_processes(self) -> list[psutil.Process]:
        return [process for name in list(self.processes) for process in self._processes_of(name)]

    def _processes_of(self, name: str) -> list[psutil.Process]:
        with suppress(psutil.Error, KeyError):
            parent = psutil.Process(self.processes[name].pid)
            return [parent, *parent.children(recursive=True)]
        return []

    def _what_is_late(self) -> str:
        rows = self.sql(
            "SELECT record_id, status, reason, note, claims, attempt, lease_until, due_at"
            " FROM record WHERE status NOT IN ('exported', 'held') LIMIT 5"
        )
        logs = "".join(self.log_of(name)[-1500:] for name in self.processes)
        return f"{self.statuses()}: {rows}\n{logs}"


def _is_asleep(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.status() == psutil.STATUS_STOPPED
    return False
