"""Events to the subscribed endpoint: signed, at least once, in no promised order."""

from __future__ import annotations

import heapq
import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from svix.webhooks import Webhook

from sandbox.brex.settings import BrexSettings
from sandbox.brex.subscriptions import EVENT
from sandbox.clock import monotonic_s, now_utc, rfc3339


@dataclass(slots=True)
class Event:
    """One event; its id stays the same over all attempts."""

    id: str
    record_ids: list[str]
    attempts: list[dict[str, Any]] = field(default_factory=list)
    delivered: bool = False
    gave_up: bool = False
    dropped: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As the control API shows it."""
        return {
            "id": self.id,
            "record_ids": self.record_ids,
            "attempts": self.attempts,
            "delivered": self.delivered,
            "gave_up": self.gave_up,
            "dropped": self.dropped,
        }


@dataclass(frozen=True, slots=True)
class SendOptions:
    """Faults of one release: shares between 0 and 1, `duplicate` extra copies, seconds of delay."""

    drop: float = 0.0
    duplicate: int = 0
    reorder: bool = False
    delay_s: float = 0.0
    max_ids: int | None = None


class Delivery:
    """A queue by due time, and a few threads that empty it."""

    def __init__(
        self,
        settings: Callable[[], BrexSettings],
        url: Callable[[], str | None],
        secrets: Callable[[], list[str]],
        seed: int,
    ) -> None:
        self._settings, self._url, self._secrets, self._seed = settings, url, secrets, seed
        self._ready = threading.Condition()
        self._due: list[tuple[float, int, Event, int]] = []
        self._threads: list[threading.Thread] = []
        self.events: list[Event] = []
        self.clear()

    def clear(self) -> None:
        """Forgets all events, queued ones too."""
        with self._ready:
            self._due.clear()
            self.events = []
            self._order = 0
            self._rng = random.Random(f"{self._seed}:events")

    def send(self, record_ids: list[str], options: SendOptions) -> list[Event]:
        """Splits the ids into events and queues them; none where nothing listens."""
        if self._url() is None:
            return []
        with self._ready:
            events = list(self._split(record_ids, options))
            self.events += events
            for event in events:
                event.dropped = self._rng.random() < options.drop
            told = [one for one in events if not one.dropped]
            sent = [one for one in told for _ in range(1 + options.duplicate)]
            if options.reorder:
                self._rng.shuffle(sent)
            for event in sent:
                share = self._rng.random() if options.reorder else 1.0
                self._push(event, options.delay_s * share, 0)
        return events

    def resend(self, event_ids: list[str] | None) -> list[Event]:
        """Sends events again with the ids they had; None is all of them."""
        with self._ready:
            chosen = [one for one in self.events if event_ids is None or one.id in event_ids]
            for event in chosen:
                event.dropped = False
                self._push(event, 0.0, 0)
        return chosen

    def _split(self, record_ids: list[str], options: SendOptions) -> list[Event]:
        most = options.max_ids or self._settings().webhook_max_ids
        events: list[Event] = []
        start = 0
        while start < len(record_ids):
            size = self._rng.randint(1, most)
            number = len(self.events) + len(events) + 1
            name = f"msg_{self._rng.getrandbits(64):016x}{number:06d}"
            events.append(Event(name, record_ids[start : start + size]))
            start += size
        return events

    def _push(self, event: Event, wait_s: float, attempt: int) -> None:
        self._order += 1
        heapq.heappush(self._due, (monotonic_s() + wait_s, self._order, event, attempt))
        if len(self._threads) < self._settings().webhook_threads:
            thread = threading.Thread(target=self._work, daemon=True)
            self._threads.append(thread)
            thread.start()
        self._ready.notify()

    def _next(self) -> tuple[Event, int]:
        with self._ready:
            while True:
                wait_s = self._due[0][0] - monotonic_s() if self._due else None
                if wait_s is not None and wait_s <= 0:
                    _, _, event, attempt = heapq.heappop(self._due)
                    return event, attempt
                self._ready.wait(wait_s)

    def _work(self) -> None:
        with requests.Session() as session:
            while True:
                event, attempt = self._next()
                ok = self._attempt(session, event)
                with self._ready:
                    event.delivered = event.delivered or ok
                    if ok or event not in self.events:
                        continue
                    waits = self._settings().webhook_retry_s
                    if attempt >= len(waits):
                        event.gave_up = True
                        continue
                    self._push(
                        event, waits[attempt] * self._settings().webhook_retry_scale, attempt + 1
                    )

    def _attempt(self, session: requests.Session, event: Event) -> bool:
        settings, url = self._settings(), self._url()
        outcome: str
        if url is None:
            outcome = "no active subscription"
        else:
            body = _payload(event, settings)
            try:
                answer = session.post(
                    url,
                    data=body.encode(),
                    headers=_headers(event.id, body, self._secrets(), settings.webhook_headers),
                    timeout=settings.webhook_timeout_s,
                    allow_redirects=False,
                )
                outcome = str(answer.status_code)
            except requests.RequestException as error:
                outcome = type(error).__name__
        event.attempts.append({"time": rfc3339(now_utc()), "outcome": outcome})
        return outcome.startswith("2")


def _payload(event: Event, settings: BrexSettings) -> str:
    if settings.webhook_payload == "snake":
        body: dict[str, Any] = {"event_type": EVENT, "accounting_record_ids": event.record_ids}
    else:
        body = {
            "event_type": EVENT,
            "accountingRecordIds": event.record_ids,
            "companyId": settings.company_id,
        }
    return json.dumps(body, separators=(",", ":"))


def _headers(event_id: str, body: str, secrets: list[str], prefix: str) -> dict[str, str]:
    moment = now_utc()
    signatures = " ".join(Webhook(secret).sign(event_id, moment, body) for secret in secrets)
    return {
        "Content-Type": "application/json",
        f"{prefix}-id": event_id,
        f"{prefix}-timestamp": str(int(moment.timestamp())),
        f"{prefix}-signature": signatures,
    }
