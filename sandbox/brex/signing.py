"""The secrets that sign events: one, or two while they rotate.

https://developer.brex.com/guides/webhooks
"""

from __future__ import annotations

import base64
import random
import threading
from collections.abc import Callable

from sandbox.brex.settings import BrexSettings
from sandbox.exchange import Answer, Call, json_answer

_KEY_BYTES = 24


class SigningSecrets:
    """Those of the settings, until they are rotated; a reset brings them back."""

    def __init__(self, settings: Callable[[], BrexSettings], seed: int) -> None:
        self._settings, self._seed = settings, seed
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forgets all rotations."""
        with self._lock:
            self._rotated: list[dict[str, str]] | None = None
            self._rng = random.Random(f"{self._seed}:secrets")

    def all(self) -> list[dict[str, str]]:
        """Each with its status; a revoked one is still listed, and signs no more."""
        return self._settings().webhook_secrets if self._rotated is None else self._rotated

    def signing(self) -> list[str]:
        """Those that sign now, the newest first."""
        return [one["secret"] for one in self.all() if one["status"] != "REVOKED"]

    def rotate(self) -> list[dict[str, str]]:
        """A new secret signs, and beside it for now those that signed before."""
        with self._lock:
            new = base64.b64encode(self._rng.randbytes(_KEY_BYTES)).decode()
            self._rotated = [
                {"secret": new, "status": "ACTIVE"},
                *(
                    {**one, "status": "PENDING_REVOKE"} if one["status"] == "ACTIVE" else one
                    for one in self.all()
                ),
            ]
            return self._rotated

    def revoke(self) -> list[dict[str, str]]:
        """The end of a rotation: what was to be revoked is."""
        with self._lock:
            self._rotated = [
                {**one, "status": "REVOKED"} if one["status"] == "PENDING_REVOKE" else one
                for one in self.all()
            ]
            return self._rotated

    def list(self, _call: Call) -> Answer:
        """`GET /v1/webhooks/secrets`: a bare array, without an envelope."""
        return json_answer(200, self.all())
