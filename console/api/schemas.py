"""What goes in and out of the API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from connector.store.held_queue import Order
from connector.store.merchant_listing import Standing
from console.queue_actions import ACTIONS, Told

_NUMBER = validate.Range(1, 2**63 - 1)
_MOST = 200


def storable(text: str) -> None:
    """Refuse what PostgreSQL cannot hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValidationError("Has half of a sign.") from None
    if "\0" in text:
        raise ValidationError("Has a NUL.")


def text(longest: int = 300, **named: Any) -> fields.String:
    """A text that can be kept."""
    return fields.String(validate=[validate.Length(max=longest), storable], **named)


class Problem(Schema):
    """What went wrong."""

    status = fields.Integer(required=True)
    message = fields.String(required=True)
    errors = fields.Dict(metadata={"description": "By part and field, where values were wrong"})


class Sentence(Schema):
    """What was done, or why not: the sentences that the page shows."""

    kind = fields.String(required=True, validate=validate.OneOf(["done", "warn", "error"]))
    text = fields.String(required=True)


class Answer(Schema):
    """What became of a wish."""

    told = fields.List(fields.Nested(Sentence), required=True)


def answer(told: Iterable[Told]) -> dict[str, Any]:
    """What became of a wish, as JSON."""
    return {"told": [{"kind": kind, "text": text} for kind, text in told]}


class AlarmQuery(Schema):
    """Which alarms: those that stand; with `all`, resolved ones as well, the newest first."""

    all = fields.String(validate=validate.OneOf(["1"]))


class Alarm(Schema):
    """What is wrong, and what to do. `connection` is empty for the installation."""

    id = fields.Integer(required=True)
    connection = fields.String(required=True)
    kind = fields.String(required=True)
    key = fields.String(required=True)
    severity = fields.String(required=True)
    what = fields.String(required=True)
    mend = fields.String(required=True)
    raised_at = fields.AwareDateTime(required=True)
    last_seen_at = fields.AwareDateTime(required=True)
    resolved_at = fields.AwareDateTime(required=True, allow_none=True)
    deliveries = fields.List(fields.Dict(), required=True)


class Alarms(Schema):
    """Alarms."""

    alarms = fields.List(fields.Nested(Alarm), required=True)


class ConnectionStanding(Schema):
    """How a connection stands; what is known of its peers by rows."""

    connection = fields.String(required=True)
    erp = fields.String(required=True)
    paused_at = fields.AwareDateTime(required=True, allow_none=True)
    mode = fields.String(required=True)
    records = fields.Dict(required=True, metadata={"description": "How many, by status"})
    unfinished = fields.Integer(required=True)
    oldest_unfinished_s = fields.Float(required=True, allow_none=True)
    last_webhook_at = fields.AwareDateTime(required=True, allow_none=True)
    tokens = fields.List(fields.Dict(), required=True)
    budgets = fields.List(fields.Dict(), required=True)
    outages = fields.List(fields.Dict(), required=True)
    alarms = fields.List(fields.Nested(Alarm), required=True)
    polls = fields.List(fields.Dict(), required=True)
    syncs = fields.List(fields.Dict(), required=True)


class Connections(Schema):
    """All connections."""

    connections = fields.List(fields.Nested(ConnectionStanding), required=True)


class Checked(Schema):
    """A check of a ping."""

    name = fields.String(required=True)
    passed = fields.Boolean(required=True)
    detail = fields.String(required=True)


class Pinged(Schema):
    """The last ping that somebody asked for; `done_at` is null while a worker is at it."""

    by = fields.String(required=True)
    asked_at = fields.AwareDateTime(required=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)
    checks = fields.List(fields.Nested(Checked), required=True)
    told = fields.String(required=True)


class Connection(Schema):
    """A connection; of its secrets only whether they are set."""

    standing = fields.Nested(ConnectionStanding, required=True)
    pinged = fields.Nested(Pinged, required=True, allow_none=True)
    secrets = fields.Dict(required=True)
    jobs = fields.List(fields.Dict(), required=True)
    history = fields.List(fields.Dict(), required=True)


