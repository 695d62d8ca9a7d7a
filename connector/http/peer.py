"""One API that the connector calls: with a token, within a budget, and sure of what was sent."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import backoff

from connector import log
from connector.errors import (
    CredentialsError,
    OutcomeUnknownError,
    RateLimitedError,
    RefusedError,
)
from connector.http.health import AwayError, Health
from connector.http.reply import Reply
from connector.http.retry_after import retry_after_s
from connector.http.tokens import Tokens
from connector.http.wire import AnswerLostError, Data, NeverLeftError, Params, Request, Wire
from connector.ports import RateBudget, Token

__all__ = ["Peer", "ReadOnlyPeer", "Reply", "both_clients"]

LOG = log.logger(__name__)

#: A wait for the budget that is not longer is slept; a longer one is the caller's.
LONGEST_SLEEP_S = 2.0
_REQUEST_TIMEOUT, _TOO_EARLY, _TOO_MANY = 408, 425, 429
#: Gateways say these while the API behind them is away: reading again soon often helps.
_WORTH_REPEATING = frozenset({502, 503, 504})


class _ReadAgainError(AwayError):
    """A read that failed in a way that may be over in a moment."""


class Peer:
    """One API, for one connection. Safe to share between threads.

    Neither logs nor errors carry a query string, a body or a credential. `trace_header` is the one
    in which the API gives its own id of a call: logs and errors carry that.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        tokens: Tokens | None,
        budget: RateBudget,
        health: Health | None = None,
        allow_http: bool,
        connect_s: float = 5.0,
        read_s: float = 30.0,
        credential_statuses: frozenset[int] = frozenset({401}),
        headers: Mapping[str, str] | None = None,
        trace_header: str = "",
    ) -> None:
        self.name = name
        self._wire = Wire(
            name,
            base_url,
            allow_http=allow_http,
            connect_s=connect_s,
            read_s=read_s,
            headers=headers,
        )
        self._tokens = tokens
        self._budget = budget
        self._health = health or Health()
        self._credential_statuses = credential_statuses
        self._trace_header = trace_header

    def read(
        self,
        method: str,
        path: str,
        *,
        params: Params = None,
        json: Any = None,
        data: Data = None,
        headers: Mapping[str, str] | None = None,
        background: bool = False,
    ) -> Reply:
        """The answer to a call that changes nothing: 2xx, or a 4xx for the caller to classify.

        Tried up to three times within a few seconds. Raises RetryLaterError.
        """
        with self._counted(write=False):
            return self._read(Request(method, path, params, json, data, headers), background)

    def probe(self, method: str, path: str, *, params: Params = None, json: Any = None) -> None:
        """A read that is sent once, of which only matters that it is answered.

        Raises RetryLaterError where it is not.
        """
        request = Request(method, path, params, json)
        try:
            reply = self._exchange(request, background=False, fresh=True)
        except (NeverLeftError, AnswerLostError) as error:
            raise AwayError(self._says(request, f"no answer ({error})")) from None
        if not _is_for_the_caller(reply.status):
            raise AwayError(self._answered(request, reply))

    def write(
        self,
        method: str,
        path: str,
        *,
        params: Params = None,
        json: Any = None,
        data: Data = None,
        headers: Mapping[str, str] | None = None,
        background: bool = False,
    ) -> Reply:
        """The answer to a call that is sent exactly once: 2xx, or a 4xx to classify.

        Raises RetryLaterError where it certainly was not processed, and OutcomeUnknownError where
        it may have been: a timeout, a reset, 1xx, 3xx, 5xx, 408, 425, an answer cut short or too
        long.
        """
        with self._counted(write=True):
            return self._write(Request(method, path, params, json, data, headers), background)

    def _write(self, request: Request, background: bool) -> Reply:
        try:
            reply = self._exchange(request, background, fresh=True)
        except NeverLeftError as error:
            raise AwayError(self._says(request, f"not sent ({error})")) from None
        except AnswerLostError as error:
            raise OutcomeUnknownError(self._says(request, f"answer lost ({error})")) from None
        if not _is_for_the_caller(reply.status):
            raise OutcomeUnknownError(self._answered(request, reply))
        return reply

    @backoff.on_exception(
        backoff.expo,
        _ReadAgainError,
        max_tries=3,
        max_time=5.0,
        factor=0.3,
        jitter=backoff.full_jitter,
        logger=None,
    )
    def _read(self, request: Request, background: bool) -> Reply:
        try:
            reply = self._exchange(request, background, fresh=False)
        except (NeverLeftError, AnswerLostError) as error:
            raise _ReadAgainError(self._says(request, f"no answer ({error})")) from None
        if _is_for_the_caller(reply.status):
            return reply
        wait_s = retry_after_s(reply.headers)
        repeat = reply.status in _WORTH_REPEATING and wait_s is None
        kind = _ReadAgainError if repeat else AwayError
        raise kind(self._answered(request, reply), wait_s=wait_s)

    @contextmanager
    def _counted(self, *, write: bool) -> Iterator[None]:
        """Count a call, with its repeats, for the peer's health: 429 and 401 are neither way."""
        try:
            yield
        except (AwayError, OutcomeUnknownError) as error:
            self._health.failed(str(error), write=write)
            raise
        self._health.answered(write=write)

    def _exchange(self, request: Request, background: bool, *, fresh: bool) -> Reply:
        """Send, and once more with a new token where the peer did not take the first."""
        token = self._tokens.get() if self._tokens else None
        reply = self._send_once(request, token, background, fresh=fresh)
        if reply.status in self._credential_statuses and self._tokens and token:
            self._tokens.invalidate(token.generation)
            newer = self._tokens.get()
            if newer.generation != token.generation:
                reply = self._send_once(request, newer, background, fresh=fresh)
        if reply.status in self._credential_statuses:
            raise CredentialsError(self._answered(request, reply))
        if reply.status == _TOO_MANY:
            wait_s = self._budget.block(retry_after_s(reply.headers))
            raise RateLimitedError(self._answered(request, reply), wait_s=wait_s)
        return reply

    def _send_once(
        self, request: Request, token: Token | None, background: bool, *, fresh: bool
    ) -> Reply:
        self._spend(request, background)
        headers = {"Authorization": f"Bearer {token.access.reveal()}"} if token else {}
        began = time.monotonic()
        outcome: object = "failed"
        trace_id = None
        try:
            reply = self._wire.send(request, headers, fresh=fresh).named_by(self._trace_header)
        except (NeverLeftError, AnswerLostError) as error:
            outcome = f"{type(error).__name__}: {error}"
            raise
        else:
            reply = reply.without(token.access) if token else reply
            outcome, trace_id = reply.status, reply.trace_id or None
            return reply
        finally:
            LOG.debug(
                "peer_called",
                peer=self.name,
                method=request.method,
                path=request.path,
                outcome=outcome,
                trace_id=trace_id,
                took_s=round(time.monotonic() - began, 3),
            )

    def _spend(self, request: Request, background: bool) -> None:
        """Take one request from the budget, after a short wait if need be."""
        ends_at = time.monotonic() + LONGEST_SLEEP_S
        while wait_s := self._budget.take(background=background):
            if time.monotonic() + wait_s > ends_at:
                raise RateLimitedError(self._says(request, "over its budget"), wait_s=wait_s)
            time.sleep(wait_s)

    def _answered(self, request: Request, reply: Reply) -> str:
        return self._says(request, reply.traced(f"answered {reply.status}"))

    def _says(self, request: Request, what: str) -> str:
        return f"{self.name}: {request.method} {request.path}: {what}"


