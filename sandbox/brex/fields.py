"""Custom fields and their values: the Fields API.

https://developer.brex.com/openapi/fields_api. What Brex does with a second value of one remote id
is not documented: here it refuses the whole list.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from sandbox.clock import now_utc, rfc3339
from sandbox.exchange import Answer, Call, json_answer

_MOST = 1000
_GROUPS = {"ACCOUNTING", "USER", "ERP", "TRAVEL"}
_ADDRESSES = ("brex_id", "value_id", "remote_id")


class _RefusalError(Exception):
    """A 400 or 404 in the general error body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Fields:
    """Every field with its values, in the order in which they were made."""

    def __init__(self, active_integration: Callable[[], str | None]) -> None:
        self._active_integration = active_integration
        self._lock = threading.Lock()
        self._fields: dict[str, dict[str, Any]] = {}
        self._values: dict[str, dict[str, dict[str, Any]]] = {}
        self._by_key: dict[str, tuple[bytes, dict[str, Any]]] = {}
        self._made = 0

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._fields.clear()
            self._values.clear()
            self._by_key.clear()
            self._made = 0

    def list(self, call: Call) -> Answer:
        """`GET /v1/fields`."""
        wanted = call.every("field_id[]")
        chosen = [one for one in self._fields.values() if not wanted or one["brex_id"] in wanted]
        return _page(call, chosen)

    def create(self, call: Call) -> Answer:
        """`POST /v1/fields`."""
        return self._answer(call, lambda: self._create(call.json()), keyed=True)

    def delete_values(self, call: Call, field_id: str) -> Answer:
        """`DELETE /v1/fields/{id}/values`: what people at Brex may do, too."""

        def delete() -> dict[str, Any]:
            values = self._values[self._field(field_id)["brex_id"]]
            wanted = {item["remote_id"] for item in _items(call.json())}
            for one in [one for one in values.values() if one["remote_id"] in wanted]:
                del values[one["brex_id"]]
            return {}

        return self._answer(call, delete)

    def update(self, call: Call, field_id: str) -> Answer:
        """`PUT /v1/fields/{id}`: name and is_disabled alone."""

        def change() -> dict[str, Any]:
            body, field = call.json(), self._field(field_id)
            field |= {name: body[name] for name in ("name", "is_disabled") if name in body}
            return field

        return self._answer(call, change)

    def list_values(self, call: Call, field_id: str) -> Answer:
        """`GET /v1/fields/{id}/values`."""

        def listed() -> dict[str, Any]:
            self._field(field_id)
            return {}

        if (refused := self._answer(call, listed)).status != 200:
            return refused
        chosen = list(self._values[field_id].values())
        for name in _ADDRESSES:
            if wanted := set(call.every(f"{name}[]")):
                chosen = [one for one in chosen if one[name] in wanted]
        return _page(call, chosen)

    def create_values(self, call: Call, field_id: str) -> Answer:
        """`POST /v1/fields/{id}/values`: all of a list, or none."""
        return self._answer(call, lambda: self._create_values(field_id, call.json()), keyed=True)

    def update_values(self, call: Call, field_id: str) -> Answer:
        """`PUT /v1/fields/{id}/values`: all of a list, or none."""
        return self._answer(call, lambda: self._update_values(field_id, call.json()))

    def shown(self) -> dict[str, Any]:
        """Every field with its values, for the control API."""
        return {
            "fields": [
                {**field, "values": list(self._values[field_id].values())}
                for field_id, field in self._fields.items()
            ]
        }

    def _answer(
        self, call: Call, act: Callable[[], dict[str, Any]], *, keyed: bool = False
    ) -> Answer:
        """What an act gives; a key that was used before gives the same answer again."""
        key = call.headers.get("idempotency-key")
        if keyed and not key:
            return _refused(400, "Idempotency-Key is required")
        with self._lock:
            if key in self._by_key:
                body, answer = self._by_key[key]
                if body != call.body:
                    return _refused(400, "Idempotency-Key was used for another request")
                return json_answer(200, answer, note="repeated")
            try:
                answer = act()
            except _RefusalError as refusal:
                return _refused(refusal.status, str(refusal))
            except (ValueError, KeyError, TypeError, AttributeError):
                return _refused(400, "Malformed request")
            if key:
                self._by_key[key] = call.body, answer
            return json_answer(200, answer)

    def _create(self, body: dict[str, Any]) -> dict[str, Any]:
        name, group, remote_id = body["name"], body["group"], body.get("remote_id")
        if group not in _GROUPS:
            raise _RefusalError(400, f"group is one of {', '.join(sorted(_GROUPS))}")
        active = self._active_integration()
        if group == "ERP" and (active is None or body.get("integration_id") != active):
            raise _RefusalError(400, "ERP fields need the integration_id of the active integration")
        if remote_id and any(one["remote_id"] == remote_id for one in self._fields.values()):
            raise _RefusalError(400, f"There is a field with the remote_id {remote_id}")
        brex_id = f"extended_field_{(remote_id or name).lower().replace(' ', '_')}"
        self._fields[brex_id] = {
            "brex_id": brex_id,
            "name": name,
            "remote_id": remote_id,
            "updated_at": rfc3339(now_utc()),
            "is_disabled": bool(body.get("is_disabled")),
            "group": group,
        }
        self._values[brex_id] = {}
        return self._fields[brex_id]

    def _create_values(self, field_id: str, body: dict[str, Any]) -> dict[str, Any]:
        items, known = _items(body), self._values[self._field(field_id)["brex_id"]]
        taken = {one["remote_id"] for one in known.values() if one["remote_id"]}
        wanted = [item["remote_id"] for item in items if item.get("remote_id")]
        if taken & set(wanted) or len(set(wanted)) < len(wanted):
            raise _RefusalError(400, "A value with this remote_id exists")
        made = []
        for item in items:
            self._made += 1
            value = {
                "brex_id": f"efo_{self._made:08}",
                "remote_id": item.get("remote_id"),
                "value_id": item.get("value_id"),
                "value": str(item["value"]),
                "field_id": field_id,
                "updated_at": rfc3339(now_utc()),
                "is_disabled": bool(item.get("is_disabled")),
            }
            made.append(value)
        known |= {str(one["brex_id"]): one for one in made}
        return {"items": made}

    def _update_values(self, field_id: str, body: dict[str, Any]) -> dict[str, Any]:
        items, known = _items(body), self._values[self._field(field_id)["brex_id"]]
        by_address = {
            (name, one[name]): one for one in known.values() for name in _ADDRESSES if one[name]
        }
        chosen = []
        for item in items:
            address = next(((name, item[name]) for name in _ADDRESSES if name in item), None)
            if address not in by_address:
                raise _RefusalError(404, f"There is no such value: {address}")
            chosen.append((by_address[address], item["data"]))
        for value, data in chosen:
            value |= {name: data[name] for name in ("value", "is_disabled") if name in data}
            value["updated_at"] = rfc3339(now_utc())
        return {"items": [value for value, _ in chosen]}

    def _field(self, field_id: str) -> dict[str, Any]:
        if field_id not in self._fields:
            raise _RefusalError(404, "Field not found")
        return self._fields[field_id]


def _items(body: dict[str, Any]) -> list[dict[str, Any]]:
    items = body["items"]
    if not 1 <= len(items) <= _MOST:
        raise _RefusalError(400, f"items must be 1 to {_MOST}")
    return list(items)


def _page(call: Call, chosen: list[dict[str, Any]]) -> Answer:
    limit, cursor = call.arg("limit") or "100", call.arg("cursor") or "0"
    if not (limit.isdigit() and cursor.isdigit() and 1 <= int(limit) <= _MOST):
        return _refused(400, "limit and cursor")
    end = int(cursor) + int(limit)
    following = str(end) if end < len(chosen) else None
    return json_answer(200, {"items": chosen[int(cursor) : end], "next_cursor": following})


def _refused(status: int, message: str) -> Answer:
    kind = "NOT_FOUND" if status == 404 else "BAD_REQUEST"
    return json_answer(status, {"type": kind, "message": message}, note=message)