class ConnectionAction(Schema):
    """What is done with a connection."""

    action = fields.String(required=True, validate=validate.OneOf(["ping", "pause", "resume"]))


class HeldQuery(Schema):
    """Which held records; what is left out does not narrow. A cause has `field` and `value`."""

    connection = text()
    reason = text()
    field = text()
    value = text()
    search = text(100)
    asked = fields.String(validate=validate.OneOf(["1"]))
    order = fields.String(validate=validate.OneOf([one.value for one in Order]))
    after = text(metadata={"description": "`next` of the page before"})


class HeldRecord(Schema):
    """A held record. `attempt` says whether anybody has acted on it since."""

    record = fields.Integer(required=True)
    attempt = fields.Integer(required=True)
    connection = fields.String(required=True)
    record_id = fields.String(required=True)
    reason = fields.String(required=True)
    field = fields.String(required=True)
    value = fields.String(required=True)
    message = fields.String(required=True)
    held_at = fields.AwareDateTime(required=True)
    merchant = fields.String(required=True)
    booked_on = fields.String(required=True)
    amount = fields.String(required=True, metadata={"description": "With all its decimals"})
    currency = fields.String(required=True)
    asked_by = fields.String(required=True, allow_none=True)
    is_leased = fields.Boolean(required=True)
    is_returning = fields.Boolean(required=True)


class HeldPage(Schema):
    """Fifty held records at most."""

    records = fields.List(fields.Nested(HeldRecord), required=True)
    total = fields.Integer(required=True)
    next = fields.String(required=True, allow_none=True)


class Cause(Schema):
    """What records of a connection wait for, and how many do."""

    connection = fields.String(required=True)
    reason = fields.String(required=True)
    field = fields.String(required=True)
    value = fields.String(required=True)
    records = fields.Integer(required=True)
    oldest_at = fields.AwareDateTime(required=True)


class Causes(Schema):
    """The causes with the most records."""

    causes = fields.List(fields.Nested(Cause), required=True)


class Shown(Schema):
    """A record as it was read: at which attempt."""

    record = fields.Integer(required=True, strict=True, validate=_NUMBER)
    attempt = fields.Integer(required=True, strict=True, validate=validate.Range(0, 2**31 - 1))


class Action(Schema):
    """What is done with held records; skip and return need a message."""

    action = fields.String(required=True, validate=validate.OneOf(list(ACTIONS)))
    because = text(500, load_default="")
    records = fields.List(
        fields.Nested(Shown), required=True, validate=validate.Length(min=1, max=_MOST)
    )


class Mend(Schema):
    """What records of a connection wait for, and what is put there."""

    connection = text(required=True)
    reason = text(required=True)
    field = text(required=True)
    value = text(required=True)
    put = text(200, required=True)


class MerchantQuery(Schema):
    """Which merchants."""

    standing = fields.String(
        data_key="only", validate=validate.OneOf([one.value for one in Standing])
    )
    search = text(100, load_default="")
    after = text(load_default="", metadata={"description": "`next` of the page before"})


class Merchant(Schema):
    """A merchant, and the supplier that it is, or may be."""

    merchant_id = fields.String(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True)
    supplier = fields.String(required=True, allow_none=True)
    found = fields.String(required=True, allow_none=True)
    score = fields.Float(required=True)
    candidates = fields.List(fields.Dict(), required=True)
    waiting = fields.Integer(required=True)
    matched_by = fields.String(required=True)


class MerchantPage(Schema):
    """Fifty merchants at most."""

    merchants = fields.List(fields.Nested(Merchant), required=True)
    next = fields.String(required=True, allow_none=True)


class Supplier(Schema):
    """A supplier by its number in the ERP."""

    supplier = text(200, required=True, metadata={"minLength": 1})
