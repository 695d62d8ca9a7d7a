"""The gateway's routes, and the shape of every answer."""

from __future__ import annotations

import time
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from connector import log
from connector.ports import Intake, Nudger
from webhook_gateway.clock_watch import ClockWatch
from webhook_gateway.deadline import IntakeInTime
from webhook_gateway.deliveries import Deliveries
from webhook_gateway.endpoints import Endpoints
from webhook_gateway.hints import Hints
from webhook_gateway.metrics import CONTENT_TYPE, Metrics

LOG = log.logger(__name__)

#: When to send again what could not be stored.
_SEND_AGAIN_S = "30"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}


def create_app(intake: Intake, nudger: Nudger, *, store_within_s: float = 3.0) -> Flask:
    """The gateway over a store and a sender of hints. Connects to nothing yet.

    A store that takes longer than `store_within_s` is taken to be away.
    """
    intake = IntakeInTime(intake, store_within_s)
    app = Flask("webhook_gateway", static_folder=None)
    app.url_map.merge_slashes = False  # it would answer 308
    metrics = Metrics()
    watch = ClockWatch(intake, metrics)
    deliveries = Deliveries(intake, Endpoints(intake), Hints(nudger), metrics, watch)
    _add_webhooks(app, deliveries, metrics)
    _add_health(app, intake, metrics, watch)
    _shape_answers(app)
    return app


def _add_webhooks(app: Flask, deliveries: Deliveries, metrics: Metrics) -> None:
    @app.post("/webhooks/brex/<connection>", provide_automatic_options=False)
    def brex(connection: str) -> Response:
        began = time.monotonic()
        outcome = deliveries.take(connection, request.environ, dict(request.headers))
        metrics.deliveries.labels(outcome.label).inc()
        metrics.took_s.observe(time.monotonic() - began)
        return _answer(outcome.status)


def _add_health(app: Flask, intake: Intake, metrics: Metrics, watch: ClockWatch) -> None:
    @app.get("/livez", provide_automatic_options=False)
    def livez() -> Response:
        return _answer(HTTPStatus.OK)

    @app.get("/readyz", provide_automatic_options=False)
    def readyz() -> Response:
        return _answer(HTTPStatus.OK if intake.is_ready() else HTTPStatus.SERVICE_UNAVAILABLE)

    @app.get("/metrics", provide_automatic_options=False)
    def prometheus() -> Response:
        watch.look()
        return Response(metrics.text(), content_type=CONTENT_TYPE)


def _shape_answers(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        """A fixed answer; a redirect, which no sender should follow, is a 404."""
        status = error.code or HTTPStatus.NOT_FOUND
        answer = _answer(status if status >= HTTPStatus.BAD_REQUEST else HTTPStatus.NOT_FOUND)
        answer.headers.extend(
            (name, value) for name, value in error.get_headers() if name.lower() == "allow"
        )
        return answer

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        """Whatever went wrong here, nothing was acknowledged: it may be sent again."""
        LOG.error("gateway_failed", error=type(error).__name__, exc_info=error)
        return _answer(HTTPStatus.SERVICE_UNAVAILABLE)

    @app.after_request
    def protected(answer: Response) -> Response:
        answer.headers.update(_HEADERS)
        return answer


def _answer(status: int) -> Response:
    """The one answer that there is for a status: it tells the sender nothing else."""
    if status == HTTPStatus.NO_CONTENT:
        return Response(status=status)
    answer = Response(f"{HTTPStatus(status).phrase}\n", status, mimetype="text/plain")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = _SEND_AGAIN_S
    return answer
