"""The overview: what needs a person, what went through, and how each connection stands."""

from __future__ import annotations

from flask import Flask, render_template

from connector.domain.people import Right
from connector.domain.records import Status
from connector.store.alarms import AlarmBoard
from connector.store.held_queue import HeldQueue
from connector.store.status import StatusBoard
from console.desk import Desk
from console.signing_in import needs
from console.standing import standing
from console.throughput import HEIGHT, WIDTH, bars

_HOURS = 24
#: Causes that are named; the queue has the others.
_CAUSES = 6


def add(app: Flask, desk: Desk) -> None:
    """Add `/`."""

    @app.get("/")
    @needs(Right.SEE)
    def start() -> str:
        board = StatusBoard(desk.database)
        connections = standing(desk)
        causes = HeldQueue(desk.database).causes()
        return render_template(
            "start.html",
            connections=connections,
            alarms=[one for one in AlarmBoard(desk.database).standing() if not one.connection],
            counts={one: sum(row["records"].get(one, 0) for row in connections) for one in Status},
            oldest_s=max((row["oldest_unfinished_s"] or 0 for row in connections), default=0),
            causes=causes[:_CAUSES],
            other_causes=len(causes[_CAUSES:]),
            bars=bars(board.throughput(_HOURS)),
            chart=(WIDTH, HEIGHT),
        )
