"""`/_sandbox/brex/…`: making records, releasing them, and looking at what came of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from sandbox.brex import exact_json
from sandbox.brex.delivery import SendOptions
from sandbox.brex.generator import Month, generate
from sandbox.brex.merchants import MERCHANTS
from sandbox.brex.peer import BrexPeer
from sandbox.brex.records import READY, STATUSES, Record
from sandbox.clock import now_utc, rfc3339


def blueprint(peer: BrexPeer) -> Blueprint:
    """The control paths of the simulated Brex."""
    control = Blueprint("brex_control", __name__, url_prefix="/_sandbox/brex")
    _add_records(control, peer)
    _add_expenses(control, peer)
    _add_transactions(control, peer)
    _add_events(control, peer)
    return control


def _add_records(control: Blueprint, peer: BrexPeer) -> None:
    store = peer.store

    @control.get("/records")
    def records() -> Response:
        status = request.args.get("status")
        if status is not None and status not in STATUSES:
            abort(400, f"status is one of {', '.join(STATUSES)}")
        shown = (_shown(store.get(one)) for one in store.ids(status))
        return _exact({"records": list(shown)})

    @control.get("/records/<record_id>")
    def record(record_id: str) -> Response:
        if (found := store.get(record_id)) is None:
            abort(404)
        return _exact({**_shown(found), "record": found.versions.latest.raw})

    @control.post("/records")
    def put() -> Response:
        made = [_completed(one) for one in _list_of(request.get_data(), "records")]
        for one in made:
            store.put(one)
        return _exact({"ids": [one["id"] for one in made]})

    @control.get("/merchants")
    def known_merchants() -> Response:
        return jsonify(merchants=[{"id": key, "name": name} for key, name in MERCHANTS])

    @control.post("/generate")
    def month() -> Response:
        raw = _body()
        release, send = raw.pop("release", False), raw.pop("send", True)
        made = generate(Month.read(raw), peer.settings.refund_amount)
        for one in made:
            store.put(one)
            peer.expenses.put_of(one)
            peer.transactions.put_of(one)
        ids = [one["id"] for one in made]
        events = _release(peer, ids, SendOptions(), send=send) if release else []
        return jsonify(ids=ids, events=events)


def _add_expenses(control: Blueprint, peer: BrexPeer) -> None:
    @control.post("/expenses")
    def expenses() -> Response:
        made = _list_of(request.get_data(), "expenses")
        for one in made:
            peer.expenses.put(one)
        return jsonify(ids=[one["id"] for one in made])


def _add_transactions(control: Blueprint, peer: BrexPeer) -> None:
    @control.get("/transactions")
    def transactions() -> Response:
        return _exact({"transactions": list(peer.transactions.all())})

    @control.post("/transactions")
    def put_transactions() -> Response:
        """Adds transactions, or changes what is given of those that there are."""
        made = _list_of(request.get_data(), "transactions")
        for one in made:
            peer.transactions.put(one)
        return jsonify(ids=[one["id"] for one in made])

    @control.delete("/transactions/<transaction_id>")
    def remove_transaction(transaction_id: str) -> Response:
        if not peer.transactions.remove(transaction_id):
            abort(404)
        return jsonify(removed=transaction_id)


def _add_events(control: Blueprint, peer: BrexPeer) -> None:
    store = peer.store

    @control.post("/release")
    def release() -> Response:
        raw = _body()
        ids, send = raw.pop("ids", None), raw.pop("send", True)
        if ids is None:
            ids = [*store.ids("PREPARE"), *store.ids("REVIEW")]
        if absent := [one for one in ids if store.get(one) is None]:
            abort(404, f"no such records: {absent[:5]}")
        return jsonify(released=ids, events=_release(peer, ids, SendOptions(**raw), send=send))

    @control.post("/resend")
    def resend() -> Response:
        """By `event_ids`, or as new events for `ids`, or everything."""
        raw = _body()
        if "ids" in raw:
            events = peer.delivery.send(raw.pop("ids"), SendOptions(**raw))
        else:
            events = peer.delivery.resend(raw.get("event_ids"))
        return jsonify(events=[one.id for one in events])

    @control.post("/secrets")
    def secrets() -> Response:
        """`{"action": "rotate"}`, and later `{"action": "revoke"}`."""
        known = {"rotate": peer.secrets.rotate, "revoke": peer.secrets.revoke}
        if (act := known.get(_body().get("action", ""))) is None:
            abort(400, f"action is one of {', '.join(known)}")
        return jsonify(secrets=act())

    @control.get("/fields")
    def fields() -> Response:
        """Custom fields with all their values."""
        return jsonify(peer.fields.shown())

    @control.get("/deliveries")
    def deliveries() -> Response:
        return jsonify(events=[one.as_dict() for one in peer.delivery.events])


def _release(peer: BrexPeer, ids: list[str], options: SendOptions, *, send: bool) -> list[str]:
    """Makes the records ready for export; returns the ids of the events that tell of it."""
    for one in ids:
        peer.store.move(one, READY)
    return [one.id for one in peer.delivery.send(ids, options)] if send else []


def _shown(record: Record | None) -> dict[str, Any]:
    if record is None:
        return {}
    raw = record.versions.latest.raw
    kept = (
        *("id", "type", "source_type", "review_status", "version", "updated_at", "posted_at"),
        "amount",
    )
    return {
        **{name: raw[name] for name in kept if name in raw},
        "exports": record.exports,
        "export_count": len(record.exports),
        "refused_exports": record.refused_exports,
    }


def _completed(raw: dict[str, Any]) -> dict[str, Any]:
    """A hand-made record with what the store needs; everything else stays as it was given."""
    if "id" not in raw or "line_items" not in raw:
        raise ValueError("a record has at least id and line_items")
    defaults = {
        "type": "CARD_EXPENSE_POST",
        "source_type": "CARD",
        "review_status": "REVIEW",
        "version": 1,
        "updated_at": rfc3339(now_utc()),
        "amount": {"amount": 0, "currency": "SEK"},
    }
    lines = [{"accounting_field_values": [], **line} for line in raw["line_items"]]
    record = {**defaults, **raw, "line_items": lines}
    if record["review_status"] not in STATUSES:
        raise ValueError(f"review_status is one of {', '.join(STATUSES)}")
    return record


def _list_of(body: bytes, name: str) -> list[dict[str, Any]]:
    raw = exact_json.loads(body)
    if isinstance(raw, dict):
        return list(raw[name]) if name in raw else [raw]
    return list(raw)


def _body() -> dict[str, Any]:
    raw = request.get_json(force=True) if request.get_data() else {}
    if not isinstance(raw, dict):
        raise TypeError("the body is an object")
    return raw


def _exact(value: Any) -> Response:
    return Response(exact_json.dumps(value), content_type="application/json")
