"""What the scenarios showed: on the terminal, and as the tables in docs/reliability-figures.md."""

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
WHOLE, LACKING = "## The scenarios", "## Without what they guard"
HEADS = {
    WHOLE: ["scenario", *COLUMNS.values(), "beside it", "day"],
    LACKING: ["scenario", "without", "seed", "outcome", "what was seen", "day"],
}
ABOUT = """# What the fault kit showed

Written by `make chaos` and `make chaos-without`, scenario by scenario; [reliability.md](reliability.md) says what each is
about. A run of a part of the kit replaces the rows of that part. The machine of the last run had {cores} cores.
"""

Figures = Mapping[str, Any]
_MOST_OF_WHY = 160


def figures(ended: pytest.TestReport) -> Figures:
    """What a scenario left behind, and how it ended; where something was missing, what that did."""
    left = dict(ended.user_properties)
    if "without" not in left:
        return {**left, "outcome": ended.outcome}
    why = getattr(getattr(ended.longrepr, "reprcrash", None), "message", "")
    seen = why.removeprefix("AssertionError: ").partition("\n")[0][:_MOST_OF_WHY]
    return {**left, "outcome": "failed, as it must" if why else "passed", "seen": seen}


def lines(told: Iterable[tuple[str, Figures]]) -> Iterable[str]:
    """A line of text for each scenario."""
    for name, figures in sorted(told, key=lambda one: one[0]):
        yield f"{name}: " + "  ".join(f"{key}={value}" for key, value in figures.items())


def write(file: Path, told: Iterable[tuple[str, Figures]]) -> None:
    """Put the scenarios into their table, in the place of what they showed before."""
    tables = _tables(file.read_text(encoding="utf-8")) if file.exists() else {}
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    for name, figures in told:
        title = _title(name)
        table = LACKING if "without" in figures else WHOLE
        cells = _lacking(figures) if "without" in figures else _whole(figures)
        tables.setdefault(table, {})[title] = [title, *map(_cell, cells), today]
    text = ABOUT.format(cores=os.cpu_count())
    for table, head in HEADS.items():
        rows = tables.get(table, {})
        written = [head, ["---"] * len(head), *(rows[title] for title in sorted(rows))]
        text += f"\n{table}\n\n" + "".join(f"| {' | '.join(row)} |\n" for row in written)
    file.write_text(text, encoding="utf-8")


def _whole(figures: Figures) -> list[Any]:
    beside = [f"{key} {value}" for key, value in figures.items() if key not in COLUMNS]
    return [*(figures.get(column, "") for column in COLUMNS), ", ".join(beside)]


def _lacking(figures: Figures) -> list[Any]:
    return [figures[key] for key in ("without", "seed", "outcome", "seen")]


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|")


def _tables(text: str) -> dict[str, dict[str, list[str]]]:
    """The rows of each table by their first cell."""
    found: dict[str, dict[str, list[str]]] = {}
    for section in text.split("\n## ")[1:]:
        cells = [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in section.splitlines()
            if line.startswith("| ")
        ]
        found["## " + section.partition("\n")[0]] = {row[0]: row for row in cells[2:]}
    return found


def _title(test: str) -> str:
    """`test_f01_a_worker_is_killed[x]` as `F01 a worker is killed: x`."""
    name, _, case = test.removeprefix("test_").rstrip("]").partition("[")
    title = re.sub(r"\bf(\d\d)", r"F\1", name.replace("_", " "))
    return f"{title}: {case}" if case else title
