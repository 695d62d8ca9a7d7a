"""gunicorn's settings for the console, read by gunicorn as `--config python:…`."""

from __future__ import annotations

from connector.cli.gunicorn_settings import RootLogger, on_starting

__all__ = ["RootLogger", "on_starting"]

worker_class = "gthread"
workers = 1
threads = 8
keepalive = 5
timeout = 60
graceful_timeout = 10
# the list's filters stand in the address
limit_request_line = 4_094
limit_request_fields = 100
accesslog = None
logger_class = RootLogger
control_socket_disable = True
proc_name = "ml-connector-console"
