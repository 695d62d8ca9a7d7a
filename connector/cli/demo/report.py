"""What a demo found, for a person to read."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click

from connector.cli.demo.proof import Proof
from connector.cli.output import print_table


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one run. `latencies_s` are from the webhook to EXPORTED, one per record."""

    proof: Proof
    counts: Mapping[str, int]
    calls: Mapping[str, int]
    latencies_s: Sequence[float]
    elapsed_s: float

    @property
    def passed(self) -> bool:
        """Whether the promise was kept for every record."""
        stopped = self.counts.get("held", 0) + self.counts.get("skipped", 0)
        return self.proof.holds and not stopped

    def show(self) -> None:
        """Print it, with the first record ids of whatever is wrong."""
        proof, number = self.proof, max(1, self.proof.records)
        rows: list[tuple[str, str]] = [
            ("records released in Brex", str(proof.records)),
            ("invoices in the ERP", str(proof.invoices)),
            ("duplicates", _listed(proof.duplicated)),
            ("missing", _listed(proof.missing)),
            ("wrong totals", _listed(proof.wrong_total)),
            ("invoices of nobody", _listed(proof.foreign)),
            ("not EXPORTED in Brex", _listed(proof.not_exported)),
            ("held", str(self.counts.get("held", 0))),
        ]
        for peer, name in (("brex", "Brex"), ("infor", "M3")):
            calls = self.calls.get(peer, 0)
            rows.append((f"calls to {name}", f"{calls}, {calls / number:.2f} a record"))
        if len(self.latencies_s) > 1:
            rows += [
                ("webhook to EXPORTED, median", f"{statistics.median(self.latencies_s):.2f} s"),
                ("webhook to EXPORTED, p99", f"{_p99(self.latencies_s):.2f} s"),
            ]
        rate = proof.records / max(self.elapsed_s, 0.001)
        rows.append(("throughput", f"{rate:.1f} records/s in {self.elapsed_s:.1f} s"))
        print_table(("", ""), rows)
        click.echo(
            "Every record was posted exactly once, with its total, and is EXPORTED in Brex."
            if self.passed
            else "NOT every record was posted exactly once and exported."
        )


def _listed(ids: Sequence[str]) -> str:
    return f"{len(ids)}: {', '.join(ids[:3])}" if ids else "0"


def _p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]
