"""The first page."""

from __future__ import annotations

from flask import Flask, render_template

from connector.domain.people import Right
from connector.store.status import StatusBoard
from console.desk import Desk
from console.signing_in import needs


def add(app: Flask, desk: Desk) -> None:
    """Add `/`."""

    @app.get("/")
    @needs(Right.SEE)
    def start() -> str:
        board = StatusBoard(desk.database)
        return render_template("start.html", connections=board.connections(), held=board.held())
