"""A started sandbox, and the product's client for its Brex."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connector.brex import factory
from connector.brex.client import BrexClient
from connector.brex.subscriptions import Subscriptions
from connector.domain.connections import BrexConfig, Connection, MappingConfig
from connector.http import Health, StaticToken
from connector.secret import Secret
from tests.sandbox_process import Sandbox as Process


class Sandbox:
    """The control side of the simulated Brex."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection = connection(url)

    def control(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        answer = requests.request(
            method, f"{self.url}/_sandbox/{path}", json=body, params=params, timeout=10
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def records(self, *ids: str, status: str = "READY_FOR_EXPORT", **more: Any) -> list[str]:
        amount = {"amount": 10.5, "currency": "SEK"}
        lines = [
            {"id": "l1", "type": "DEBIT", "amount": amount},
            {"id": "l2", "type": "CREDIT", "amount": amount},
        ]
        moment = "2026-06-11T09:09:05.840Z"
        fields = {
            "review_status": status,
            "line_items": lines,
            "amount": amount,
            "posted_at": moment,
            "erp_posting_date": moment,
            **more,
        }
        return list(
            self.control(
                "POST", "brex/records", {"records": [{"id": one, **fields} for one in ids]}
            )["ids"]
        )

    def fault(self, kind: str, **rule: Any) -> None:
        self.control("POST", "faults", {"kind": kind, **rule})

    def record(self, record_id: str) -> Any:
        return self.control("GET", f"brex/records/{record_id}")

    def calls(self) -> Any:
        return self.control("GET", "calls", peer="brex")["brex"]


class Budget:
    def __init__(self) -> None:
        self.background: list[bool] = []

    def take(self, *, background: bool = False) -> float:
        self.background.append(background)
        return 0.0

    def block(self, asked_s: float | None) -> float:
        """Nothing waits here."""
        return asked_s or 0.0


def connection(url: str, **more: Any) -> Connection:
    return Connection(
        1, "acme", "infor-m3", BrexConfig(url, **more), MappingConfig("GL_ACCOUNT"), {}
    )


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    running = Process(tmp_path_factory.mktemp("sandbox"))
    yield running.url
    running.stop()


@pytest.fixture
def sandbox(sandbox_url: str) -> Sandbox:
    sandbox = Sandbox(sandbox_url)
    sandbox.control("POST", "reset")
    return sandbox


@pytest.fixture
def budget() -> Budget:
    return Budget()


@pytest.fixture
def client(sandbox: Sandbox, budget: Budget) -> BrexClient:
    tokens = StaticToken(Secret("bxt_sandbox"))
    return BrexClient(
        factory.peer(
            sandbox.connection, tokens=tokens, budget=budget, health=Health(), allow_http=True
        )
    )


@pytest.fixture
def subscriptions(sandbox: Sandbox, budget: Budget) -> Subscriptions:
    tokens = StaticToken(Secret("bxt_sandbox"))
    return Subscriptions(
        factory.peer(
            sandbox.connection, tokens=tokens, budget=budget, health=Health(), allow_http=True
        )
    )
