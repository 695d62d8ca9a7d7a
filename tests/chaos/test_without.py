"""What the scenarios are run without can be taken away: the names and statements are still there."""

import subprocess
import sys

import pytest

from tests.chaos.without import PARTS

EACH = """
import os
from tests.chaos.without import PARTS
for name, take_away in PARTS.items():
    if not (child := os.fork()):
        take_away()
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print(name)
"""


@pytest.mark.short
def test_every_part_can_be_taken_away() -> None:
    done = subprocess.run(
        [sys.executable, "-c", EACH], capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == ("", ""), f"of {len(PARTS)}"
