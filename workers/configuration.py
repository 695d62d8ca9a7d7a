"""Celery's settings. Each line has its measured reason in docs/workers.md."""

from __future__ import annotations

from typing import Any

from celery import Celery

from connector.secret import Secret
from workers import transport

#: Longer than the longest task and its retries' countdown.
VISIBILITY_S = 900
#: Retries with a countdown stay below this, far from the visibility timeout.
LONGEST_COUNTDOWN_S = 30.0


def celery_app(redis_url: Secret, *, socket_timeout_s: float = 10.0) -> Celery:
    """A Celery app on this broker, without tasks.

    `socket_timeout_s` is how long a Redis that hangs may hold up a caller.
    """
    transport.install()
    app = Celery("ml-connector", broker=redis_url.reveal())
    app.conf.update(_settings(socket_timeout_s))
    return app


def _settings(socket_timeout_s: float) -> dict[str, Any]:
    return {
        # hints only: the row in PostgreSQL is the truth
        "task_serializer": "json",
        "accept_content": ["json"],
        "result_backend": None,
        "task_ignore_result": True,
        "task_create_missing_queues": True,
        "task_default_queue": "maintenance",
        # a task that its worker did not finish comes again
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure_or_timeout": True,
        "worker_prefetch_multiplier": 1,
        # fail fast and let the sweep find the row
        "task_publish_retry": False,
        "broker_connection_timeout": min(socket_timeout_s, 5.0),
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,
        "visibility_timeout": VISIBILITY_S,
        "broker_transport_options": {
            "visibility_timeout": VISIBILITY_S,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "health_check_interval": 5,
            "socket_timeout": socket_timeout_s,
            "socket_connect_timeout": min(socket_timeout_s, 5.0),
            "socket_keepalive": True,
            "retry_on_timeout": False,
        },
        "worker_soft_shutdown_timeout": 20,
        "worker_enable_soft_shutdown_on_idle": True,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_enable_remote_control": True,
        "timezone": "UTC",
        "enable_utc": True,
        "beat_max_loop_interval": 1,
        "beat_scheduler": "celery.beat:Scheduler",
    }