class ReadOnlyPeer(Peer):
    """The same API for what may not write: `write` sends nothing and raises RefusedError.

    Its reads have time: they take the background's share of the budget.
    """

    def _read(self, request: Request, background: bool) -> Reply:
        del background
        return super()._read(request, background=True)

    def _write(self, request: Request, background: bool) -> Reply:
        del background
        raise RefusedError(self._says(request, "this client only reads"), code="read_only")


SomePeer = TypeVar("SomePeer", bound=Peer)


def both_clients(
    name: str,
    base_url: str,
    *,
    tokens: Tokens,
    budget: RateBudget,
    health: Health,
    allow_http: bool,
    connect_s: float,
    read_s: float,
) -> tuple[Peer, ReadOnlyPeer]:
    """The client of an API, and the one for what may only read."""

    def client(kind: type[SomePeer]) -> SomePeer:
        return kind(
            name,
            base_url,
            tokens=tokens,
            budget=budget,
            health=health,
            allow_http=allow_http,
            connect_s=connect_s,
            read_s=read_s,
        )

    return client(Peer), client(ReadOnlyPeer)


def _is_for_the_caller(status: int) -> bool:
    """2xx, and every 4xx that means "read it and did not do it"."""
    done = 200 <= status < 300  # noqa: PLR2004  the classes of HTTP
    refused = 400 <= status < 500 and status not in {_REQUEST_TIMEOUT, _TOO_EARLY}  # noqa: PLR2004
    return done or refused
