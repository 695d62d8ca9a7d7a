"""Where a peer answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.exchange import Answer, Effect


@dataclass(frozen=True, slots=True)
class Inside:
    """What a call holds, when the route alone does not say it."""

    operation: str
    effect: Effect
    program: str = ""
    transactions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One path of a peer. The handler takes the call and the path's variables."""

    rule: str
    method: str
    handler: Callable[..., Answer]
    operation: str
    effect: Effect
    #: Reads the body or path variables of a call: (variables, body) to what is inside.
    inside: Callable[[dict[str, str], bytes], Inside] | None = None
