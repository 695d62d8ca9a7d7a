"""What holds a call back: the peer's limits, the budget, the token."""

import pytest

from connector.errors import (
    CredentialsError,
    RateLimitedError,
)
from connector.http import Peer, StaticToken
from connector.http.retry_after import retry_after_s
from connector.ports import Token
from connector.secret import Secret
from tests.http.misbehaving_server import Budget, Server, answer


def test_429_blocks_the_budget_and_says_how_long(
    peer: Peer, server: Server, budget: Budget
) -> None:
    server.script = [answer(429, Retry_After="12")]
    for call in (peer.read, peer.write):
        with pytest.raises(RateLimitedError) as error:
            call("POST", "/x")
        assert error.value.wait_s == 12.0
    assert budget.blocked == [12.0, 12.0]
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "header", ["-1", "1000000000", "soon", "Wed, 21 Oct 2015 07:28:00 GMT", "nan", ""]
)
def test_b46_a_senseless_retry_after_is_left_to_the_budget(
    peer: Peer, server: Server, budget: Budget, header: str
) -> None:
    server.script = [answer(429, Retry_After=header)]
    with pytest.raises(RateLimitedError) as error:
        peer.read("GET", "/x")
    assert (budget.blocked, error.value.wait_s) == ([None], 3.5)


def test_b46_the_forms_of_retry_after() -> None:
    assert retry_after_s({"Retry-After": "3600"}) == 900.0
    assert retry_after_s({"Retry-After": "0"}) == 1.0
    assert retry_after_s({"Retry-After": " 2.5 "}) == 2.5
    assert retry_after_s({}) is None


@pytest.mark.parametrize(
    ("until", "now", "wait_s"),
    [
        ("Fri, 20 Nov 2026 12:00:40 GMT", "Fri, 20 Nov 2026 12:00:00 GMT", 40.0),
        ("Fri, 20 Nov 2026 12:00:40", "Fri, 20 Nov 2026 12:00:00", 40.0),
        # a peer whose clock, or ours, is ten years off
        ("Thu, 20 Nov 2036 12:00:40 GMT", "Thu, 20 Nov 2036 12:00:00 GMT", 40.0),
        ("Tue, 29 Feb 2028 00:00:10 GMT", "Mon, 28 Feb 2028 23:59:50 GMT", 20.0),
        ("Fri, 20 Nov 2026 12:00:00 GMT", "Fri, 20 Nov 2026 12:00:40 GMT", None),
        ("Fri, 99 Nov 99999 12:00:40 GMT", "Fri, 20 Nov 2026 12:00:00 GMT", None),
        ("Fri, 20 Nov 2026 12:00:40 GMT", "now", None),
    ],
)
def test_b46_a_date_to_come_again_counts_by_the_peers_own_clock(until, now, wait_s) -> None:
    assert retry_after_s({"Retry-After": until, "Date": now}) == wait_s
    assert retry_after_s({"Retry-After": until}) is None


def test_a_short_wait_for_the_budget_is_slept(server: Server) -> None:
    budget = Budget(0.05, 0.05)
    peer = Peer("brex", server.url, tokens=None, budget=budget, allow_http=True)
    assert peer.read("GET", "/x", background=True).status == 200
    assert budget.background == [True, True, True]


def test_a_long_wait_for_the_budget_is_the_callers_and_nothing_is_sent(server: Server) -> None:
    peer = Peer("brex", server.url, tokens=None, budget=Budget(2.5), allow_http=True)
    with pytest.raises(RateLimitedError) as error:
        peer.write("POST", "/x")
    assert error.value.wait_s == 2.5
    assert server.connections == 0


class Renewed:
    """Tokens of which the peer takes only the later ones."""

    def __init__(self) -> None:
        self.generation = 1

    def get(self) -> Token:
        return Token(Secret(f"token-{self.generation}"), self.generation, 100.0)

    def invalidate(self, generation: int) -> None:
        self.generation = generation + 1

    def refresh_if_due(self) -> bool:
        return False


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_renewed_once(server: Server, budget: Budget, status: int) -> None:
    peer = Peer(
        "brex",
        server.url,
        tokens=Renewed(),
        budget=budget,
        allow_http=True,
        credential_statuses=frozenset({401, 403}),
    )
    server.script = [answer(status), answer(200)]
    assert peer.write("POST", "/x").status == 200
    assert [asked.headers["authorization"] for asked in server.asked] == [
        "Bearer token-1",
        "Bearer token-2",
    ]
    assert budget.taken == 2


def test_a_token_refused_twice_is_a_matter_of_credentials(server: Server, budget: Budget) -> None:
    peer = Peer("brex", server.url, tokens=Renewed(), budget=budget, allow_http=True)
    server.script = [answer(401)]
    with pytest.raises(CredentialsError):
        peer.write("POST", "/x")
    assert len(server.asked) == 2


def test_a_static_token_is_tried_once(peer: Peer, server: Server) -> None:
    server.script = [answer(401)]
    with pytest.raises(CredentialsError):
        peer.write("POST", "/x")
    assert len(server.asked) == 1


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX: y", "é", "…"])
def test_a_malformed_token_never_leaves(server: Server, budget: Budget, token: str) -> None:
    peer = Peer(
        "brex", server.url, tokens=StaticToken(Secret(token)), budget=budget, allow_http=True
    )
    with pytest.raises(CredentialsError):
        peer.read("GET", "/x")
    assert server.connections == 0
