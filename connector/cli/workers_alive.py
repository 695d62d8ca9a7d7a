"""Asking the Celery workers whether they are there."""

from __future__ import annotations

from connector.settings import Settings


def answering_workers(settings: Settings, *, wait_s: float = 1.0) -> list[str]:
    """The names of the workers that answer within `wait_s`. Raises what a broken Redis raises."""
    from workers.configuration import celery_app

    assert settings.redis_url
    app = celery_app(settings.redis_url, socket_timeout_s=max(2.0, 2 * wait_s))
    try:
        replies = app.control.ping(timeout=wait_s)
    finally:
        app.close()
    return sorted(name for reply in replies for name in reply)
