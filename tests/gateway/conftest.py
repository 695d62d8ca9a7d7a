"""The gateway over a store in memory."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from connector.errors import RetryLaterError
from connector.ports import Accepted, Delivery, Disposition, Endpoint, Pulse
from connector.secret import Secret
from tests.gateway.signing import SECRET
from webhook_gateway.app import create_app


class MemoryIntake:
    """Implements Intake. `away` makes it answer like a database that is down."""

    def __init__(self) -> None:
        self.endpoints = {
            "acme": Endpoint(1, "acme", "infor-m3", "cuacc_1", (Secret(SECRET),)),
            "other": Endpoint(
                2, "other", "infor-m3", "", (Secret("whsec_plJ3nmyCDGBKInavdOK15jsl"),)
            ),
            "open": Endpoint(3, "open", "infor-m3", "", ()),
        }
        self.deliveries: list[Delivery] = []
        self.records: list[str] = []
        self.asked: list[str] = []
        self.pulses = 0
        self.ahead = timedelta()
        self.overdue_s = 0.0
        self.away = False
        self.frozen = threading.Event()
        self.frozen.set()
        self.lock = threading.Lock()
        self.stored_together: list[set[str]] = []
        self.refuses: set[str] = set()

    def _check(self) -> None:
        self.frozen.wait(10)
        if self.away:
            raise RetryLaterError("database away")

    def endpoint(self, name: str) -> Endpoint | None:
        self._check()
        self.asked.append(name)
        return self.endpoints.get(name)

    def accept(self, deliveries: Sequence[Delivery]) -> list[Accepted]:
        together = {one.webhook_id for one in deliveries}
        self.stored_together.append(together)
        self._check()
        if self.refuses & together:
            raise ValueError("a delivery that cannot be stored")
        with self.lock:
            return [self._accept(one) for one in deliveries]

    def _accept(self, delivery: Delivery) -> Accepted:
        repeat = any(one.webhook_id == delivery.webhook_id for one in self.deliveries)
        self.deliveries.append(delivery)
        if repeat or delivery.disposition is not Disposition.ACCEPTED:
            return Accepted((), repeat)
        fresh = tuple(one for one in delivery.record_ids if one not in self.records)
        self.records += fresh
        return Accepted(fresh, False)

    def pulse(self) -> Pulse:
        self._check()
        self.pulses += 1
        return Pulse(datetime.now(UTC) + self.ahead, self.overdue_s, {"critical": 2})

    def is_ready(self) -> bool:
        self.frozen.wait(10)
        return not self.away


class Nudges:
    """Implements Nudger; remembers, and can hang or fail."""

    def __init__(self) -> None:
        self.sent: list[tuple] = []
        self.refetches: list[str] = []
        self.arrived = threading.Event()
        self.hang = threading.Event()
        self.hang.set()
        self.fails = False
        self.waiting = 0

    def nudge(self, step, connection, erp, record_ids=()) -> None:
        self.waiting += 1
        self.hang.wait(10)
        if self.fails:
            raise OSError("no broker")
        self.sent.append((step.value, connection, erp, tuple(record_ids)))
        self.arrived.set()

    def refetch_secrets(self, connection) -> None:
        self.hang.wait(10)
        self.refetches.append(connection)
        self.arrived.set()


@pytest.fixture
def intake() -> MemoryIntake:
    return MemoryIntake()


@pytest.fixture
def nudges() -> Nudges:
    return Nudges()


@pytest.fixture
def client(intake: MemoryIntake, nudges: Nudges) -> FlaskClient:
    return create_app(intake, nudges, store_within_s=0.3).test_client()
