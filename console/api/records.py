"""One record with all that is known of it."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from connector.domain.people import Right
from console.api.tokens import call
from console.desk import NUMBER, Desk
from console.evidence import evidence_text


class Evidence(Schema):
    """The evidence file of a record; its history is sealed."""

    made_at = fields.AwareDateTime(required=True)
    made_by = fields.String(required=True)
    record = fields.Dict(required=True)
    brex = fields.Dict(required=True)
    documents = fields.List(fields.Dict(), required=True)
    calls = fields.List(fields.Dict(), required=True)
    receipts = fields.List(fields.Dict(), required=True)
    history = fields.List(fields.Dict(), required=True)
    how_history_is_sealed = fields.String(required=True)


def add(blueprint: Any, desk: Desk) -> None:
    """Add the call."""

    @call(blueprint, desk, Right.SEE, f"/records/<{NUMBER}:number>")
    @blueprint.response(200, Evidence)
    def record(number: int) -> Response:
        """A record by its number: both sides, every call, the whole history."""
        _, text = evidence_text(desk, number)
        return Response(text, mimetype="application/json")
