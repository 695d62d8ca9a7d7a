"""Brex's accounting integration, and the fields of it that people code with.

https://developer.brex.com/openapi/fields_api and
https://developer.brex.com/openapi/accounting_api/integrations: an integration is made by the call
that also finds it, and a field of the group ERP belongs to one. Disconnecting one would wipe the
coding of old records, so nothing here does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from connector.brex.answers import fault_of, read_json, written_json
from connector.errors import (
    OutcomeUnknownError,
    RefusedError,
    RetryLaterError,
)
from connector.http.patience import patiently
from connector.http.peer import Peer
from connector.ports import MOST_VALUES, CustomField, FieldValue, NewValue

T = TypeVar("T")

_INTEGRATION, _FIELDS = "/v3/accounting/integration", "/v1/fields"
_GROUP = "ERP"
_CONFLICT = 409
#: A list with more pages is a mistake.
_MOST_PAGES = 1_000


class Fields:
    """Implements `connector.ports.FieldRegistry`."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def integration(self, vendor: str, account: str) -> str:
        """The id of the integration. Refused where Brex has another: a person decides."""
        body = {"vendor": vendor, "vendor_account_id": account}
        reply = patiently(
            partial(self._peer.write, "POST", _INTEGRATION, json=body, background=True)
        )
        if reply.status == _CONFLICT:
            fault = fault_of(reply)
            other = fault.details.get("existing_vendor") or vendor
            account = fault.details.get("existing_vendor_account_id") or account
            message = (
                f"Brex has another accounting integration, {other} ({account}), and allows one; "
                "give its vendor and vendor_account_id in [sync], or have it disconnected in Brex, "
                "which wipes its coding"
            )
            raise RefusedError(message, code=fault.code)
        answer = written_json(reply)
        found = answer.get("integration_id") or answer.get("id")
        if not isinstance(found, str) or not found:
            raise OutcomeUnknownError("Brex: an integration without an id")
        return found

    def fields(self) -> list[CustomField]:
        """All fields, whichever group they are in."""
        return [_field(item) for page in self._pages(_FIELDS) for item in page]

    def create_field(
        self, remote_id: str, name: str, integration: str, *, lost: int
    ) -> CustomField:
        """Add a field to the group ERP."""
        body = {
            "name": name,
            "group": _GROUP,
            "remote_id": remote_id,
            "integration_id": integration,
        }
        try:
            return _field(self._write("POST", _FIELDS, body, _key(_FIELDS, body, lost)))
        except RetryLaterError as error:
            raise OutcomeUnknownError(str(error)) from None

    def values(self, field_id: str) -> Iterator[Sequence[FieldValue]]:
        """All values of a field, page by page."""
        for page in self._pages(_values(field_id)):
            yield [_value(item) for item in page]

    def create_values(
        self, field_id: str, values: Sequence[NewValue], *, lost: int
    ) -> list[FieldValue]:
        """Add values; Brex takes all of them or none."""
        items = [
            {"remote_id": one.remote_id, "value": one.text, "is_disabled": one.disabled}
            for one in values
        ]
        key = _key(_values(field_id), items, lost)
        return self._write_values("POST", field_id, items, key)

    def update_values(self, field_id: str, values: Sequence[NewValue]) -> list[FieldValue]:
        """Change values by their remote ids; without a key, which would keep old names coming."""
        items = [
            {
                "remote_id": one.remote_id,
                "data": {"value": one.text, "is_disabled": one.disabled},
            }
            for one in values
        ]
        return self._write_values("PUT", field_id, items)

    def _write_values(
        self, method: str, field_id: str, items: list[dict[str, Any]], key: str = ""
    ) -> list[FieldValue]:
        answer = self._write(method, _values(field_id), {"items": items}, key)
        try:
            found = [_value(item) for item in answer.get("items") or ()]
        except RetryLaterError as error:
            raise OutcomeUnknownError(str(error)) from None
        if {one.remote_id for one in found} != {item["remote_id"] for item in items}:
            raise OutcomeUnknownError("Brex: an answer about other values than were sent")
        return found

    def _write(self, method: str, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        write = partial(self._peer.write, method, path, json=body, headers=headers, background=True)
        return written_json(patiently(write))

    def _pages(self, path: str) -> Iterator[list[Any]]:
        params = {"limit": str(MOST_VALUES)}
        cursors: set[str] = set()
        for _ in range(_MOST_PAGES):
            read = partial(self._peer.read, "GET", path, params=dict(params), background=True)
            body = read_json(patiently(read), dict)
            items, cursor = body.get("items"), body.get("next_cursor")
            if not isinstance(items, list) or not isinstance(cursor, str | None):
                raise RetryLaterError("Brex: a page of fields that cannot be read")
            yield items
            if not cursor:
                return
            if cursor in cursors:
                break
            cursors.add(cursor)
            params["cursor"] = cursor
        raise RetryLaterError("Brex: a list of fields that has no end")


def _key(path: str, content: Any, lost: int) -> str:
    """The same for the same content, whichever run or process sends it."""
    text = json.dumps([path, content, lost], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _values(field_id: str) -> str:
    return f"{_FIELDS}/{quote(field_id, safe='')}/values"


def _field(item: Any) -> CustomField:
    found = item.get("brex_id") if isinstance(item, dict) else None
    if not isinstance(found, str) or not found:
        raise RetryLaterError("Brex: a field that cannot be read")
    return CustomField(found, str(item.get("remote_id") or ""), str(item.get("name") or ""))


def _value(item: Any) -> FieldValue:
    found = item.get("brex_id") if isinstance(item, dict) else None
    if not isinstance(found, str) or not isinstance(item.get("value"), str):
        raise RetryLaterError("Brex: a field value that cannot be read")
    return FieldValue(
        found, str(item.get("remote_id") or ""), item["value"], bool(item.get("is_disabled"))
    )
