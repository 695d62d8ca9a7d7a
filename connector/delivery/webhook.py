"""Messages about alarms by a webhook that is signed as Standard Webhooks 1.0.0 says.

https://www.standardwebhooks.com. By the library that svix signs with; all of svix would take 18 MB
of a worker.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from standardwebhooks import Webhook

from connector.alarm_settings import WebhookSettings
from connector.domain.alarm_messages import AlarmMessage
from connector.errors import RetryLaterError
from connector.http.retry_after import retry_after_s
from connector.http.wire import AnswerLostError, NeverLeftError, Request, Wire

_CONNECT_S, _READ_S = 5.0, 15.0


class SignedWebhook:
    """Posts messages to one address, such as a peer may have; no redirect is followed."""

    def __init__(self, settings: WebhookSettings, *, allow_http: bool) -> None:
        """Raises ConfigurationError for an address that may not be called."""
        parts = urlsplit(settings.url.reveal())
        self._wire = Wire(
            "the alarms' webhook",
            f"{parts.scheme}://{parts.netloc}",
            allow_http=allow_http,
            connect_s=_CONNECT_S,
            read_s=_READ_S,
        )
        self._path, self._query = parts.path or "/", parse_qsl(parts.query, keep_blank_values=True)
        self._signer = Webhook(settings.secret.reveal())

    def __call__(self, message: AlarmMessage) -> None:
        """Post it; the receiver has taken it afterwards. A repeat has the same webhook-id and body.

        Raises RetryLaterError, whose text holds no part of the address.
        """
        body = json.dumps(message.content, separators=(",", ":"), sort_keys=True)
        now = datetime.now(UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message.id, now, body),
        }
        request = Request("POST", self._path, self._query, data=body.encode())
        try:
            reply = self._wire.send(request, headers, fresh=True)
        except (NeverLeftError, AnswerLostError) as error:
            raise RetryLaterError(f"the receiver gave no whole answer ({error})") from None
        if not 200 <= reply.status < 300:  # noqa: PLR2004 - the classes of HTTP
            wait_s = retry_after_s(reply.headers)
            raise RetryLaterError(f"the receiver answered {reply.status}", wait_s=wait_s)
