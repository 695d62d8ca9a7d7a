"""What the scenarios showed: on the terminal, and as the table in docs/reliability-figures.md."""

import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

#: The figures that have a column of their own; the others stand in the last one.
COLUMNS = {
    "seed": "seed",
    "records": "records",
    "faults": "calls gone wrong",
    "fired": "killed or frozen",
    "spare_drafts": "spare drafts",
    "quiet_s": "quiet after, s",
    "verdict": "verdict",
}
HEAD = ["scenario", *COLUMNS.values(), "beside it", "day"]
ABOUT = """# What the fault kit showed

Written by `make chaos`, scenario by scenario; [reliability.md](reliability.md) says what each is about. A run of a
part of the kit replaces the rows of that part. The machine of the last run had {cores} cores.

"""

Figures = Mapping[str, Any]
_MOST_OF_WHY = 160


def figures(ended: pytest.TestReport) -> Figures:
    """What a scenario left behind, and how it ended; where something was missing, what that did."""
    left = dict(ended.user_properties)
    if "without" not in left:
        return {**left, "outcome": ended.outcome}
    why = getattr(getattr(ended.longrepr, "reprcrash", None), "message", "it passed")
    first = why.removeprefix("AssertionError: ").partition("\n")[0][:_MOST_OF_WHY]
    return {
        **left,
        "verdict": "passed" if why == "it passed" else "failed, as it must",
        "seen": first,
    }


def lines(told: Iterable[tuple[str, Figures]]) -> Iterable[str]:
    """A line of text for each scenario."""
    for name, figures in sorted(told):
        yield f"{name}: " + "  ".join(f"{key}={value}" for key, value in figures.items())


def write(file: Path, told: Iterable[tuple[str, Figures]]) -> None:
    """Put the scenarios into the table, in the place of what they showed before."""
    rows = _rows(file.read_text(encoding="utf-8")) if file.exists() else {}
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    for name, figures in told:
        beside = [f"{key} {value}" for key, value in figures.items() if key not in COLUMNS]
        known = [str(figures.get(column, "")) for column in COLUMNS]
        rows[_title(name)] = [_title(name), *known, ", ".join(beside), today]
    table = [HEAD, ["---"] * len(HEAD), *(rows[title] for title in sorted(rows))]
    file.write_text(
        ABOUT.format(cores=os.cpu_count()) + "".join(f"| {' | '.join(row)} |\n" for row in table),
        encoding="utf-8",
    )


def _rows(text: str) -> dict[str, list[str]]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    return {row[0]: row for row in cells[2:]}


def _title(test: str) -> str:
    """`test_f01_a_worker_is_killed[x]` as `F01 a worker is killed: x`."""
    name, _, case = test.removeprefix("test_").rstrip("]").partition("[")
    title = re.sub(r"\bf(\d\d)", r"F\1", name.replace("_", " "))
    return f"{title}: {case}" if case else title
