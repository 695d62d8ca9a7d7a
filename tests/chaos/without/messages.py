"""Parts by which messages may be lost, late or repeated, and Redis away."""

import signal
from collections.abc import Sequence
from typing import Any

from celery.apps import worker as apps

from connector.bootstrap import Application
from connector.domain.records import Step
from webhook_gateway import app as gateway
from workers import configuration
from workers.nudges import CeleryNudger
from workers.routes import queue_of


def sweep() -> None:
    """A hint that is lost is lost: nobody looks for rows that are due."""
    Application.sweep = lambda self, nudger: 0  # type: ignore[method-assign]


def one_hint() -> None:
    """Every hint is sent, however many of its kind are waiting."""
    CeleryNudger._is_first = lambda *_: True  # type: ignore[method-assign]


def lost_hints() -> None:
    """A hint that was sent waits until somebody takes it; it cannot have been lost."""
    first = CeleryNudger._is_first

    def once(self: CeleryNudger, key: str, period_ms: int) -> bool:
        return first(self, key, period_ms * (1_000 if ":hint:" in key else 1))

    CeleryNudger._is_first = once  # type: ignore[method-assign]


def hints_behind_the_answer() -> None:
    """The gateway sends its hint first and answers then, and waits for Redis as long as it takes."""
    begin = CeleryNudger.__init__

    def patient(self: CeleryNudger, redis_url: Any, *, patience_s: float = 2.0) -> None:
        begin(self, redis_url, patience_s=600.0)

    CeleryNudger.__init__ = patient  # type: ignore[method-assign]
    gateway.Hints = lambda nudger: nudger  # type: ignore[misc,assignment]


def hints_may_fail() -> None:
    """A hint that cannot be sent is an error of whoever sends it."""

    def nudge(
        self: CeleryNudger, step: Step, connection: str, erp: str, record_ids: Sequence[str] = ()
    ) -> None:
        self._app.send_task(
            step.value, args=[connection, list(record_ids)], queue=queue_of(step, erp), retry=False
        )

    CeleryNudger.nudge = nudge  # type: ignore[method-assign]
    gateway.Hints = lambda nudger: nudger  # type: ignore[misc,assignment]


def reconnecting() -> None:
    """A worker that lost its Redis ends."""
    _set(broker_connection_retry=False)


def orderly_end() -> None:
    """A worker that is told to end ends, with all that it holds."""
    apps.install_worker_term_handler = lambda _: signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _set(**settings: Any) -> None:
    usual = configuration._settings
    configuration._settings = lambda socket_timeout_s: usual(socket_timeout_s) | settings


PARTS = (
    sweep, one_hint, lost_hints, hints_behind_the_answer, hints_may_fail, reconnecting, orderly_end,
)  # fmt: skip
