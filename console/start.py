"""The overview: what needs a person, what went through, and how each connection stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from flask import Flask, render_template

from connector.domain.people import Right
from connector.domain.records import Status
from connector.store.held_queue import HeldQueue
from connector.store.status import StatusBoard
from console.desk import Desk
from console.signing_in import needs
from console.throughput import bars

_HOURS = 24
#: Causes that are named; the queue has the others.
_CAUSES = 6


def add(app: Flask, desk: Desk) -> None:
    """Add `/`."""

    @app.get("/")
    @needs(Right.SEE)
    def start() -> str:
        board = StatusBoard(desk.database)
        connections = _sides(board)
        causes = HeldQueue(desk.database).causes()
        return render_template(
            "start.html",
            connections=connections,
            counts={one: sum(row["records"].get(one, 0) for row in connections) for one in Status},
            oldest_s=max((row["oldest_unfinished_s"] or 0 for row in connections), default=0),
            causes=causes[:_CAUSES],
            other_causes=len(causes[_CAUSES:]),
            bars=bars(board.throughput(_HOURS)),
        )


def _sides(board: StatusBoard) -> list[dict[str, Any]]:
    """Each connection with what is known of both its sides."""
    tokens, outages, silences = (
        _by_connection(rows) for rows in (board.tokens(), board.outages(), board.silences())
    )
    polls = _by_connection([one for one in board.jobs() if one["job"] == "poll"])
    syncs = _by_connection(board.syncs())
    return [
        row
        | {
            "tokens": tokens[row["connection"]],
            "outages": outages[row["connection"]],
            "silences": silences[row["connection"]],
            "polls": polls[row["connection"]],
            "syncs": syncs[row["connection"]],
        }
        for row in board.connections()
    ]


def _by_connection(rows: Sequence[dict[str, Any]]) -> defaultdict[str, list[dict[str, Any]]]:
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["connection"]].append(row)
    return found
