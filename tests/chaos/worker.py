"""The workers' app with plans and a strategy in force: `celery --app tests.chaos.worker:app`."""

from tests.chaos import broker, points, strategies

broker.install()
points.install()
strategies.install()

from workers.main import app  # noqa: E402, F401 - Celery finds it here
