"""`make bench`: what the pipeline costs, beside a plain Celery chain measured in the same run.

Prints and asserts nothing but that every record was posted once and is EXPORTED; a figure of a run
where that is not so does not count. `--full` adds the long sizes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from connector.suppliers.catalogue import Catalogue
from tests.benchmarks import gateway, lease_query, pipeline, plain_chain, reconciling, suppliers
from tests.benchmarks.ledgers import LEDGERS
from tests.benchmarks.place import VALIDATION_S, Place, measuring_place
from tests.benchmarks.report import Report
from tests.endtoend.erps import IFS
from tests.suppliers import labelled

#: Peer latencies, in seconds, and how many times the plain chain's throughput is wanted there.
LATENCIES = {0.0: 4, 0.03: 3}
RECORDS = 5_000
PLAIN_RECORDS = 500
IFS_RECORDS = 2_000
#: Records, and finished ones behind them.
SIZES = ((500, 10_000), (5_000, 10_000), (5_000, 1_000_000))
LONG_SIZES = ((50_000, 10_000), (5_000, 10_000_000), (50_000, 10_000_000))
WORKERS = (1, 2, 4)
SCALING_RECORDS = 1_000
#: Transactions of a quarter, and the calls that the background has of 1,000 a minute.
QUARTERS = (5_000,)
LONG_QUARTERS = (5_000, 20_000, 80_000)
BACKGROUND_A_MINUTE = 300
QUARTER_WANTED, WANTED = 20_000, {"seconds": "< 60", "memory": "< 400"}


def throughput(place: Place, report: Report, *, full: bool) -> None:
    """The pipeline against the best plain chain."""
    for latency_s, wanted in LATENCIES.items():
        report.title(f"{RECORDS:,} records, peers that take {latency_s * 1000:.0f} ms")
        run = pipeline.backlog(place, RECORDS, latency_s=latency_s)
        report.run("pipeline", run, memory=True)
        report.figure("Brex calls per record", run.calls.brex / run.records, wanted="< 0.1")
        report.figure("M3 calls per record", run.calls.erp / run.records, wanted="< 0.3")
        report.figure("answers 429", run.refused_share * 100, "%", "< 1")
        best = 0.0
        for configuration in plain_chain.CONFIGURATIONS[latency_s > 0]:
            plain = plain_chain.backlog(place, PLAIN_RECORDS, configuration, latency_s)
            report.run(f"plain chain, {configuration}", plain)
            best = max(best, plain.per_s)
        report.figure("pipeline / best plain chain", run.per_s / best, "times", f">= {wanted}")


def ifs(place: Place, report: Report, *, full: bool) -> None:
    """The same pipeline over IFS."""
    latency_s = max(LATENCIES)
    report.title(f"{IFS_RECORDS:,} records into IFS, peers that take {latency_s * 1000:.0f} ms")
    run = pipeline.backlog(place, IFS_RECORDS, erp=IFS, latency_s=latency_s)
    report.run("pipeline into IFS", run, memory=True)
    report.figure("IFS calls per record", run.calls.erp / run.records, wanted="< 0.3")
    report.figure("answers 429", run.refused_share * 100, "%", "< 1")


def single(place: Place, report: Report, *, full: bool) -> None:
    """One record with nothing else to do."""
    report.title("One record, webhook to EXPORTED")
    took = [one - VALIDATION_S for one in pipeline.single_records(place)]
    median_ms, worst_ms = pipeline.summary(took)
    beyond = f"beyond the {VALIDATION_S * 1000:.0f} ms of M3's validation"
    report.figure(f"median {beyond}", median_ms, "ms", "< 150")
    report.figure(f"worst of {len(took)} {beyond}", worst_ms, "ms")


def budget(place: Place, report: Report, *, full: bool) -> None:
    """More work than M3's limit allows."""
    report.title("M3 allows 1,000 calls a minute, one transaction a call")
    used, refused = pipeline.scarce_budget(place)
    report.figure("of the budget used while there was more to do", used * 100, "%", ">= 95")
    report.figure("answers 429", refused * 100, "%", "< 1")


