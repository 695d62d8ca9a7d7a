"""The accounting integration of the account: create or return, disconnect, reactivate."""

from __future__ import annotations

import threading
from typing import Any

from sandbox.brex.errors import BrexError
from sandbox.clock import now_utc, rfc3339
from sandbox.exchange import Answer, Call, json_answer


class Integrations:
    """At most one is active."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: dict[str, dict[str, Any]] = {}

    def clear(self) -> None:
        """Forgets all integrations."""
        with self._lock:
            self._all.clear()

    def create(self, call: Call) -> Answer:
        """Creates, or returns the active one if it is the same."""
        vendor, account = _read(call)
        with self._lock:
            if active := self._active():
                _compare(active, vendor, account)
                return json_answer(200, active)
            made = {
                "integration_id": f"int_{len(self._all) + 1:06d}",
                "id": f"int_{len(self._all) + 1:06d}",
                "vendor": vendor,
                "vendor_account_id": account,
                "status": "ACTIVE",
                "created_at": rfc3339(now_utc()),
            }
            self._all[made["id"]] = made
            return json_answer(200, made)

    def disconnect(self, _call: Call, integration_id: str) -> Answer:
        """ACTIVE becomes DISABLED."""
        with self._lock:
            one = self._known(integration_id)
            if one["status"] != "ACTIVE":
                details = {"integration_id": integration_id, "current_status": one["status"]}
                raise BrexError(
                    "INTEGRATION_NOT_ACTIVE", "Cannot disconnect an inactive integration.", details
                )
            one["status"] = "DISABLED"
            return json_answer(200, one)

    def reactivate(self, _call: Call, integration_id: str) -> Answer:
        """DISABLED becomes ACTIVE, when no other is."""
        with self._lock:
            one = self._known(integration_id)
            if active := self._active():
                raise _other_exists(active, one["vendor"])
            one["status"] = "ACTIVE"
            return json_answer(200, one)

    def active_id(self) -> str | None:
        """The id of the active one."""
        active = self._active()
        return active["id"] if active else None

    def _active(self) -> dict[str, Any] | None:
        return next((one for one in self._all.values() if one["status"] == "ACTIVE"), None)

    def _known(self, integration_id: str) -> dict[str, Any]:
        if integration_id not in self._all:
            raise BrexError("NOT_FOUND", "Integration not found.")
        return self._all[integration_id]


def _compare(active: dict[str, Any], vendor: str, account: str) -> None:
    if active["vendor"] != vendor:
        raise _other_exists(active, vendor)
    if active["vendor_account_id"] != account:
        details = {
            "existing_integration_id": active["id"],
            "existing_vendor_account_id": active["vendor_account_id"],
            "requested_vendor_account_id": account,
        }
        raise BrexError(
            "VENDOR_ACCOUNT_ID_MISMATCH", "Another account of this vendor is active.", details
        )


def _other_exists(active: dict[str, Any], vendor: str) -> BrexError:
    details = {
        "existing_integration_id": active["id"],
        "existing_vendor": active["vendor"],
        "requested_vendor": vendor,
    }
    return BrexError("ACTIVE_INTEGRATION_EXISTS", "Another integration is active.", details)


def _read(call: Call) -> tuple[str, str]:
    try:
        body = call.json()
        vendor, account = body["vendor"], body["vendor_account_id"]
    except (ValueError, KeyError, TypeError):
        raise BrexError("INVALID_REQUEST", "vendor and vendor_account_id are required.") from None
    if not (isinstance(vendor, str) and isinstance(account, str)):
        raise BrexError("INVALID_REQUEST", "vendor and vendor_account_id are strings.")
    return vendor, account
