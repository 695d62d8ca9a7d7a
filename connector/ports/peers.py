"""Tokens and request budgets, shared by all workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from connector.secret import Secret


@dataclass(frozen=True, slots=True)
class Token:
    """An access token that is usable for `valid_s` more seconds, and its generation."""

    access: Secret
    generation: int
    valid_s: float


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """What a token endpoint gave. `refresh` is None where it gave none: the old one stays."""

    access: Secret
    expires_in_s: float
    refresh: Secret | None = None


class TokenStore(Protocol):
    """Tokens of one connection and peer, encrypted, shared by all workers."""

    def load(self) -> Token | None:
        """The stored token, whatever its age; None if there is none."""
        ...

    def refresh_token(self) -> Secret | None:
        """The newest refresh token."""
        ...

    def begin_refresh(self, generation: int, lease_s: float) -> int | None:
        """Under which generation the caller may ask for a new token now, and end its asking.

        None while another does, or when `generation` is no longer the newest (0: none stored).
        Raises CredentialsError while the token endpoint is left alone because it said no, and
        RetryLaterError where the caller works with settings that were replaced.
        """
        ...

    def finish_refresh(self, generation: int, grant: TokenGrant) -> Token:
        """Store and commit a grant before anyone uses it. The generation grows by one."""
        ...

    def fail_refresh(self, generation: int, why: str) -> None:
        """Let the next one try."""
        ...

    def refuse_refresh(self, generation: int, why: str, *, wait_s: float | None) -> None:
        """The token endpoint said no: nobody asks it for so long.

        None: never again, until the connection is given new credentials.
        """
        ...


class RateBudget(Protocol):
    """The request budget of one connection and peer, shared by all workers."""

    def take(self, *, background: bool = False) -> float:
        """Take one request; 0.0, or the seconds after which to ask again (nothing was taken).

        Background work (backfill, polling) leaves a share of the budget to live records.
        """
        ...

    def block(self, asked_s: float | None) -> float:
        """The peer said 429: nobody may call for as long as it asked, or for a random time.

        Returns the seconds. The budget learns from it what the peer takes.
        """
        ...
