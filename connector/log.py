"""Logs: one event a line, the same for our code, Celery, gunicorn and Flask, and no secret in it.

    LOG = log.logger(__name__)
    with log.bind(connection="acme-m3", record_id="accr_1"):
        LOG.info("record_posted", document="BX…")

A line is JSON, or coloured text where a person watches. Before a line is written, what looks like a
secret is replaced, control characters are escaped and long values are cut, wherever they stand.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Literal, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from connector.redaction import redacted

Format = Literal["json", "console"]

_FIRST = ("timestamp", "level", "event")


def configure(
    stream: IO[str] | None = None, fmt: Format | None = None, level: int = logging.INFO
) -> None:
    """Send every log of this process to `stream` (stderr). A second call replaces the first.

    `fmt` is by default `console` on a terminal, else `json`.
    """
    stream = stream or sys.stderr
    fmt = fmt or ("console" if stream.isatty() else "json")
    arrive: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=arrive,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _redact,
                _renderer(fmt, stream),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *arrive,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def logger(name: str) -> FilteringBoundLogger:
    """Give the logger of a module. Event names are constant, everything else is a field."""
    return cast("FilteringBoundLogger", structlog.stdlib.get_logger(name))


@contextmanager
def bind(**fields: object) -> Iterator[None]:
    """Put `fields` on every line that this thread logs inside the block."""
    with structlog.contextvars.bound_contextvars(**fields):
        yield


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    trace = event.pop("exception", None)
    first = {name: event.pop(name) for name in _FIRST if name in event}
    safe = cast("dict[str, Any]", redacted(first | dict(event)))
    if trace is not None:
        safe["exception"] = redacted(str(trace), lines=True)
    return safe


def _renderer(fmt: Format, stream: IO[str]) -> Processor:
    if fmt == "json":
        return structlog.processors.JSONRenderer(sort_keys=False)
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
