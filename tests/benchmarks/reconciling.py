"""Reconciling a quarter with known differences: whether it finds them all, and what it costs."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from connector.domain.reconciliation import Ending
from tests.benchmarks.ledgers import Ledger
from tests.benchmarks.place import Calls, Place
from tests.benchmarks.quarter import Quarter
from tests.endtoend.installation import NAME, Installation


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process that did one thing has cost."""

    seconds: float
    cpu_s: float
    peak_mb: float
    #: What the simulated peers took beside it.
    sandbox_cpu_s: float
    calls: Calls

    def times(self, other: Cost) -> dict[str, float]:
        """How many times as much as another it took, by what."""
        return {
            "time": self.seconds / other.seconds,
            "CPU": self.cpu_s / other.cpu_s,
            "memory": self.peak_mb / other.peak_mb,
        }


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A quarter, pulled and reconciled; every item of it ended as it had to."""

    pull: Cost
    reconcile: Cost


def quarter(place: Place, ledger: Ledger, transactions: int) -> Reconciled:
    """Fill everything, pull and reconcile, each in a process of its own."""
    place.start_afresh()
    with closing(place.new_installation(erp=ledger.erp)) as made:
        filled = Quarter(place.sandbox, ledger, transactions, datetime.now(UTC).date())
        filled.fill(place.url_of(made), made.application.wired(NAME).connection.id)
        pull = _cost(place, made, "pull", filled)
        reconcile = _cost(place, made, "reconcile", filled)
        _assert_found(made, filled)
    return Reconciled(pull, reconcile)


def _cost(place: Place, made: Installation, what: str, filled: Quarter) -> Cost:
    before, meter = place.calls(), place.meter()
    sandbox_s = meter.cpu_s()["sandbox"]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.benchmarks.reconciling", what),
            *(filled.since.isoformat(), filled.until.isoformat()),
        ],
        env=os.environ | made.settings.to_environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Cost(
        **json.loads(done.stdout.splitlines()[-1]),
        sandbox_cpu_s=meter.cpu_s()["sandbox"] - sandbox_s,
        calls=place.calls().since(before),
    )


def _assert_found(made: Installation, filled: Quarter) -> None:
    """Every seeded item ended as it had to, and nothing else was found."""
    ((endings, faults),) = made.sql("SELECT endings, faults FROM reconciliation")
    found = dict(made.sql("SELECT name, ending FROM reconciliation_item"))
    wrong = {
        name: (ending, filled.expected.get(name))
        for name, ending in found.items()
        if ending != filled.expected.get(name)
    }
    lacking = filled.expected.keys() - found.keys()
    assert not wrong, (len(wrong), list(wrong.items())[:5])
    assert not lacking, (len(lacking), list(lacking)[:5])
    wanted = Counter(one.value for one in filled.expected.values())
    wanted[Ending.MATCHED] = filled.matched
    assert endings == wanted, (endings, wanted)
    unread = f"the ERP did not show {wanted[Ending.UNREADABLE]} of the documents it was asked for"
    assert faults == [unread], faults


def run(what: str, since: date, until: date) -> dict[str, float]:
    """What the process is there for, measured: it is the child that is."""
    from connector import log
    from connector.bootstrap import Application
    from connector.settings import Settings

    log.configure(level=logging.WARNING)
    with closing(Application(Settings.from_environment(os.environ), actor="measuring")) as made:
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        wired = made.wired(NAME)
        if what == "pull":
            report = wired.pulls.run(since)
            assert not [one.error for one in report.pulls if one.error], report.summary
            assert not report.put_off, report.summary
        else:
            wired.reconciliations.keep(wired.reconcile.run(since, until))
        return {
            "seconds": time.perf_counter() - began_s,
            "cpu_s": time.process_time() - began_cpu_s,
            "peak_mb": _peak_mb(),
        }


def _peak_mb() -> float:
    """The most memory that the process had: getrusage would count the one that started it."""
    (kb,) = re.findall(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return int(kb) * 1024 / 1e6


if __name__ == "__main__":
    asked, first, after = sys.argv[1:]
    print(json.dumps(run(asked, date.fromisoformat(first), date.fromisoformat(after))))
