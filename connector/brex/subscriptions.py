"""Webhook subscriptions, their secrets, and the company that events name.

https://developer.brex.com/openapi/webhooks_api, https://developer.brex.com/openapi/team_api
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, TypeGuard
from urllib.parse import quote

from connector import log
from connector.brex.answers import read_json, written_json
from connector.brex.event import READY_FOR_EXPORT
from connector.connection_file import credentials
from connector.connection_file.references import Given, UnusableError
from connector.errors import RefusedError, RetryLaterError
from connector.http.peer import Peer
from connector.secret import Secret

LOG = log.logger(__name__)

_WEBHOOKS = "/v1/webhooks"
_MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Subscription:
    """One endpoint that Brex sends events to."""

    id: str
    url: str
    event_types: tuple[str, ...]
    is_active: bool

    @property
    def delivers(self) -> bool:
        """Whether records that become ready are announced to it."""
        return self.is_active and READY_FOR_EXPORT in self.event_types


@dataclass(frozen=True, slots=True)
class Company:
    """`id` is what events carry as `companyId`."""

    id: str
    legal_name: str


class Subscriptions:
    """The subscriptions of one Brex account. Raises what `connector.http.Peer` raises."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def list(self) -> list[Subscription]:
        """All of them."""
        found: list[Subscription] = []
        params: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            body = read_json(self._peer.read("GET", _WEBHOOKS, params=params), dict)
            found += [_subscription(item) for item in body.get("items") or ()]
            if not body.get("next_cursor"):
                break
            params = {"cursor": str(body["next_cursor"])}
        return found

    def ensure(self, url: str, *, replace: bool = False) -> Subscription:
        """Have events of ready records sent to `url`; a second call changes nothing.

        Brex keeps one endpoint per customer. Raises RefusedError where another URL has it, unless
        `replace`; OutcomeUnknownError where the answer was lost: call again.
        """
        existing = self.list()
        for one in existing:
            if one.url == url:
                return one if one.delivers else self.update(one, url)
        if existing and not replace:
            raise RefusedError(f"Brex sends events to {existing[0].url} already", code="url")
        return self.update(existing[0], url) if existing else self.create(url)

    def revive(self, path: str) -> bool:
        """Switch an endpoint whose URL ends with `path` on again, if Brex has switched it off.

        Whether it had. Brex may do so after many failed deliveries.
        """
        off = [one for one in self.list() if one.url.endswith(path) and not one.is_active]
        for one in off:
            self.update(one, one.url)
        return bool(off)

    def create(self, url: str) -> Subscription:
        """Subscribe to ready records. The key is new each time: a lost answer is looked up."""
        reply = self._peer.write(
            "POST",
            _WEBHOOKS,
            json={"url": url, "event_types": [READY_FOR_EXPORT]},
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
        return _subscription(written_json(reply))

    def update(self, one: Subscription, url: str) -> Subscription:
        """Make it active at `url`, for ready records and all events it had."""
        reply = self._peer.write(
            "PUT",
            f"{_WEBHOOKS}/{quote(one.id, safe='')}",
            json={
                "url": url,
                "event_types": list(dict.fromkeys((*one.event_types, READY_FOR_EXPORT))),
                "status": "ACTIVE",
            },
        )
        return _subscription(written_json(reply))

    def secrets(self) -> tuple[Secret, ...]:
        """The secrets that events may be signed with now: one, or two while they rotate.

        What could not be a secret in the connection file is none here either: a key that is empty
        would let anybody sign. An account has at least one: RetryLaterError where none is listed.
        """
        items = read_json(self._peer.read("GET", f"{_WEBHOOKS}/secrets"), list)
        if not items:
            raise RetryLaterError("Brex: a list of webhook secrets with none in it")
        in_force = [
            item.get("secret")
            for item in items
            if isinstance(item, dict) and item.get("status") != "REVOKED"
        ]
        return tuple(Secret(one) for one in in_force if _is_secret(one))

    def company(self) -> Company:
        """The company of the token. It needs the scope `companies.readonly`."""
        body = read_json(self._peer.read("GET", "/v2/company"), dict)
        if not isinstance(body.get("id"), str):
            raise RetryLaterError("Brex: a company that cannot be read")
        return Company(body["id"], str(body.get("legal_name") or ""))


def _is_secret(value: object) -> TypeGuard[str]:
    if not isinstance(value, str):
        return False
    try:
        credentials.webhook_secret(Given(value, "a secret that Brex listed"))
    except UnusableError as error:
        LOG.warning("webhook_secret_unusable", why=str(error))
        return False
    return True


def _subscription(item: Any) -> Subscription:
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        raise RetryLaterError("Brex: a subscription that cannot be read")
    types = item.get("event_types")
    return Subscription(
        item["id"],
        str(item.get("url") or ""),
        tuple(one for one in types if isinstance(one, str)) if isinstance(types, list) else (),
        item.get("status") == "ACTIVE",
    )
