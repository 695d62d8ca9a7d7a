"""`docs/states.md` says what the code does: statuses, steps and moves."""

import re
from pathlib import Path

from connector.domain.records import MOVES, STEP_OF, Status

PAGE = (Path(__file__).parents[2] / "docs" / "states.md").read_text(encoding="utf-8")
ALL_MOVES = {(old.value, new.value) for old, news in MOVES.items() for new in news}


def rows(heading: str) -> list[list[str]]:
    """The cells of a section's table, without its head."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_diagram_shows_every_move_and_no_other():
    drawn = re.findall(r"^    (\w+) --> (\w+)(?::|$)", PAGE, re.MULTILINE)
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == ALL_MOVES


def test_the_diagram_begins_and_ends_where_records_do():
    (first,) = re.findall(r"\[\*\] --> (\w+)", PAGE)
    last = re.findall(r"(\w+) --> \[\*\]", PAGE)
    assert first == Status.RECEIVED
    assert set(last) == {status for status, news in MOVES.items() if news <= {Status.HELD}}


def test_the_table_of_moves_has_every_move_once():
    listed = [(row[0], row[1]) for row in rows("Moves")]
    assert len(listed) == len(set(listed))
    assert set(listed) == ALL_MOVES


def test_the_table_of_statuses_has_every_status_with_the_step_that_takes_it_up():
    steps = {
        status.value: STEP_OF[status].value if status in STEP_OF else "none" for status in Status
    }
    assert [row[0] for row in rows("Statuses")] == [status.value for status in Status]
    assert {row[0]: row[2] for row in rows("Statuses")} == steps
