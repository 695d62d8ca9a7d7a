"""Whether a webhook was sent by Brex, now.

Brex signs as Standard Webhooks 1.0.0 says (https://www.standardwebhooks.com), with one signature
per active secret. The svix library does the check. It raises errors of all kinds on malformed
input, and one bad signature hides a good one from it, so a strict grammar goes first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from svix.webhooks import Webhook

from connector import log
from connector.secret import Secret

LOG = log.logger(__name__)

#: How far the clock of the sender and ours may be apart.
TOLERANCE_S = 300
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TIMESTAMP = re.compile(r"[0-9]{10}")
_SIGNATURE = re.compile(r"v1,[A-Za-z0-9+/]{43}=")
_LONGEST_SIGNATURES = 2_048
_MOST_SIGNATURES = 8
#: Brex sends the first family; a page about Brex's webhooks names the second, which is Svix's own.
_FAMILIES = ("webhook", "svix")


class SignatureRefusedError(Exception):
    """It was not sent by Brex, or not now. The sender learns no reason."""


class UnknownSignatureError(SignatureRefusedError):
    """No secret that is known signed it: it is not Brex's, or Brex has a new secret."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What the signature vouches for beside the body. `id` is the same on every repeat.

    Not `explained`: there is a signature beside it which no secret that is known has made. Brex has
    begun to rotate.
    """

    id: str
    signed_at: datetime
    explained: bool


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret]) -> Signed:
    """What was signed, if any of the secrets signed it within the last five minutes.

    `headers` are those of the request under any case, each a single string.
    Raises SignatureRefusedError, and nothing else; UnknownSignatureError where newer secrets would
    help.
    """
    webhook_id, timestamp, signatures = _signature_headers(headers)
    now = datetime.now(UTC)
    signed_at = datetime.fromtimestamp(int(timestamp), UTC)
    if abs((now - signed_at).total_seconds()) > TOLERANCE_S:
        raise SignatureRefusedError("too old or too new")
    checked = {"webhook-id": webhook_id, "webhook-timestamp": timestamp}
    # Every secret is tried, whichever matched: the time taken tells nothing.
    made_by_ours = [
        any([_signed_by(secret, body, checked, signature) for secret in secrets])  # noqa: C419
        for signature in signatures
    ]
    if not any(made_by_ours):
        raise UnknownSignatureError("no signature matches")
    return Signed(webhook_id, signed_at, explained=all(made_by_ours))


def _signature_headers(headers: Mapping[str, str]) -> tuple[str, str, list[str]]:
    """Id, timestamp and the signatures that can be one. Raises SignatureRefusedError."""
    given = {name.lower(): value for name, value in headers.items()}
    families = [
        tuple(given.get(f"{family}-{part}", "") for part in ("id", "timestamp", "signature"))
        for family in _FAMILIES
    ]
    found = {family for family in families if any(family)}
    if len(found) != 1:
        raise SignatureRefusedError("no signature, or two that differ")
    webhook_id, timestamp, signature = found.pop()
    if not _ID.fullmatch(webhook_id) or not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureRefusedError("malformed id or timestamp")
    if len(signature) > _LONGEST_SIGNATURES or signature.count(" ") >= _MOST_SIGNATURES:
        raise SignatureRefusedError("too many signatures")
    usable = [entry for entry in signature.split(" ") if _SIGNATURE.fullmatch(entry)]
    if not usable:
        raise SignatureRefusedError("no signature of a version that is known")
    return webhook_id, timestamp, usable


def _signed_by(secret: Secret, body: bytes, headers: dict[str, str], signature: str) -> bool:
    try:
        Webhook(secret.reveal()).verify(body, {**headers, "webhook-signature": signature})
    except Exception as error:  # noqa: BLE001  the library raises errors of many kinds
        LOG.debug("webhook_not_signed_by_secret", error=type(error).__name__)
        return False
    return True
