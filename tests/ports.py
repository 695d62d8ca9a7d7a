"""Ports that nobody else is given by chance."""

import random
import socket
from contextlib import suppress

#: Below those that systems hand out by themselves: in between, nobody takes one of ours.
RANGE = range(15_000, 32_000)


def quiet_port() -> int:
    """A port of the loopback interface on which nobody listens."""
    while True:
        port = random.SystemRandom().choice(RANGE)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
