"""What goes wrong between a process under test and its broker, told by its environment."""

import os
from typing import Any

from kombu.transport.redis import Channel

from workers import configuration

#: How often each message is put into its queue; after how long one that is held is handed out again.
COPIES, VISIBILITY = "CHAOS_COPIES", "CHAOS_VISIBILITY_S"


def install() -> None:
    """Follow the environment. Call before an app is made."""
    configuration.VISIBILITY_S = int(os.environ.get(VISIBILITY, configuration.VISIBILITY_S))
    copies = int(os.environ.get(COPIES, "1"))
    put = Channel._put

    def put_again(self: Channel, queue: str, message: Any, **named: Any) -> None:
        for _ in range(copies):
            put(self, queue, message, **named)

    Channel._put = put_again