def webhooks(place: Place, report: Report, *, full: bool) -> None:
    """The gateway against a bare endpoint."""
    report.title("Webhooks, the same server settings")
    ours, bare = gateway.rates(place)
    report.figure("gateway: verify, store, nudge", ours, "requests/s")
    report.figure("bare Flask route: verify, push to Redis", bare, "requests/s")
    report.figure("gateway / bare route", ours / bare, "times", ">= 0.5")


def sizes(place: Place, report: Report, *, full: bool) -> None:
    """Whether anything grows faster than the work."""
    report.title("Cost against size")
    asked = (*SIZES, *(LONG_SIZES if full else ()))
    for finished in sorted({finished for _, finished in asked}) if full else ():
        name = f"a lease of 50 records, {finished:,} finished behind them"
        report.figure(name, lease_query.median_ms(place, finished), "ms")
    for records, finished in asked:
        run = pipeline.backlog(place, records, finished=finished)
        report.run(f"{records:,} records, {finished:,} finished behind them", run)


def workers(place: Place, report: Report, *, full: bool) -> None:
    """More worker processes on the same machine."""
    report.title(f"{SCALING_RECORDS:,} records, worker processes")
    for number in WORKERS:
        run = pipeline.backlog(place, SCALING_RECORDS, workers=number)
        report.run(f"{number} worker processes", run)


def matching(place: Place, report: Report, *, full: bool) -> None:
    """Merchants and the suppliers that they are."""
    report.title("Merchants and their suppliers")
    measured = labelled.quality("evaluation", Catalogue(labelled.register()))
    report.figure("automatic matches that are right", measured.precision * 100, "%", ">= 99.5")
    report.figure("right suppliers that are found", measured.recall * 100, "%", ">= 80")
    figures = suppliers.measured()
    many = f"{suppliers.MERCHANTS:,} merchants against {suppliers.SUPPLIERS:,} suppliers"
    report.figure(many, figures["total_s"], "s", "< 20")
    report.figure("the process that did it, at most", figures["peak_mb"], "MB", "< 500")
    report.figure("one merchant, suppliers in memory: median", figures["one_ms"], "ms", "< 5")
    report.figure("one merchant, suppliers in memory: 99th of 100", figures["one_p99_ms"], "ms")


def reconcile(place: Place, report: Report, *, full: bool) -> None:
    """Both sides of a quarter, with known differences of every class."""
    for ledger in LEDGERS if full else LEDGERS[:1]:
        report.title(f"A quarter in {ledger.erp.name}: all seeded differences, and nothing else")
        first: reconciling.Reconciled | None = None
        for number in LONG_QUARTERS if full else QUARTERS:
            found = reconciling.quarter(place, ledger, number)
            report.cost(f"{number:,} transactions pulled", found.pull)
            wanted = WANTED if number == QUARTER_WANTED else {}
            report.cost(f"{number:,} transactions reconciled", found.reconcile, **wanted)
            name = f"{number:,} reconciled: at {BACKGROUND_A_MINUTE} calls a minute"
            report.figure(name, found.reconcile.calls.erp / BACKGROUND_A_MINUTE, "min")
            if first is None:
                first = found
                continue
            for what, times in found.reconcile.times(first.reconcile).items():
                name = f"{number:,} reconciled: {what}, to that of {QUARTERS[0]:,}"
                report.figure(name, times, "times", f"about {number / QUARTERS[0]:.0f}")


SCENARIOS: dict[str, Callable[..., None]] = {
    one.__name__: one
    for one in (throughput, ifs, single, budget, webhooks, matching, sizes, workers, reconcile)
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.benchmarks", description=__doc__)
    parser.add_argument("scenarios", nargs="*", help=f"of {', '.join(SCENARIOS)}; default all")
    parser.add_argument("--full", action="store_true", help="the long sizes too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    asked = parser.parse_args()
    if unknown := set(asked.scenarios) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    report = Report()
    print(", ".join(f"{name} {value}" for name, value in report.machine.items()))
    try:
        with measuring_place() as place:
            for name in asked.scenarios or SCENARIOS:
                SCENARIOS[name](place, report, full=asked.full)
    finally:
        if asked.json:
            report.save(asked.json)


if __name__ == "__main__":
    main()
