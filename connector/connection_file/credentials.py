"""What a secret must look like. No fault repeats any part of a secret."""

from __future__ import annotations

import base64
import binascii
import re

from connector.connection_file.references import Given, UnusableError
from connector.placeholders import is_placeholder

#: Bytes in the key of a webhook secret (Standard Webhooks 1.0.0, "Signature scheme").
_WEBHOOK_KEY = range(24, 65)


def one_line(given: Given) -> str:
    """A secret of one line: a token, a client secret, a password."""
    _written(given.value)
    if re.search("[\x00-\x1f\x7f\ud800-\udfff]", given.value):
        raise UnusableError("has a control character or a line break in it; remove it")
    return given.value


def whole_file(given: Given) -> str:
    """A secret of many lines, such as an `.ionapi` file."""
    _written(given.value)
    if "\0" in given.value:
        raise UnusableError("has a NUL character in it; give the file as it was downloaded")
    return given.value


def webhook_secret(given: Given) -> str:
    """The base64 of 24 to 64 bytes, after `whsec_` or bare."""
    one_line(given)
    try:
        key = base64.b64decode(given.value.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnusableError("is not base64; copy the signing secret as Brex shows it") from error
    if len(key) not in _WEBHOOK_KEY:
        raise UnusableError(
            "is not the base64 of 24 to 64 bytes; copy the signing secret as Brex shows it"
        )
    return given.value


def _written(value: str) -> None:
    if not value.strip():
        raise UnusableError("is empty; give the secret")
    if value != value.strip():
        raise UnusableError("begins or ends with a blank; remove it")
    if is_placeholder(value):
        raise UnusableError("is a placeholder; put the real secret in its place")
