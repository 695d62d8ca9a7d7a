"""When a peer counts as away: what is counted, and what is not."""

import random
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from connector.errors import ConnectorError, CredentialsError, RateLimitedError, RetryLaterError
from connector.http import Health, Peer, StaticToken, TokenEndpoint, TokenSource
from connector.http.tokens import Tokens
from connector.ports import Token
from connector.secret import Secret
from tests.http.misbehaving_server import Budget, Server, answer, drop
from tests.http.test_http_tokens import Store


class Alarms:
    """Implements `Alarm`: what was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bool]] = []

    def outage(self, why: str, *, of_writes: bool) -> None:
        self.told.append((why, of_writes))


@pytest.fixture
def alarms() -> Alarms:
    return Alarms()


@pytest.fixture
def health(alarms: Alarms) -> Health:
    return Health(alarms)


def peer_at(
    url: str, health: Health, tokens: Tokens | None = None, budget: Budget | None = None
) -> Peer:
    return Peer(
        "brex",
        url,
        tokens=tokens or StaticToken(Secret("t")),
        budget=budget or Budget(),
        health=health,
        allow_http=True,
        read_s=0.6,
    )


def attempt(call: Callable[..., object], times: int, error: type[Exception]) -> None:
    for _ in range(times):
        with pytest.raises(error):
            call("POST", "/x")


@pytest.mark.parametrize("behaviour", [drop, answer(500), answer(503), answer(302), answer(408)])
def test_five_writes_on_end_that_fail_are_an_outage(
    server: Server, alarms: Alarms, health: Health, behaviour
) -> None:
    peer = peer_at(server.url, health)
    server.script = [behaviour]
    attempt(peer.write, 4, ConnectorError)
    assert alarms.told == []
    attempt(peer.write, 1, ConnectorError)
    ((why, of_writes),) = alarms.told
    assert (why.startswith("brex: POST /x: "), of_writes) == (True, True)


def test_a_read_counts_once_with_its_repeats(
    server: Server, alarms: Alarms, health: Health
) -> None:
    server.script = [drop, drop, answer(200)]
    peer = peer_at(server.url, health)
    peer.read("GET", "/x")
    server.script = [drop]
    attempt(peer.read, 4, RetryLaterError)
    assert (alarms.told, health.reads.answered, health.reads.failed) == ([], 1, 4)
    attempt(peer.read, 1, RetryLaterError)
    assert [of_writes for _, of_writes in alarms.told] == [False]


def test_a_peer_that_cannot_be_reached_is_an_outage(alarms: Alarms, health: Health) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    attempt(peer_at(f"http://127.0.0.1:{port}", health).write, 5, RetryLaterError)
    assert len(alarms.told) == 1


def test_a_token_endpoint_that_is_away_is_an_outage_of_its_peer(
    server: Server, alarms: Alarms, health: Health
) -> None:
    endpoint = TokenEndpoint(server.url, "me", Secret("s"), basic=True, allow_http=True)
    server.script = [answer(503)]
    tokens = TokenSource(Store(), lambda _: endpoint.request({"grant_type": "x"}))
    attempt(peer_at(server.url, health, tokens).write, 5, RetryLaterError)
    assert len(alarms.told) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_a_refusal_is_an_answer(
    server: Server, alarms: Alarms, health: Health, status: int
) -> None:
    peer = peer_at(server.url, health)
    server.script = [*[drop] * 4, answer(status), *[drop] * 4, answer(status)]
    for _ in range(2):
        attempt(peer.write, 4, ConnectorError)
        assert peer.write("POST", "/x").status == status
    assert alarms.told == []


@pytest.mark.parametrize(("status", "error"), [(429, RateLimitedError), (401, CredentialsError)])
def test_what_is_about_quota_or_credentials_counts_neither_way(
    server: Server, alarms: Alarms, health: Health, status: int, error: type[Exception]
) -> None:
    peer = peer_at(server.url, health)
    server.script = [drop]
    attempt(peer.write, 4, ConnectorError)
    server.script = [answer(status, Retry_After="1")]
    attempt(peer.write, 20, error)
    assert alarms.told == []
    server.script = [drop]
    attempt(peer.write, 1, ConnectorError)
    assert len(alarms.told) == 1


def test_a_call_that_was_not_made_counts_neither_way(
    server: Server, alarms: Alarms, health: Health
) -> None:
    class NoDatabase(StaticToken):
        def get(self) -> Token:
            raise RetryLaterError("PostgreSQL is away")

    attempt(peer_at(server.url, health, NoDatabase(Secret("t"))).write, 9, RetryLaterError)
    attempt(peer_at(server.url, health, budget=Budget(*[9.0] * 9)).write, 9, RateLimitedError)
    assert (alarms.told, server.asked) == ([], [])


def test_writes_that_fail_between_reads_that_are_answered_are_an_outage_of_writes(
    alarms: Alarms, health: Health
) -> None:
    for _ in range(5):
        health.answered(write=False)
        health.failed("answered 500", write=True)
    assert alarms.told == [("answered 500", True)]


def test_half_of_the_last_twenty_is_an_outage(alarms: Alarms, health: Health) -> None:
    for _ in range(9):
        health.answered(write=True)
        health.failed("no answer", write=True)
    assert alarms.told == []
    health.failed("no answer", write=True)
    assert len(alarms.told) == 1


def test_the_count_begins_anew_after_an_outage(alarms: Alarms, health: Health) -> None:
    for _ in range(9):
        health.failed("no answer", write=True)
    assert len(alarms.told) == 1
    health.failed("no answer", write=True)
    assert len(alarms.told) == 2


def test_a_storm_in_which_each_fifth_write_fails_is_hardly_ever_an_outage() -> None:
    chance = random.Random(5)
    alarms = Alarms()
    health = Health(alarms)
    for _ in range(20_000):
        if chance.random() < 0.2:
            health.failed("storm", write=True)
        else:
            health.answered(write=True)
    assert len(alarms.told) < 20_000 / 500


def test_threads_count_together(alarms: Alarms, health: Health) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: health.failed("away", write=False), range(400)))
    assert (len(alarms.told), health.reads.failed) == (80, 400)


def test_an_alarm_that_cannot_be_stored_leaves_the_outcome_of_the_call(server: Server) -> None:
    class Away:
        def outage(self, why: str, *, of_writes: bool) -> None:
            raise RuntimeError("PostgreSQL is away")

    server.script = [answer(500)]
    attempt(peer_at(server.url, Health(Away())).write, 6, ConnectorError)


def test_a_probe_is_sent_once_and_any_answer_is_enough(
    server: Server, alarms: Alarms, health: Health
) -> None:
    peer = peer_at(server.url, health)
    server.script = [drop]
    attempt(peer.probe, 6, RetryLaterError)
    assert len(server.asked) == 6
    server.script = [answer(503)]
    attempt(peer.probe, 1, RetryLaterError)
    server.script = [answer(404)]
    peer.probe("GET", "/x")
    assert alarms.told == []
