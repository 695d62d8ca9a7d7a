"""`docs/reliability.md` says what each scenario of the fault kit was seen to fail without."""

import re
from collections import defaultdict
from pathlib import Path

from tests.chaos.without import PARTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
KIT = ROOT / "tests" / "chaos"


def told() -> dict[str, set[str]]:
    """The last column of the table of scenarios, by scenario."""
    rows = re.findall(r"^\| (F\d\d(?:, F\d\d)*) \|.*\| ([^|]*) \|$", PAGE, re.MULTILINE)
    return {one: set(re.findall(r"`(\w+)`", cell)) for ids, cell in rows for one in ids.split(", ")}


def guarded() -> dict[str, set[str]]:
    """What the scenarios themselves say, by scenario."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in KIT.glob("test_*.py"):
        parts: set[str] = set()
        seen = r'fails_without\("(\w+)"\)|\ndef test_((?:f\d\d_)*)'
        for part, ids in re.findall(seen, file.read_text(encoding="utf-8")):
            if part:
                parts.add(part)
                continue
            for one in re.findall(r"f\d\d", ids):
                found[one.upper()] |= parts
            parts = set()
    return found


def test_the_table_names_what_each_scenario_fails_without():
    known = guarded()
    assert {one: parts for one, parts in told().items() if one in known} == known
    assert set().union(*known.values()) <= set(PARTS)


def test_every_part_that_can_be_taken_away_is_named():
    assert [name for name in PARTS if f"`{name}`" not in PAGE] == []
