"""The ION token endpoint: service account (password grant) or client credentials, Basic or body."""

from __future__ import annotations

import base64
import binascii
import threading

from sandbox.clock import monotonic_s
from sandbox.exchange import Answer, Call, json_answer
from sandbox.infor.settings import InforSettings


class IonTokens:
    """Access tokens that were given out; older ones stay valid until they expire."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[str, float] = {}
        self._made = 0

    def clear(self) -> None:
        """Forgets all access tokens."""
        with self._lock:
            self._ends.clear()

    def admits(self, call: Call) -> bool:
        """Whether the call carries a token that is valid still."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._ends.get(token, 0.0) > monotonic_s()

    def exchange(self, call: Call, settings: InforSettings) -> Answer:
        """`POST …/token.oauth2`."""
        form = dict(call.args)
        client = _basic(call.headers.get("authorization", "")) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        if client != (settings.ci, settings.cs):
            return _refused(401, "invalid_client")
        grant = form.get("grant_type")
        if grant == "password":
            if (form.get("username"), form.get("password")) != (settings.saak, settings.sask):
                return _refused(400, "invalid_grant")
        elif grant != "client_credentials":
            return _refused(400, "unsupported_grant_type")
        expires_in: int | str = settings.expires_in_s
        if settings.expires_in_as == "string":
            expires_in = str(expires_in)
        body = {
            "access_token": self._issue(settings),
            "token_type": "Bearer",
            "expires_in": expires_in,
        }
        return json_answer(200, body)

    def revoke(self, call: Call) -> Answer:
        """`POST …/revoke_token.oauth2`; an unknown token is no error."""
        with self._lock:
            self._ends.pop(call.arg("token") or "", None)
        return Answer(200)

    def _issue(self, settings: InforSettings) -> str:
        with self._lock:
            self._made += 1
            token = f"sandbox-ion-access-{self._made}"
            self._ends[token] = monotonic_s() + settings.expires_in_s
            return token


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


def _refused(status: int, error: str) -> Answer:
    return json_answer(status, {"error": error, "error_description": error}, note=error)
