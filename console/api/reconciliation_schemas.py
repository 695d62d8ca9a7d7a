"""What goes in and out of the API about reconciliations."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from connector.domain.reconciliation import Ending
from console.api.schemas import text


class ReconciliationRun(Schema):
    """A reconciliation that was kept; `until` is the day after its last one."""

    id = fields.Integer(required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True)
    asked_by = fields.String(required=True)
    started_at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True)
    proved = fields.Boolean(required=True)
    faults = fields.List(fields.String(), required=True)
    unlisted = fields.List(fields.String(), required=True)
    endings = fields.Dict(required=True, metadata={"description": "How many items, by ending"})


class ReconciliationRuns(Schema):
    """The last fifty of a connection at most, the newest first."""

    reconciliations = fields.List(fields.Nested(ReconciliationRun), required=True)


class CurrencyTotal(Schema):
    """Both sides of a currency, and the endings that explain the difference."""

    currency = fields.String(required=True)
    brex = fields.String(required=True)
    erp = fields.String(required=True)
    difference = fields.String(required=True)
    items = fields.Dict(required=True, metadata={"description": "How many, by ending"})
    explained = fields.Dict(
        values=fields.String(), required=True, metadata={"description": "Amounts, by ending"}
    )


class ControlTotal(Schema):
    """A line of the control totals."""

    company = fields.String(required=True)
    currency = fields.String(required=True)
    day = fields.Date(required=True)
    account = fields.String(required=True)
    statement = fields.String(required=True)
    brex = fields.String(required=True)
    erp = fields.String(required=True)
    items = fields.Dict(required=True)
    explained = fields.Dict(values=fields.String(), required=True)


class Reconciled(ReconciliationRun):
    """One with its totals."""

    totals = fields.List(fields.Nested(CurrencyTotal), required=True)
    lines = fields.List(fields.Nested(ControlTotal), required=True)


class ItemQuery(Schema):
    """Which items; what is left out does not narrow, and empty is an item without one."""

    ending = fields.Enum(Ending, by_value=True)
    company = text()
    currency = text()
    day = fields.Date()
    account = text()
    is_ours = fields.Boolean()
    after = fields.Integer(
        load_default=-1,
        validate=validate.Range(-1, 2**31 - 1),
        metadata={"description": "`next` of the page before"},
    )


class ReconciledItem(Schema):
    """An item that does not match. `suggestions` are guesses by amount, day and name."""

    nth = fields.Integer(required=True)
    ending = fields.String(required=True)
    name = fields.String(required=True)
    day = fields.Date(required=True)
    currency = fields.String(required=True)
    company = fields.String(required=True)
    account = fields.String(required=True)
    about = fields.String(required=True)
    charged = fields.String(required=True, allow_none=True)
    recorded = fields.String(required=True, allow_none=True)
    posted = fields.String(required=True, allow_none=True)
    told = fields.String(required=True)
    is_ours = fields.Boolean(required=True)
    transactions = fields.List(fields.String(), required=True)
    records = fields.List(fields.String(), required=True)
    documents = fields.List(fields.String(), required=True)
    vouchers = fields.List(fields.String(), required=True)
    differences = fields.List(fields.Dict(), required=True)
    suggestions = fields.List(fields.Dict(), required=True)


class ReconciledItems(Schema):
    """A hundred items at most."""

    items = fields.List(fields.Nested(ReconciledItem), required=True)
    next = fields.Integer(required=True, allow_none=True)
