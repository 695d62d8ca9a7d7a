"""The .ionapi file that ION API gives for an authorised app.

Source: Infor OS, "Authorized Apps" (https://docs.infor.com/inforos/, `.ionapi` download), and the
samples of https://github.com/infor-cloud/ion-api-sdk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connector.errors import ConfigurationError, RefusedError
from connector.http.address import checked_base_url, joined
from connector.placeholders import is_placeholder
from connector.secret import Secret

#: Keys that we need, and what they mean.
_NEEDED = {
    "ti": "the tenant",
    "ci": "the OAuth client id",
    "cs": "the OAuth client secret",
    "iu": "the address of ION API",
    "pu": "the address of the authorisation server",
    "ot": "the path of the token endpoint",
}
#: Keys of the service account; a file without them was downloaded in another way.
_ACCOUNT = ("saak", "sask")


@dataclass(frozen=True, slots=True)
class Ionapi:
    """Where one tenant's ION API is, and who we are there. Its repr shows no secret."""

    tenant: str
    base_url: str
    token_url: str
    client_id: str
    client_secret: Secret
    account_key: Secret
    account_secret: Secret

    @property
    def execute_path(self) -> str:
        """The path of `m3api-rest` v2 `execute`, below `base_url`."""
        return _execute_path(self.tenant)


#: How faults name the file: its key in a connection file.
_SUBJECT = "infor.ionapi"


def load(content: Secret, *, allow_http: bool = False) -> Ionapi:
    """Read the content of an .ionapi file; unknown keys are ignored.

    Raises ConfigurationError with everything that is wrong with it.
    """
    data = _parse(content.reveal())
    faults = [
        f"{_SUBJECT} has no {key} ({meaning})"
        for key, meaning in _NEEDED.items()
        if not _text(data, key)
    ]
    missing = [key for key in _ACCOUNT if not _text(data, key)]
    if missing:
        faults.append(
            f"{_SUBJECT} has no {' and '.join(missing)}: it was downloaded without a service "
            "account, or the app is not of type Backend Service; tick "
            '"Create Service Account" when downloading the credentials'
        )
    faults += [
        f"{_SUBJECT} has a placeholder as its {key}; download the file again"
        for key in ("cs", *_ACCOUNT)
        if is_placeholder(_text(data, key))
    ]
    for key in ("iu", "pu"):
        if address := _text(data, key):
            faults += _address_faults(key, address, allow_http=allow_http)
    if not faults:
        faults += _path_faults(_text(data, "ti"), _text(data, "ot"))
    if faults:
        raise ConfigurationError("connection", faults)
    return Ionapi(
        tenant=_text(data, "ti"),
        base_url=_text(data, "iu").rstrip("/"),
        token_url=_text(data, "pu").rstrip("/") + _below(_text(data, "ot")),
        client_id=_text(data, "ci"),
        client_secret=Secret(_text(data, "cs")),
        account_key=Secret(_text(data, "saak")),
        account_secret=Secret(_text(data, "sask")),
    )


def _parse(content: str) -> Mapping[str, Any]:
    try:
        data = json.loads(content.removeprefix("\ufeff"))
    except ValueError:
        # the text is left out of the message: it holds secrets
        raise ConfigurationError("connection", [f"{_SUBJECT} is not JSON"]) from None
    if not isinstance(data, dict):
        raise ConfigurationError("connection", [f"{_SUBJECT} is not a JSON object"])
    return data


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value.strip() if isinstance(value, str) else ""


def _address_faults(key: str, address: str, *, allow_http: bool) -> list[str]:
    subject = f"{_SUBJECT} has a `{key}` that"
    try:
        checked_base_url(subject, address, allow_http=allow_http)
    except ConfigurationError as error:
        return [f"{subject} {fault}" for fault in error.faults]
    return []


def _path_faults(tenant: str, token_path: str) -> Iterator[str]:
    """What would lead to another place below the addresses."""
    for key, path in (("ti", _execute_path(tenant)), ("ot", _below(token_path))):
        try:
            joined("", path)
        except RefusedError:
            yield f"{_SUBJECT} has a `{key}` that is no plain path"


def _execute_path(tenant: str) -> str:
    return f"/{quote(tenant, safe='')}/M3/m3api-rest/v2/execute"


def _below(token_path: str) -> str:
    return "/" + token_path.lstrip("/")
