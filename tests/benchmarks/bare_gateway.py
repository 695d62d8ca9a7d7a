"""The least that a webhook endpoint can do: verify, push to Redis, answer."""

from __future__ import annotations

import os

from flask import Flask, request
from redis import Redis
from svix.webhooks import Webhook, WebhookVerificationError

app = Flask(__name__)
redis = Redis.from_url(os.environ["BARE_REDIS"])
webhook = Webhook(os.environ["BARE_SECRET"])


@app.get("/readyz")
def readyz() -> str:
    return ""


@app.post("/webhooks/brex/<connection>")
def take(connection: str) -> tuple[str, int]:
    body = request.get_data()
    try:
        webhook.verify(body, dict(request.headers))
    except WebhookVerificationError:
        return "", 401
    redis.lpush(f"webhooks:{connection}", body)
    return "", 204
