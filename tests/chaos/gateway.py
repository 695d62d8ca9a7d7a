"""The gateway with plans in force, or a part taken away: `gunicorn tests.chaos.gateway:app`."""

from tests.chaos import broker, points, without

broker.install()
without.install()
points.install()

from webhook_gateway.main import app  # noqa: E402, F401 - gunicorn finds it here
