"""The product with a part taken away: what a scenario guards is seen when the scenario fails.

A process under test takes its part away as it starts, told by its environment; what the part has
in the schema goes when a stage is set up. Each name stands for one of the product's protections.
"""

import os
from collections.abc import Callable

from tests.chaos.without import messages, peers, posting, storing

WITHOUT = "CHAOS_WITHOUT"

#: What the processes do without it.
PARTS: dict[str, Callable[[], None]] = {
    part.__name__: part for module in (posting, messages, storing, peers) for part in module.PARTS
}
#: What is taken from the schema besides.
SCHEMA: dict[str, str] = posting.SCHEMA


def environment(part: str) -> dict[str, str]:
    """What a process needs to know to do without a part; "" is nothing."""
    return {WITHOUT: part}


def install() -> None:
    """Take the part of this process away, if there is one. Call before an app is made."""
    if name := os.environ.get(WITHOUT):
        PARTS[name]()
