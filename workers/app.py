"""The Celery app of workers and beat."""

from __future__ import annotations

from celery import Celery
from celery.signals import worker_ready

from connector.bootstrap import Application
from connector.settings import Settings
from connector.store.roles import Role
from workers.configuration import celery_app
from workers.nudges import CeleryNudger
from workers.schedule import BEAT
from workers.tasks import register
from workers.watch import Watch


def create_app(settings: Settings) -> Celery:
    """The app with all tasks. Nothing is connected before the first task runs."""
    assert settings.redis_url is not None, "workers are started with both URLs"
    app = celery_app(settings.redis_url)
    app.conf.beat_schedule = BEAT
    nudger = CeleryNudger(settings.redis_url)
    application = Application(settings, actor="worker", role=Role.WORKER)
    register(app, application, nudger)
    worker_ready.connect(Watch(application.alarms).start, weak=False)
    return app
