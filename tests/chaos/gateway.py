"""The gateway with plans in force: `gunicorn tests.chaos.gateway:app`."""

from tests.chaos import broker, points

broker.install()
points.install()

from webhook_gateway.main import app  # noqa: E402, F401 - gunicorn finds it here
