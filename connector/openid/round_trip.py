"""What ties an answer of the provider to the browser that was sent there."""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any, Self

#: Signing in there, with a second factor, takes no longer.
_LONGEST_S = 600.0


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Made for one way to the provider and back, and kept by the browser meanwhile.

    `state` comes back with the browser, `nonce` within the ID token, and `verifier` (PKCE) shows to
    the token endpoint that the code is ours. `back_to` is the page that was asked for.
    """

    state: str
    nonce: str
    verifier: str
    began_at: float
    back_to: str

    @classmethod
    def begin(cls, back_to: str) -> Self:
        """A new one, with nothing in it that could be guessed."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, time.time(), back_to)

    @classmethod
    def of(cls, kept: dict[str, Any] | None, state: str) -> Self | None:
        """The one that a browser kept, if it is what this state was made for, not long ago."""
        if kept is None:
            return None
        trip = cls(**kept)
        is_it = secrets.compare_digest(trip.state.encode(), state.encode())
        is_fresh = 0 <= time.time() - trip.began_at < _LONGEST_S
        return trip if is_it and is_fresh else None

    def to_keep(self) -> dict[str, Any]:
        """What the browser keeps."""
        return asdict(self)
