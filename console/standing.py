"""How each connection stands: both its sides, and how much of their budgets is used."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from connector.budgets import budgets
from connector.domain.jobs import Job
from connector.store.alarms import AlarmBoard
from connector.store.status import StatusBoard, by_connection
from console.desk import Desk


def standing(desk: Desk) -> list[dict[str, Any]]:
    """Each connection, by name, with its tokens, budgets, outages, alarms, polls and syncs."""
    board = StatusBoard(desk.database)
    known = {
        "tokens": board.tokens(),
        "budgets": budgets(desk.connections.all(), desk.redis),
        "outages": board.outages(),
        "alarms": [asdict(one) for one in AlarmBoard(desk.database).standing()],
        "polls": [one for one in board.jobs() if one["job"] == Job.POLL],
        "syncs": board.syncs(),
    }
    of_each = {what: by_connection(rows) for what, rows in known.items()}
    return [
        row | {what: rows[row["connection"]] for what, rows in of_each.items()}
        for row in board.connections()
    ]
