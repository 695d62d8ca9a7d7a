"""Secrets at rest: Fernet, with the connection and the name of the secret inside."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from connector.errors import ConfigurationError
from connector.secret import Secret


class Vault:
    """Encrypts under the first key, decrypts under all of them."""

    def __init__(self, keys: Sequence[Secret]) -> None:
        self._fernet = MultiFernet([Fernet(key.reveal()) for key in keys])

    def seal(self, connection_id: int, name: str, secret: Secret) -> str:
        """The ciphertext of a secret; it opens only under the same connection and name."""
        plain = json.dumps([connection_id, name, secret.reveal()])
        return self._fernet.encrypt(plain.encode()).decode("ascii")

    def open(self, connection_id: int, name: str, ciphertext: str) -> Secret:
        """The secret. Raises ConfigurationError when no key opens it, or it belongs elsewhere."""
        try:
            plain = json.loads(self._fernet.decrypt(ciphertext.encode()))
        except InvalidToken:
            raise ConfigurationError(
                "ML_CONNECTOR_SECRET_KEYS",
                [f"none of the keys opens secret {name}: add the key that it was stored under"],
            ) from None
        if plain[:2] != [connection_id, name]:
            raise ConfigurationError(
                "connection_secret", [f"secret {name} was stored for another connection"]
            )
        return Secret(plain[2])
