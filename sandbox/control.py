"""`/_sandbox/…`: faults, settings, counts and the log. Answers loopback only."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox.settings import SettingsError
from sandbox.world import World

#: What a control request can be wrong with.
FAULTY = (SettingsError, ValueError, TypeError, KeyError)


def blueprint(world: World) -> Blueprint:
    """The control paths that belong to no peer."""
    control = Blueprint("control", __name__, url_prefix="/_sandbox")

    @control.get("/calls")
    def calls() -> Response:
        return jsonify(world.journal.counts(request.args.get("peer")))

    @control.get("/log")
    def log() -> Response:
        limit = request.args.get("limit", default=100, type=int)
        return jsonify(calls=world.journal.last(request.args.get("peer"), limit))

    @control.get("/faults")
    def faults() -> Response:
        return jsonify(faults=world.faults.rules(), late=world.door.late)

    @control.post("/faults")
    def add_faults() -> Response:
        """One rule, a list of rules, or `{"faults": [...]}`."""
        raw: Any = request.get_json(force=True)
        rules = raw.get("faults", [raw]) if isinstance(raw, dict) else raw
        return jsonify(faults=[world.faults.add(rule).as_dict() for rule in rules])

    @control.delete("/faults")
    def clear_faults() -> Response:
        world.faults.clear()
        return jsonify(faults=[])

    @control.get("/settings")
    def settings() -> Response:
        return jsonify(world.settings.as_dict())

    @control.patch("/settings")
    def patch() -> Response:
        world.settings.patch(request.get_json(force=True))
        return jsonify(world.settings.as_dict())

    @control.post("/reset")
    def reset() -> Response:
        """Forgets all data, counts and faults; settings stay."""
        world.reset()
        return jsonify(reset=True)

    return control


def guard(blueprint: Blueprint) -> None:
    """Control paths answer loopback only, and say what is wrong with a request."""
    blueprint.before_request(_refuse_strangers)
    for kind in FAULTY:
        blueprint.register_error_handler(kind, _explain)
    blueprint.register_error_handler(HTTPException, _refused)


def _refuse_strangers() -> None:
    if not _is_loopback(request.remote_addr):
        abort(403)


def _refused(error: HTTPException) -> tuple[Response, int]:
    return jsonify(error=error.description), error.code or 500


def _explain(error: Exception) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400


def _is_loopback(address: str | None) -> bool:
    return address is not None and ip_address(address).is_loopback
