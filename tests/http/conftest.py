"""A peer, a server that misbehaves, and a budget, for each test."""

from collections.abc import Iterator

import pytest

from connector.http import Peer, StaticToken
from connector.secret import Secret
from tests.http.misbehaving_server import Budget, Server


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def other_server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def budget() -> Budget:
    return Budget()


@pytest.fixture
def peer(server: Server, budget: Budget) -> Peer:
    token = StaticToken(Secret("CANARY-7f3a"))
    return Peer("brex", server.url, tokens=token, budget=budget, allow_http=True, read_s=0.6)
