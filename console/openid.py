"""Signing in by OpenID Connect: the way to the provider, and back with its word."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, flash, redirect, request, session, url_for
from flask_limiter import Limiter
from werkzeug.wrappers import Response

from connector import log
from connector.domain.people import Person
from connector.errors import ConnectorError, CredentialsError, RefusedError, RetryLaterError
from connector.openid import Provider, RoundTrip
from connector.secret import Secret
from connector.store.identities import Identities
from console.desk import Desk
from console.signing_in import BY_PROVIDER, TOO_MANY, TRIES, begin, local, ways_in

LOG = log.logger(__name__)

#: What the browser keeps while it is at the provider.
_TRIP = "openid"
#: Of a page to come back to, so much goes into the cookie beside the rest.
_LONGEST_ADDRESS = 1_000


class _TurnedAwayError(Exception):
    """Nobody is signed in; `told` is for the person, `why` for the log."""

    def __init__(self, status: HTTPStatus, told: str, why: str) -> None:
        self.status = status
        self.told = told
        self.why = why
        super().__init__(why)


def add(app: Flask, desk: Desk, limiter: Limiter) -> None:
    """Add both ways, where the settings name a provider."""
    provider = desk.provider
    if provider is None:
        return
    slowly = limiter.limit(TRIES, error_message=TOO_MANY)

    @app.get("/sign-in/openid")
    @slowly
    def openid() -> Response | tuple[str, int]:
        back_to = local(request.args.get("next", ""))
        trip = RoundTrip.begin(back_to if len(back_to) <= _LONGEST_ADDRESS else "")
        try:
            url = provider.way_there(trip, _redirect_uri(desk))
        except ConnectorError as error:
            return _turned_away(desk, _failure(provider, error), trip.back_to)
        session[_TRIP] = trip.to_keep()
        return redirect(url)

    @app.get("/sign-in/openid/callback")
    @slowly
    def openid_callback() -> Response | tuple[str, int]:
        trip = RoundTrip.of(session.pop(_TRIP, None), request.args.get("state", ""))
        try:
            person = _come_back(desk, provider, trip)
        except _TurnedAwayError as turned_away:
            return _turned_away(desk, turned_away, trip.back_to if trip else "")
        assert trip
        begin(desk, person)
        session[BY_PROVIDER] = True
        return redirect(trip.back_to or url_for("start"))


def _come_back(desk: Desk, provider: Provider, trip: RoundTrip | None) -> Person:
    """Who has come back. Raises _TurnedAwayError where nobody may come in."""
    if trip is None:
        told = "That answer was not for this browser, or came late."
        raise _TurnedAwayError(HTTPStatus.BAD_REQUEST, told, "state")
    code = request.args.get("code", "")
    if "error" in request.args or not code:
        told = f"{provider.name} did not sign you in."
        raise _TurnedAwayError(HTTPStatus.UNAUTHORIZED, told, request.args.get("error", "no code"))
    try:
        identity = provider.identity(trip, _redirect_uri(desk), Secret(code))
    except ConnectorError as error:
        raise _failure(provider, error) from None
    if identity.role is None:
        raise _TurnedAwayError(
            HTTPStatus.FORBIDDEN,
            f"{provider.name} says that you are {identity.name}, and nothing that gives you a role"
            " here. Ask whoever looks after your groups there, or whoever runs ml-connector, to"
            " give you one.",
            f"no role for {identity.name}",
        )
    try:
        return Identities(desk.database).welcome(identity, identity.role)
    except RefusedError as error:
        told = "You are switched off here. Ask whoever runs ml-connector."
        raise _TurnedAwayError(HTTPStatus.FORBIDDEN, told, str(error)) from None


def _failure(provider: Provider, error: ConnectorError) -> _TurnedAwayError:
    """What the provider did not do, as people are told of it."""
    if isinstance(error, RetryLaterError) and not isinstance(error, CredentialsError):
        told = f"{provider.name} does not answer. Try again in a moment."
        return _TurnedAwayError(HTTPStatus.SERVICE_UNAVAILABLE, told, str(error))
    told = (
        f"{provider.name} answered, and it cannot be relied on. Try again, and if that does not"
        " help, ask whoever runs ml-connector: the reason is in the log."
    )
    return _TurnedAwayError(HTTPStatus.UNAUTHORIZED, told, str(error))


def _turned_away(desk: Desk, error: _TurnedAwayError, back_to: str) -> tuple[str, int]:
    LOG.warning("sign_in_refused", by="openid", why=error.why)
    flash(f"You are not signed in. {error.told}", "error")
    return ways_in(desk, back_to), error.status


def _redirect_uri(desk: Desk) -> str:
    return desk.address + url_for("openid_callback")
