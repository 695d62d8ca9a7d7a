"""`/v1/webhooks`: the one endpoint of the account.

https://developer.brex.com/openapi/webhooks_api
"""

from __future__ import annotations

import threading
from typing import Any

from sandbox.brex.settings import BrexSettings
from sandbox.exchange import Answer, Call, json_answer

EVENT = "ACCOUNTING_RECORD_READY_FOR_EXPORT"
EVENT_TYPES = {
    EVENT,
    "REFERRAL_CREATED",
    "REFERRAL_ACTIVATED",
    "REFERRAL_APPLICATION_STATUS_CHANGED",
    "TRANSFER_PROCESSED",
    "TRANSFER_FAILED",
    "EXPENSE_PAYMENT_UPDATED",
    "USER_UPDATED",
}


class Subscriptions:
    """The subscription, if there is one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._one: dict[str, Any] | None = None
        self._made = 0
        self._by_key: dict[str, dict[str, Any]] = {}

    def clear(self) -> None:
        """Forgets the subscription."""
        with self._lock:
            self._one, self._made = None, 0
            self._by_key.clear()

    def active_url(self) -> str | None:
        """Where events go, None when nothing listens."""
        one = self._one
        listens = one and one["status"] == "ACTIVE" and EVENT in one["event_types"]
        return one["url"] if one and listens else None

    def list(self, _call: Call) -> Answer:
        """`GET /v1/webhooks`."""
        return json_answer(200, {"items": [self._one] if self._one else [], "next_cursor": None})

    def create(self, call: Call, settings: BrexSettings) -> Answer:
        """`POST /v1/webhooks`; the same Idempotency-Key gives the same answer."""
        key = call.headers.get("idempotency-key")
        if not key:
            return _bad("Idempotency-Key is required")
        fault, body = _read(call, settings)
        if fault:
            return fault
        with self._lock:
            if key in self._by_key:
                return json_answer(200, self._by_key[key])
            if self._one:
                return _bad("Only one webhook endpoint may be registered")
            self._made += 1
            self._one = {
                "id": f"wsub_{self._made}",
                "group_id": body.get("group_id"),
                "url": body["url"],
                "event_types": body["event_types"],
                "status": "ACTIVE",
            }
            self._by_key[key] = self._one
            return json_answer(200, self._one)

    def show(self, _call: Call, subscription_id: str) -> Answer:
        """`GET /v1/webhooks/{id}`."""
        return json_answer(200, self._one) if self._is(subscription_id) else _absent()

    def update(self, call: Call, settings: BrexSettings, subscription_id: str) -> Answer:
        """`PUT /v1/webhooks/{id}`; all members are required."""
        fault, body = _read(call, settings)
        if fault:
            return fault
        if body.get("status") not in ("ACTIVE", "INACTIVE"):
            return _bad("status is ACTIVE or INACTIVE")
        with self._lock:
            if self._one is None or not self._is(subscription_id):
                return _absent()
            changed = {name: body[name] for name in ("url", "event_types", "status")}
            self._one = {**self._one, **changed}
            return json_answer(200, self._one)

    def delete(self, _call: Call, subscription_id: str) -> Answer:
        """`DELETE /v1/webhooks/{id}`."""
        with self._lock:
            if not self._is(subscription_id):
                return _absent()
            self._one = None
            self._by_key.clear()
            return json_answer(200, {})

    def _is(self, subscription_id: str) -> bool:
        return self._one is not None and self._one["id"] == subscription_id


def _read(call: Call, settings: BrexSettings) -> tuple[Answer | None, dict[str, Any]]:
    try:
        body = call.json()
    except ValueError:
        return _bad("the body is not JSON"), {}
    url = body.get("url") if isinstance(body, dict) else None
    schemes = ("https://", "http://") if settings.webhook_allow_http else ("https://",)
    if not isinstance(url, str) or not url.startswith(schemes):
        return _bad("url must be a valid HTTPS URL"), {}
    types = body.get("event_types")
    if not isinstance(types, list) or not types or not set(types) <= EVENT_TYPES:
        return _bad("event_types must name known event types"), {}
    return None, body


def _bad(message: str) -> Answer:
    return json_answer(400, {"type": "BAD_REQUEST", "message": message}, note=message)


def _absent() -> Answer:
    return json_answer(404, {"type": "NOT_FOUND", "message": "Webhook subscription not found"})
