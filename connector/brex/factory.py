"""Puts what works with Brex together, for one connection."""

from __future__ import annotations

from collections.abc import Mapping

from connector.brex.answers import CREDENTIAL_STATUSES
from connector.domain.connections import Connection
from connector.errors import ConfigurationError
from connector.http.health import Health
from connector.http.oauth import TokenEndpoint
from connector.http.peer import Peer
from connector.http.tokens import StaticToken, Tokens, TokenSource
from connector.ports import RateBudget, TokenGrant, TokenStore
from connector.secret import Secret

PEER = "brex"
#: What Brex's support asks for: https://developer.brex.com/guides/faq
TRACE_HEADER = "X-Brex-Trace-Id"


def peer(
    connection: Connection,
    *,
    tokens: Tokens,
    budget: RateBudget,
    health: Health,
    allow_http: bool,
) -> Peer:
    """Brex, as a connection reaches it; connects to nothing yet."""
    return Peer(
        PEER,
        connection.brex.base_url,
        tokens=tokens,
        budget=budget,
        health=health,
        allow_http=allow_http,
        credential_statuses=CREDENTIAL_STATUSES,
        trace_header=TRACE_HEADER,
    )


def token_source(
    connection: Connection,
    secrets: Mapping[str, Secret],
    *,
    store: TokenStore,
    allow_http: bool,
) -> Tokens:
    """The user token, or tokens of the refresh-token grant where the connection has a client.

    A user token does not expire while it is used at least every 30 days:
    https://developer.brex.com/guides/faq
    """
    if not connection.brex.oauth_token_url:
        return StaticToken(_secret(secrets, "brex.token"))
    endpoint = TokenEndpoint(
        connection.brex.oauth_token_url,
        connection.brex.oauth_client_id,
        _secret(secrets, "brex.oauth.client_secret"),
        basic=False,
        allow_http=allow_http,
    )

    def ask(refresh: Secret | None) -> TokenGrant:
        # https://developer.brex.com/guides/partner_authentication; the refresh token may rotate
        newest = refresh or _secret(secrets, "brex.oauth.refresh_token")
        return endpoint.request({"grant_type": "refresh_token", "refresh_token": newest})

    return TokenSource(store, ask)


def _secret(secrets: Mapping[str, Secret], name: str) -> Secret:
    if name not in secrets:
        raise ConfigurationError(PEER, [f"{name} is missing"])
    return secrets[name]
