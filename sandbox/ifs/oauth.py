"""IFS IAM: the token endpoint of a Keycloak realm, with tokens that live for three minutes."""

from __future__ import annotations

import base64
import binascii
import threading
from typing import Any

from sandbox.clock import monotonic_s
from sandbox.exchange import Answer, Call, json_answer
from sandbox.ifs.settings import IfsSettings

_REFRESH_S = 1800


class IamTokens:
    """Access and refresh tokens that were given out; older ones stay valid until they expire."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[str, float] = {}
        self._made = 0

    def clear(self) -> None:
        """Forgets all tokens."""
        with self._lock:
            self._ends.clear()

    def admits(self, call: Call) -> bool:
        """Whether the call carries an access token that is valid still."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._lives(token, "access")

    def exchange(self, call: Call, settings: IfsSettings) -> Answer:
        """`POST /auth/realms/<realm>/protocol/openid-connect/token`."""
        form = dict(call.args)
        client = _basic(call.headers.get("authorization", "")) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        if client != (settings.client_id, settings.client_secret):
            return _refused(401, "unauthorized_client", "Invalid client or client credentials")
        match form.get("grant_type"):
            case "client_credentials":
                pass
            case "password":
                user = form.get("username"), form.get("password")
                if user != (settings.username, settings.password):
                    return _refused(401, "invalid_grant", "Invalid user credentials")
            case "refresh_token":
                if not self._lives(form.get("refresh_token", ""), "refresh"):
                    return _refused(400, "invalid_grant", "Token is not active")
            case _:
                return _refused(400, "unsupported_grant_type", "Unsupported grant_type")
        return json_answer(200, self._grant(settings))

    def _grant(self, settings: IfsSettings) -> dict[str, Any]:
        life: int | str = settings.expires_in_s
        return {
            "access_token": self._issue("access", settings.expires_in_s),
            "expires_in": str(life) if settings.expires_in_as == "string" else life,
            "refresh_expires_in": _REFRESH_S,
            "refresh_token": self._issue("refresh", _REFRESH_S),
            "token_type": "Bearer",
            "not-before-policy": 0,
            "scope": "openid audience microprofile-jwt email profile",
        }

    def _issue(self, kind: str, life_s: float) -> str:
        with self._lock:
            self._made += 1
            token = f"sandbox-ifs-{kind}-{self._made}"
            self._ends[token] = monotonic_s() + life_s
            return token

    def _lives(self, token: str, kind: str) -> bool:
        mine = token.startswith(f"sandbox-ifs-{kind}-")
        return mine and self._ends.get(token, 0.0) > monotonic_s()


def discovery(realm_url: str) -> Answer:
    """`GET …/.well-known/openid-configuration`, as far as a client needs it."""
    token_url = f"{realm_url}/protocol/openid-connect/token"
    return json_answer(200, {"issuer": realm_url, "token_endpoint": token_url})


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


def _refused(status: int, error: str, description: str) -> Answer:
    return json_answer(status, {"error": error, "error_description": description}, note=error)
