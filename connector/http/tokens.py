"""Access tokens that all workers share, and one at a time renews."""

from __future__ import annotations

import math
import random
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import backoff

from connector import log
from connector.errors import CredentialsError, LeaseLostError, RetryLaterError
from connector.ports import Token, TokenGrant, TokenStore
from connector.secret import Secret

LOG = log.logger(__name__)

#: RFC 6750, section 2.1: what a bearer token may consist of.
BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")
#: A token is renewed when no more than this, or than this share of its life, is left.
_MARGIN_S, _MARGIN_SHARE = 30.0, 0.1
#: While another worker renews it, the old token is used up to this close to its end.
_LAST_S = 5.0
#: Tokens that live longer are renewed ahead of need, at this share of their life.
_AHEAD_LIFE_S, _AHEAD_SHARE, _AHEAD_JITTER = 900.0, 0.8, 0.05
#: Assumed for a token that another process was given.
_USUAL_LIFE_S = 3600.0
#: While another worker renews it, the store is asked this often.
_LOOK_AGAIN_S = 1.0
#: A refresh that takes longer is another worker's to take over.
_LEASE_S = 30.0
#: After a definite no, everybody leaves the token endpoint alone for so long.
_AFTER_REFUSAL_S = 240.0


class InvalidGrantError(CredentialsError):
    """What was granted before, a refresh token say, is worth nothing any more."""


class Tokens(Protocol):
    """Where a peer gets its access token from."""

    def get(self) -> Token:
        """A token to use now. Raises CredentialsError or RetryLaterError."""
        ...

    def invalidate(self, generation: int) -> None:
        """The peer did not take the token of this generation."""
        ...

    def refresh_if_due(self) -> bool:
        """Renew a token ahead of need; whether it was renewed."""
        ...


class StaticToken:
    """A token that somebody else made and nobody renews."""

    def __init__(self, access: Secret) -> None:
        self._token = Token(access, 1, math.inf)

    def get(self) -> Token:
        """The token. Raises CredentialsError where it cannot be one."""
        return _checked(self._token)

    def invalidate(self, generation: int) -> None:
        """Nothing to be done: there is no other."""

    def refresh_if_due(self) -> bool:
        """False."""
        return False


@dataclass(frozen=True)
class _Held:
    """A token in this process, with its end by this process's monotonic clock."""

    token: Token
    ends_at: float
    life_s: float

    def left_s(self) -> float:
        return self.ends_at - time.monotonic()

    def is_fresh(self) -> bool:
        margin_s = max(_MARGIN_S, _MARGIN_SHARE * self.life_s)
        return self.left_s() > max(_LAST_S, min(margin_s, self.life_s / 2))

    def is_usable(self) -> bool:
        return self.left_s() > _LAST_S


