"""Tokens of the simulated Brex: one user token, and OAuth with refresh tokens that may rotate."""

from __future__ import annotations

import threading

from sandbox.brex.settings import BrexSettings
from sandbox.clock import monotonic_s
from sandbox.exchange import Answer, Call, json_answer


class BrexTokens:
    """Which bearer tokens are valid, and which refresh tokens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._access: dict[str, float] = {}
        #: Refresh token to the moment it stops working; None is no end.
        self._refresh: dict[str, float | None] = {}
        self._made = 0

    def clear(self) -> None:
        """Forgets all tokens but those of the settings."""
        with self._lock:
            self._access.clear()
            self._refresh.clear()
            self._made = 0

    def admits(self, call: Call, settings: BrexSettings) -> str | None:
        """The token of the call when it is valid, else None."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        if token == settings.token:
            return token
        return token if self._access.get(token, 0.0) > monotonic_s() else None

    def exchange(self, call: Call, settings: BrexSettings) -> Answer:
        """`POST …/token` with a refresh token; the client's id and secret stand in the form."""
        form = dict(call.args)
        if (
            call.headers.get("content-type", "").split(";")[0]
            != "application/x-www-form-urlencoded"
        ):
            return _refused(400, "invalid_request")
        client = (form.get("client_id"), form.get("client_secret"))
        if client != (settings.oauth_client_id, settings.oauth_client_secret):
            return _refused(401, "invalid_client")
        if form.get("grant_type") != "refresh_token":
            return _refused(400, "unsupported_grant_type")
        with self._lock:
            self._refresh.setdefault(settings.oauth_refresh_token, None)
            return self._issue(form.get("refresh_token", ""), settings)

    def _issue(self, used: str, settings: BrexSettings) -> Answer:
        now = monotonic_s()
        end = self._refresh.get(used, 0.0)
        if end is not None and end <= now:
            return _refused(400, "invalid_grant")
        self._made += 1
        access = f"sandbox-brex-access-{self._made}"
        self._access[access] = now + settings.oauth_expires_in_s
        body: dict[str, object] = {
            "access_token": access,
            "token_type": "Bearer",
            "scope": "openid",
        }
        if settings.oauth_sends_expires_in:
            body["expires_in"] = settings.oauth_expires_in_s
        if settings.oauth_rotates:
            if end is None:
                self._refresh[used] = now + settings.oauth_grace_s
            body["refresh_token"] = f"sandbox-refresh-token-{self._made}"
            self._refresh[f"sandbox-refresh-token-{self._made}"] = None
        return json_answer(200, body)


def _refused(status: int, error: str) -> Answer:
    return json_answer(status, {"error": error, "error_description": error}, note=error)
