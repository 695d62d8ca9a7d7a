"""`docs/operations.md` says what the code does with receipts: states, moves and reasons."""

import re
from pathlib import Path

from connector.domain.receipts import MOVES, ReceiptFault, ReceiptState
from connector.usecases.fetch_receipts import MOST_CLAIMS, MOST_TRIES

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("\n## Receipts\n")[2].partition("\n## ")[0]


def test_every_state_is_there_with_its_moves():
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", SECTION, re.MULTILINE)
    moves = {state: set(re.findall(r"`(wanted|stored|failed)`", left)) for state, left in rows}
    assert {state: moves.get(state) for state in ReceiptState} == MOVES


def test_every_reason_is_there_once_with_what_to_do():
    table = SECTION.partition("| reason |")[2]
    assert re.findall(r"^\| `(\w+)` \| .+ \| .+ \|$", table, re.MULTILINE) == list(ReceiptFault)
    assert (MOST_TRIES, MOST_CLAIMS) == (10, 8)
    assert "ten tries" in SECTION
    assert "begun eight times" in SECTION
