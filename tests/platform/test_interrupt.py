"""An interrupt ends the block, wherever it comes."""

import os
import signal
import subprocess
import sys
import time

import pytest

from connector.cli.interrupt import until_interrupted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_the_block(number):
    reached = []
    with until_interrupted():
        os.kill(os.getpid(), number)
        reached.append("the next line")
    assert reached == []


class InterruptedWhileFreed:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0)  # the handler runs here, where exceptions are only printed


def test_an_interrupt_that_python_only_prints_is_raised_again():
    ends_at = time.monotonic() + 10
    with until_interrupted():
        thing = InterruptedWhileFreed()
        del thing
        while time.monotonic() < ends_at:
            pass
    assert time.monotonic() < ends_at


INTERRUPTED_IN_TEXT = """
import os, signal, sys
from connector.cli.interrupt import until_interrupted

with until_interrupted():
    exec("os.kill(os.getpid(), signal.SIGINT)\\nfor _ in range(10): pass")
    sys.exit("was not interrupted")
sys.exit(130)
"""


def test_an_interrupt_within_text_that_is_executed_leaves_the_exit_code_alone(tmp_path):
    (tmp_path / "interrupted.py").write_text(INTERRUPTED_IN_TEXT)
    ended = subprocess.run(
        [sys.executable, "-m", "interrupted"],
        env={"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        check=False,
    )
    assert ended.returncode == 130
