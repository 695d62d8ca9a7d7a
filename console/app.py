"""The console's parts, put together."""

from __future__ import annotations

from flask import Flask

from console import (
    api,
    connections,
    evidence,
    formats,
    health,
    master_data,
    mends,
    openid,
    protection,
    queue,
    reconcile_now,
    reconciliation,
    record,
    signing_in,
    start,
    suppliers,
)
from console.desk import Desk

#: What stands in the bar: name and endpoint.
PAGES = (
    ("Overview", "start"),
    ("Held", "held"),
    ("Reconciliation", "reconciliation"),
    ("Suppliers", "suppliers"),
    ("Master data", "master_data"),
    ("Connections", "connections"),
)


def create_app(desk: Desk) -> Flask:
    """The console over its database. Connects to nothing yet."""
    app = Flask("console")
    app.context_processor(lambda: {"pages": PAGES})
    protection.add(app, desk.settings)
    formats.add(app)
    limiter = protection.limiter(app)
    signing_in.add(app, desk, limiter)
    openid.add(app, desk, limiter)
    health.add(app, desk)
    start.add(app, desk)
    queue.add(app, desk)
    record.add(app, desk)
    evidence.add(app, desk)
    mends.add(app, desk)
    suppliers.add(app, desk)
    master_data.add(app, desk)
    connections.add(app, desk)
    reconciliation.add(app, desk)
    reconcile_now.add(app, desk)
    api.add(app, desk)
    return app
