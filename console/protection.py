"""What protects the pages: signed cookies, CSRF tokens, headers, and errors that tell nothing."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, render_template, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from connector import log
from connector.errors import ConnectorError, RefusedError, RetryLaterError
from connector.settings import Settings

LOG = log.logger(__name__)

#: A form is a few ids and a sentence; a selection of a page's records fits.
_LARGEST_FORM = 256 * 1024
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

csrf = CSRFProtect()
#: What the addresses of the API begin with.
API = "/api/"
_Answer = tuple[str | dict[str, Any], int]


def add(app: Flask, settings: Settings) -> None:
    """Configure cookies, check every change for its token, and shape all answers."""
    first, *older = [_session_key(key.reveal()) for key in settings.secret_keys]
    app.config.update(
        SECRET_KEY=first,
        SECRET_KEY_FALLBACKS=older,
        MAX_CONTENT_LENGTH=_LARGEST_FORM,
        SESSION_COOKIE_NAME="__Host-ml-connector",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        WTF_CSRF_TIME_LIMIT=None,  # a token lasts as long as its session
    )
    if settings.console_url:  # then all requests come through one proxy, which says from where
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    csrf.init_app(app)
    _add_assets(app)
    _refuse_unstorable(app)
    _shape_answers(app)


def limiter(app: Flask) -> Limiter:
    """What counts tries, by the address that they come from."""
    return Limiter(get_remote_address, app=app, storage_uri="memory://")


def _session_key(secret: str) -> str:
    return hmac.new(secret.encode(), b"console session", hashlib.sha256).hexdigest()


def _add_assets(app: Flask) -> None:
    """An asset's address changes with what it says, so that browsers may keep it for good."""
    assert app.static_folder
    marks = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in Path(app.static_folder).iterdir()
    }

    @app.url_defaults
    def mark(endpoint: str, values: dict[str, str]) -> None:
        if endpoint == "static":
            values["v"] = marks[values["filename"]]


def _refuse_unstorable(app: Flask) -> None:
    @app.before_request
    def storable() -> None:
        """What PostgreSQL cannot hold is no wish of anybody."""
        given = (request.args, request.form)
        said = (text for one in given for pair in one.items(multi=True) for text in pair)
        if "\0" in request.path or any("\0" in text for text in said):
            abort(HTTPStatus.BAD_REQUEST, "There is a NUL in it.")


def _shape_answers(app: Flask) -> None:
    @app.after_request
    def protected(answer: Response) -> Response:
        answer.headers.update(_HEADERS)
        if request.endpoint != "static":
            answer.headers["Cache-Control"] = "no-store"
        return answer

    @app.errorhandler(CSRFError)
    def not_from_here(_: CSRFError) -> _Answer:
        told = "The form was sent from elsewhere, or was open for longer than you were signed in."
        return _page(HTTPStatus.BAD_REQUEST, f"{told} Nothing was changed. Go back and try again.")

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> _Answer | Response:
        if error.response is not None:
            return error.response  # type: ignore[return-value]  # a Flask response of ours
        status = HTTPStatus(error.code or HTTPStatus.BAD_REQUEST)
        wrong = getattr(error, "data", {}).get("messages")  # of values in a call of the API
        return _page(status, error.description or "", wrong)

    @app.errorhandler(ConnectorError)
    def told(error: ConnectorError) -> _Answer:
        if isinstance(error, RetryLaterError):
            why = "The database does not answer. Try again in a moment."
            return _page(HTTPStatus.SERVICE_UNAVAILABLE, why)
        if isinstance(error, RefusedError) and error.code.startswith("no_such_"):
            return _page(HTTPStatus.NOT_FOUND, str(error))
        return _page(HTTPStatus.CONFLICT, str(error))

    @app.errorhandler(Exception)
    def failed(error: Exception) -> _Answer:
        LOG.error("console_failed", error=type(error).__name__, exc_info=error)
        return _page(HTTPStatus.INTERNAL_SERVER_ERROR, "It is in the log of the console.")


def _page(status: HTTPStatus, why: str, errors: Any = None) -> _Answer:
    if request.path.startswith(API):
        return {"status": status, "message": why} | ({"errors": errors} if errors else {}), status
    return render_template("error.html", status=status, why=why), status
