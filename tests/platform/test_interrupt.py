"""An interrupt ends the block, wherever it comes."""

import os
import signal
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
