"""Whether the process runs, and whether it could answer people."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response

from connector.errors import ConnectorError
from console.desk import Desk


def add(app: Flask, desk: Desk) -> None:
    """Add `/livez` and `/readyz`, which anybody may ask."""

    @app.get("/livez")
    def livez() -> Response:
        return _answer(HTTPStatus.OK)

    @app.get("/readyz")
    def readyz() -> Response:
        try:
            with desk.database.statement() as cursor:
                cursor.execute("SELECT 1")
        except ConnectorError:
            return _answer(HTTPStatus.SERVICE_UNAVAILABLE)
        return _answer(HTTPStatus.OK)


def _answer(status: HTTPStatus) -> Response:
    return Response(f"{status.phrase}\n", status, mimetype="text/plain")
