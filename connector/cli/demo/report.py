"""What a demo found, for a person to read."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click

from connector.cli.demo.proof import Proof
from connector.cli.output import print_table


@dataclass(frozen=True, slots=True)
class Account:
    """What became of one ERP's records. `latencies_s` are from the webhook to EXPORTED."""

    title: str
    proof: Proof
    counts: Mapping[str, int]
    calls_to_brex: int
    calls_to_erp: int
    latencies_s: Sequence[float]

    @property
    def passed(self) -> bool:
        """Whether the promise was kept for every record."""
        stopped = self.counts.get("held", 0) + self.counts.get("skipped", 0)
        return self.proof.holds and not stopped

    def figures(self) -> dict[str, str]:
        """Each figure, with the first record ids of whatever is wrong."""
        proof, number = self.proof, max(1, self.proof.records)
        several = len(self.latencies_s) > 1
        median = f"{statistics.median(self.latencies_s):.2f} s" if several else ""
        return {
            "records released in Brex": str(proof.records),
            "documents in the ERP": str(proof.documents),
            "duplicates": _listed(proof.duplicated),
            "missing": _listed(proof.missing),
            "wrong totals": _listed(proof.wrong_total),
            "documents of nobody": _listed(proof.foreign),
            "not EXPORTED in Brex": _listed(proof.not_exported),
            "held": str(self.counts.get("held", 0)),
            "calls to Brex": f"{self.calls_to_brex}, {self.calls_to_brex / number:.2f} a record",
            "calls to the ERP": f"{self.calls_to_erp}, {self.calls_to_erp / number:.2f} a record",
            "webhook to EXPORTED, median": median,
            "webhook to EXPORTED, p99": f"{_p99(self.latencies_s):.2f} s" if several else "",
        }


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one run, ERP beside ERP."""

    accounts: Sequence[Account]
    elapsed_s: float

    @property
    def passed(self) -> bool:
        """Whether the promise was kept for every record of every ERP."""
        return all(account.passed for account in self.accounts)

    def show(self) -> None:
        """Print it."""
        columns = [account.figures() for account in self.accounts]
        rows = [(name, *(column[name] for column in columns)) for name in columns[0]]
        print_table(("", *(account.title for account in self.accounts)), rows)
        records = sum(account.proof.records for account in self.accounts)
        rate = records / max(self.elapsed_s, 0.001)
        click.echo(f"{rate:.1f} records/s in {self.elapsed_s:.1f} s, all ERPs together.")
        click.echo(
            "Every record was posted exactly once, with its total, and is EXPORTED in Brex."
            if self.passed
            else "NOT every record was posted exactly once and exported."
        )


def _listed(ids: Sequence[str]) -> str:
    return f"{len(ids)}: {', '.join(ids[:3])}" if ids else "0"


def _p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]
