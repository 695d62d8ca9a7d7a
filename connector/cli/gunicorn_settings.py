"""gunicorn's settings for the gateway, read by gunicorn as `--config python:…`.

What they mean: https://docs.gunicorn.org/en/stable/settings.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gunicorn.glogging import Logger

from connector import log

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter


class RootLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Leaves gunicorn's lines to the handler of the root logger, which writes all others too."""

    def setup(self, cfg: Any) -> None:
        """Take gunicorn's own handlers away."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


def on_starting(_server: Arbiter) -> None:
    """Configure the logs before the worker is forked, which inherits them."""
    log.configure()


worker_class = "gthread"
workers = 1
threads = 16
# Brex tries again after 5 s: its connection must not end at that very moment.
keepalive = 15
timeout = 30
graceful_timeout = 10
max_requests = 0
# Nothing but a webhook arrives here: its headers are few and short.
limit_request_line = 2_048
limit_request_fields = 60
limit_request_field_size = 8_190
accesslog = None
logger_class = RootLogger
control_socket_disable = True  # a file in the home of whoever starts it, for a tool we do not use
proc_name = "ml-connector-gateway"
