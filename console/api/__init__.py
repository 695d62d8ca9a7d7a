"""What the pages do, as JSON for programs that have a person's token."""

from __future__ import annotations

from importlib.metadata import version

from flask import Flask
from flask_smorest import Api, Blueprint

from console.api import alarms, connections, held, reconciliations, records, suppliers
from console.desk import Desk
from console.protection import API, csrf


class _Documented(Api):  # type: ignore[misc]  # flask-smorest has no types
    """The API with its description; how errors are told, the console says for all of it."""

    def _register_error_handlers(self) -> None:
        """Leave them to `console.protection`."""


def add(app: Flask, desk: Desk) -> None:
    """Add the API and, at `/api/v1/openapi.json`, what describes it."""
    app.config.update(
        API_TITLE="ml-connector console",
        API_VERSION=version("ml-connector"),
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=f"{API}v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    token = {"type": "http", "scheme": "bearer", "description": "ml-connector user token NAME"}
    api = _Documented(app, spec_kwargs={"security": [{"token": []}]})
    api.spec.components.security_scheme("token", token)
    for part in (alarms, connections, held, reconciliations, records, suppliers):
        name = part.__name__.rpartition(".")[2]
        blueprint = Blueprint(f"api-{name}", part.__name__, description=part.__doc__)
        part.add(blueprint, desk)
        csrf.exempt(blueprint)  # no browser sends a token by itself
        api.register_blueprint(blueprint, url_prefix=f"{API}v1")
