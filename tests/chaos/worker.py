"""The workers' app with plans in force, or a part taken away: `celery --app tests.chaos.worker:app`."""

from tests.chaos import broker, points, without

broker.install()
without.install()
points.install()

from workers.main import app  # noqa: E402, F401 - Celery finds it here
