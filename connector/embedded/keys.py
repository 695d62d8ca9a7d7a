"""The encryption key of an installation that was given none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cryptography.fernet import Fernet

from connector.embedded.private import create_private
from connector.errors import ConfigurationError
from connector.settings import Settings

_FILE = "secret.keys"


def with_local_keys(settings: Settings, state: Path) -> Settings:
    """Give the settings with the keys of HOME/secret.keys, generating one at the first call.

    Settings that have keys are given back as they are. Raises ConfigurationError when the key file
    is gone but data that was encrypted under it is still there: a new key could not read it.
    """
    if settings.secret_keys:
        return settings
    path = settings.home / _FILE
    if not path.exists() and (state / "pg" / "data").exists():
        raise ConfigurationError(
            str(path),
            [f"is gone, and {state / 'pg'} needs its keys; restore it, or delete both"],
        )
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o711)
    create_private(path, Fernet.generate_key().decode() + "\n")
    try:
        read = Settings.from_environment({"ML_CONNECTOR_SECRET_KEYS_FILE": str(path)})
    except ConfigurationError as error:
        raise ConfigurationError(str(path), error.faults) from None
    return replace(settings, secret_keys=read.secret_keys)
