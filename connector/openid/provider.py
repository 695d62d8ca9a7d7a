"""One OpenID provider: where it says that its parts are, and what it says of people."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.discovery import get_well_known_url

from connector.domain.identities import Identity, identity_from
from connector.errors import RefusedError
from connector.http import TokenEndpoint, document_at
from connector.http.address import checked_link
from connector.openid.id_token import verified
from connector.openid.round_trip import RoundTrip
from connector.secret import Secret
from connector.settings import OpenIdSettings

_SCOPES = ("openid", "email", "profile")
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class Provider:
    """The provider of the settings. It is asked anew each time: nothing of it gets old here.

    Every method raises RetryLaterError where it does not answer, and RefusedError where it says
    what it must not; neither shows a code, a token or a secret.
    """

    def __init__(self, settings: OpenIdSettings, *, allow_http: bool) -> None:
        self._settings = settings
        self._allow_http = allow_http

    @property
    def name(self) -> str:
        """What people know it by: its host."""
        return urlsplit(self._settings.issuer).netloc

    def discovered(self) -> dict[str, Any]:
        """Its discovery document, which names the issuer that was meant."""
        url = get_well_known_url(self._settings.issuer, external=True)
        found = self._document(url, "discovery document")
        if found.get("issuer") != self._settings.issuer:
            raise RefusedError(
                f"discovery document: its issuer is not {self._settings.issuer}, to the letter",
                code="issuer",
            )
        return found

    def way_there(self, trip: RoundTrip, redirect_uri: str) -> str:
        """Where a browser is sent for signing in."""
        client = OAuth2Client(
            None,  # what it is asked for here takes no session
            client_id=self._settings.client_id,
            redirect_uri=redirect_uri,
            scope=" ".join((*_SCOPES, *self._settings.scopes)),
            code_challenge_method="S256",
        )
        url, _ = client.create_authorization_url(
            self._address(self.discovered(), "authorization_endpoint"),
            state=trip.state,
            nonce=trip.nonce,
            code_verifier=trip.verifier,
        )
        return str(url)

    def identity(self, trip: RoundTrip, redirect_uri: str, code: Secret) -> Identity:
        """Who has come back with that code."""
        found = self.discovered()
        answer = self._tokens(found).answer(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": Secret(trip.verifier),
            }
        )
        claims = verified(
            answer.get("id_token"),
            self._document(self._address(found, "jwks_uri"), "keys"),
            issuer=self._settings.issuer,
            client_id=self._settings.client_id,
            nonce=trip.nonce,
        )
        return identity_from(claims, self._settings.role_claim, self._settings.roles)

    def way_out(self, back_to: str) -> str | None:
        """Where a browser ends its session there; None where the provider has no such place."""
        found = self.discovered()
        if "end_session_endpoint" not in found:
            return None
        url = self._address(found, "end_session_endpoint")
        params = {"client_id": self._settings.client_id, "post_logout_redirect_uri": back_to}
        return str(add_params_to_uri(url, list(params.items())))

    def _tokens(self, found: dict[str, Any]) -> TokenEndpoint:
        methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return TokenEndpoint(
            self._address(found, "token_endpoint"),
            self._settings.client_id,
            self._settings.client_secret,
            basic="client_secret_basic" in methods,
            allow_http=self._allow_http,
        )

    def _document(self, url: str, subject: str) -> dict[str, Any]:
        return document_at(url, subject=subject, allow_http=self._allow_http)

    def _address(self, found: dict[str, Any], part: str) -> str:
        """Where a part is. Beyond this machine that is by https, whatever else is allowed."""
        url = found.get(part)
        if not isinstance(url, str):
            raise RefusedError(f"discovery document: it has no {part}", code="no_address")
        is_here = urlsplit(url).hostname in _LOOPBACK
        if urlsplit(url).scheme == "http" and not (self._allow_http and is_here):
            raise RefusedError(f"discovery document: {part} is not https", code="no_address")
        return checked_link(url, allow_http=self._allow_http)
