"""An installation under attack: processes that die, freeze and come back, and time that flies."""

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
from tests.chaos import points, strategies
from tests.chaos.judge import Verdict, judge
from tests.chaos.points import Plan
from tests.endtoend.installation import NAME, Installation
from tests.sandbox_process import Sandbox
from tests.waiting import wait_until

#: The product promises to be quiet so soon after everything works again.
QUIET_WITHIN_S = 300.0
#: An hour, where time flies.
_FLIES_S = 2.0


class Stage(Installation):
    """An installation whose workers are started again when they die, and woken when they freeze.

    `seed` decides what goes wrong. `flying_time`: what nobody touched for two seconds has not
    been touched for an hour (leases, waits, settling times), so that a run takes a minute.
    """

    def __init__(
        self, settings: Settings, sandbox: Sandbox, folder: Path, *, seed: int, figures: Any
    ) -> None:
        super().__init__(settings, sandbox, folder)
        self.seed = seed
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
        self._keeper.start()

    # -- setting up --------------------------------------------------------------------------------

    def plan(self, *plans: Plan) -> None:
        """What goes wrong in the attacked processes from now on."""
        points.put_in_force(self.folder, plans)

    def attacked_worker(
        self,
        name: str = "worker",
        *,
        strategy: str = "",
        pool: str = "prefork",
        concurrency: int = 4,
        keep: bool = True,
        **broker: str,
    ) -> None:
        """A worker whose processes follow the plans; with prefork, its pool forks new ones.

        `broker` is what `tests.chaos.broker` reads.
        """
        environment = points.environment(self.folder, self.seed) | broker
        environment[strategies.STRATEGY] = strategy

        def start() -> None:
            self.worker(
                name,
                "tests.chaos.worker:app",
                pool=pool,
                concurrency=concurrency,
                **environment,
            )

        start()
        if keep:
            self._kept[name] = start

    def attacked_gateway(self, **broker: str) -> None:
        """A gateway whose worker processes follow the plans; gunicorn starts new ones."""
        environment = points.environment(self.folder, self.seed) | broker
        self.gateway("tests.chaos.gateway:app", **environment)

    # -- the run -----------------------------------------------------------------------------------

    def storm(self, rate: float, kinds: tuple[str, ...], **rule: Any) -> None:
        """Each of these faults at `rate` of the writes to the ERP."""
        for kind in kinds:
            usual = {"peer": self.erp.peer, "effect": "write", "rate": rate}
            self.sandbox.fault(kind, **usual | rule)

    def until_quiet(self, count: int, limit_s: float = QUIET_WITHIN_S) -> None:
        """Wait until so many records are known, and nothing is on its way any more."""

        def quiet() -> bool:
            standing = self.statuses()
            return set(standing) <= {"exported", "held"} and standing.total() == count

        try:
            wait_until(quiet, f"{count} records come to rest", limit_s)
        except AssertionError:
            raise AssertionError(f"seed {self.seed}: {self._what_is_late()}") from None

    def heal(self, count: int, limit_s: float = QUIET_WITHIN_S) -> None:
        """Nothing goes wrong any more; a person lets held records go on; all come to rest."""
        self.figure(faults=self.sandbox.fired(), fired=self.fired())
        self.plan()
        self.sandbox.call("DELETE", "/faults")
        healed_at = time.monotonic()
        self.retry_all()
        self.until_quiet(count, limit_s)
        self.figure(quiet_s=round(time.monotonic() - healed_at, 1))

    def verdict(self, ids: list[str], **options: Any) -> Verdict:
        """The judge's verdict, put down among the figures of the scenario."""
        verdict = judge(self, ids, **options)
        (spares,) = self.sql("SELECT count(*) FROM erp_draft WHERE state IN ('spare', 'removed')")
        self.figure(
            records=len(ids),
            spare_drafts=spares[0],
            restarts=self.restarts,
            verdict=str(verdict) or "sound",
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
        log = self.folder / points.FIRED
        return len(log.read_text().splitlines()) if log.exists() else 0

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
        found: list[psutil.Process] = []
        for started in list(self.processes.values()):
            with suppress(psutil.Error):
                parent = psutil.Process(started.pid)
                found += [parent, *parent.children(recursive=True)]
        return found

    def _what_is_late(self) -> str:
        rows = self.sql(
            "SELECT record_id, status, reason, note, claims, attempt, lease_until, due_at"
            " FROM record WHERE status NOT IN ('exported', 'held') LIMIT 5"
        )
        logs = "".join(self.log_of(name)[-1500:] for name in self.processes)
        return f"{self.statuses()}: {rows}\n{logs}"