class TokenSource:
    """Tokens of one connection and peer, renewed by one worker at a time, stored before use.

    `grant` asks the token endpoint, given the newest refresh token. Its answer may be lost: the
    next try gives the same refresh token again, which servers that rotate must accept (FAPI 2.0,
    https://openid.net/specs/fapi-security-profile-2_0.html, section 5.3.2.1).
    """

    def __init__(
        self,
        store: TokenStore,
        grant: Callable[[Secret | None], TokenGrant],
        *,
        wait_s: float = 12.0,
        look_s: float = 0.25,
    ) -> None:
        self._store = store
        self._grant = grant
        self._wait_s = wait_s
        self._look_s = look_s
        self._held: _Held | None = None
        self._refused_generation = -1
        self._next_look = 0.0
        self._lock = threading.Lock()

    def get(self) -> Token:
        """A token to use now.

        It is fresh where possible. While another worker renews it, it is the old one as long as
        that is valid; after that this waits up to `wait_s` for the new one.
        Raises CredentialsError or RetryLaterError.
        """
        held = self._held
        if held and held.is_fresh():
            return held.token
        if held and held.is_usable():
            if time.monotonic() < self._next_look or not self._lock.acquire(blocking=False):
                return held.token
        elif not self._lock.acquire(timeout=self._wait_s):
            raise RetryLaterError("another thread is still renewing the token")
        try:
            return self._fresh_or_usable()
        finally:
            self._lock.release()

    def invalidate(self, generation: int) -> None:
        """Never use the token of this generation again; a newer one is left alone."""
        self._refused_generation = max(self._refused_generation, generation)
        if self._held and self._held.token.generation <= generation:
            self._held = None

    def refresh_if_due(self) -> bool:
        """Renew the token ahead of need, or get the first; whether this call did.

        Raises what `get` raises.
        """
        with self._lock:
            held, newest = self._load()
            if held is None:
                return self._renew(newest) is not None
            life_s = held.life_s if held.life_s > held.left_s() + 1.0 else _USUAL_LIFE_S
            jitter = random.uniform(-_AHEAD_JITTER, _AHEAD_JITTER)  # noqa: S311  no secret
            due = held.left_s() < life_s * (1 - _AHEAD_SHARE + jitter)
            if life_s <= _AHEAD_LIFE_S or not due:
                return False
            return self._renew(newest) is not None

    def _fresh_or_usable(self) -> Token:
        ends_at = time.monotonic() + self._wait_s
        while True:
            held, newest = self._load()
            if held and held.is_fresh():
                return held.token
            usable = held.token if held and held.is_usable() else None
            try:
                token = self._renew(newest) or usable
            except RetryLaterError:
                if usable is None:
                    raise
                token = usable
            if token:
                self._next_look = time.monotonic() + _LOOK_AGAIN_S
                return token
            if time.monotonic() >= ends_at:
                raise RetryLaterError("another worker is still renewing the token")
            time.sleep(self._look_s * random.uniform(0.5, 1.5))  # noqa: S311  no secret

    def _load(self) -> tuple[_Held | None, int]:
        """What is stored, unless the peer refused it; and the newest generation, 0 for none."""
        token = self._store.load()
        if token is None or token.generation <= self._refused_generation:
            self._held = None
        elif self._held is None or self._held.token.generation != token.generation:
            self._held = _Held(token, time.monotonic() + token.valid_s, token.valid_s)
        return self._held, token.generation if token else 0

    def _renew(self, generation: int) -> Token | None:
        """Ask for a new token and store it, if it is this worker's turn; None if it is not."""
        begun = self._store.begin_refresh(generation, _LEASE_S)
        if begun is None:
            return None
        generation = begun
        began = time.monotonic()
        try:
            grant = self._ask(generation)
            life_s = max(0.0, grant.expires_in_s - (time.monotonic() - began))
            token = self._keep(generation, TokenGrant(grant.access, life_s, grant.refresh))
        except LeaseLostError:
            return None
        except CredentialsError:
            raise
        except RetryLaterError as error:
            LOG.warning("token_refresh_failed", generation=generation, why=str(error))
            with suppress(RetryLaterError):
                self._store.fail_refresh(generation, str(error))
            raise
        self._held = _Held(token, time.monotonic() + token.valid_s, life_s)
        LOG.info("token_refreshed", generation=token.generation, life_s=round(life_s))
        return token

    def _ask(self, generation: int) -> TokenGrant:
        refresh = self._store.refresh_token()
        try:
            return self._grant(refresh)
        except CredentialsError as error:
            # a refresh token that is worth nothing stays so, and offering it may revoke others
            for_good = refresh is not None and isinstance(error, InvalidGrantError)
            wait_s = None if for_good else _AFTER_REFUSAL_S
            LOG.warning("token_refused", generation=generation, why=str(error), wait_s=wait_s)
            self._store.refuse_refresh(generation, str(error), wait_s=wait_s)
            raise

    @backoff.on_exception(
        backoff.expo, RetryLaterError, max_tries=4, jitter=backoff.full_jitter, logger=None
    )
    def _keep(self, generation: int, grant: TokenGrant) -> Token:
        """Store a grant before anyone uses it: its refresh token may be the only one left."""
        return self._store.finish_refresh(generation, grant)


def _checked(token: Token) -> Token:
    if not BEARER.fullmatch(token.access.reveal()):
        raise CredentialsError("the access token has characters that no token can have")
    return token
