"""Many workers, one token: who renews it, when, and what the others use meanwhile."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from connector.errors import CredentialsError, LeaseLostError, RateLimitedError, RetryLaterError
from connector.http import StaticToken, TokenEndpoint, TokenSource
from connector.http.tokens import InvalidGrantError
from connector.ports import Token, TokenGrant
from connector.secret import Secret
from tests.http.misbehaving_server import Server, answer, drop
from tests.waiting import wait_until


class Store:
    """A TokenStore in memory, shared by the sources of a test as PostgreSQL is by workers."""

    def __init__(self, valid_s: float | None = None) -> None:
        self.lock = threading.Lock()
        self.generation = 0 if valid_s is None else 1
        self.access, self.refresh = "stored-1", "refresh-1"
        self.ends_at = time.monotonic() + (valid_s or 0.0)
        self.leased_until = 0.0
        self.turned_away = 0
        self.refused: tuple[str, float | None] | None = None
        self.failed: list[str] = []
        self.trouble: list[Exception] = []

    def load(self) -> Token | None:
        with self.lock:
            if not self.generation:
                return None
            return Token(Secret(self.access), self.generation, self.ends_at - time.monotonic())

    def refresh_token(self) -> Secret | None:
        return Secret(self.refresh)

    def begin_refresh(self, generation: int, lease_s: float) -> int | None:
        if self.refused:
            raise CredentialsError(self.refused[0])
        with self.lock:
            if generation != self.generation or time.monotonic() < self.leased_until:
                self.turned_away += 1
                return None
            self.leased_until = time.monotonic() + lease_s
            return generation

    def finish_refresh(self, generation: int, grant: TokenGrant) -> Token:
        if self.trouble:
            raise self.trouble.pop(0)
        with self.lock:
            assert generation == self.generation
            self.generation += 1
            self.access = grant.access.reveal()
            self.refresh = grant.refresh.reveal() if grant.refresh else self.refresh
            self.ends_at, self.leased_until = time.monotonic() + grant.expires_in_s, 0.0
            return Token(grant.access, self.generation, grant.expires_in_s)

    def refuse_refresh(self, generation: int, why: str, *, wait_s: float | None) -> None:
        self.refused, self.leased_until = (why, wait_s), 0.0

    def fail_refresh(self, generation: int, why: str) -> None:
        self.failed.append(why)
        self.leased_until = 0.0


class Grants:
    """A token endpoint that answers once `ready` is true."""

    def __init__(
        self, *, life_s: float = 3600.0, ready: Callable[[], object] = lambda: True
    ) -> None:
        self.life_s, self.ready = life_s, ready
        self.asked: list[str] = []
        self.trouble: list[Exception] = []

    def __call__(self, refresh: Secret | None) -> TokenGrant:
        self.asked.append(refresh.reveal() if refresh else "")
        wait_until(self.ready)
        if self.trouble:
            raise self.trouble.pop(0)
        number = len(self.asked) + 1
        return TokenGrant(Secret(f"granted-{number}"), self.life_s, Secret(f"refresh-{number}"))


def test_the_first_token_is_granted_stored_and_then_kept() -> None:
    store, grants = Store(), Grants()
    source = TokenSource(store, grants)
    tokens = {source.get().access.reveal() for _ in range(5)}
    assert (tokens, store.access, len(grants.asked)) == ({"granted-2"}, "granted-2", 1)


def test_a_stored_token_is_used_without_asking() -> None:
    grants = Grants()
    assert TokenSource(Store(600.0), grants).get().access.reveal() == "stored-1"
    assert grants.asked == []


def test_thirty_two_workers_without_a_token_make_one_request() -> None:
    store = Store()
    grants = Grants(ready=lambda: store.turned_away >= 3)
    sources = [TokenSource(store, grants, look_s=0.02) for _ in range(4)]
    with ThreadPoolExecutor(32) as pool:
        got = list(pool.map(lambda n: sources[n % 4].get().generation, range(32)))
    assert (set(got), len(grants.asked)) == ({1}, 1)


def test_an_old_token_is_used_while_another_worker_renews_it() -> None:
    answered = threading.Event()
    store, grants = Store(9.0), Grants(ready=answered.is_set)
    slow, quick = TokenSource(store, grants), TokenSource(store, grants)
    store.ends_at = time.monotonic() + 8.0
    quick._held = None
    with ThreadPoolExecutor(2) as pool:
        for source in (slow, quick):
            source._load()
            object.__setattr__(source._held, "life_s", 3600.0)  # seen long ago, nearly over now
        renewing = pool.submit(slow.get)
        wait_until(lambda: grants.asked)
        assert quick.get().access.reveal() == "stored-1"
        answered.set()
        assert renewing.result().access.reveal() == "granted-2"
    assert len(grants.asked) == 1


def test_waiting_for_another_worker_ends() -> None:
    store = Store()
    store.leased_until = time.monotonic() + 60
    with pytest.raises(RetryLaterError):
        TokenSource(store, Grants(), wait_s=0.2, look_s=0.02).get()


def test_a_worker_that_died_while_renewing_is_replaced() -> None:
    store, grants = Store(), Grants()
    store.leased_until = time.monotonic() + 0.1
    assert TokenSource(store, grants, look_s=0.02).get().generation == 1


def test_a_refused_token_is_renewed_but_a_newer_one_is_taken_as_it_is() -> None:
    store, grants = Store(600.0), Grants()
    one, two = TokenSource(store, grants), TokenSource(store, grants)
    stale = (one.get().generation, two.get().generation)
    one.invalidate(stale[0])
    assert one.get().generation == 2
    two.invalidate(stale[1])
    assert two.get().generation == 2
    one.invalidate(1)
    assert one.get().generation == 2
    assert len(grants.asked) == 1


def test_a_refresh_token_is_passed_on_as_it_rotates() -> None:
    store, grants = Store(), Grants()
    source = TokenSource(store, grants)
    for _ in range(3):
        source.invalidate(source.get().generation)
    source.get()
    assert grants.asked == ["refresh-1", "refresh-2", "refresh-3", "refresh-4"]


def test_a_lost_answer_is_asked_for_again_with_the_same_refresh_token() -> None:
    store, grants = Store(), Grants()
    grants.trouble = [RetryLaterError("no answer")]
    source = TokenSource(store, grants)
    with pytest.raises(RetryLaterError):
        source.get()
    assert source.get().access.reveal() == "granted-3"
    assert (grants.asked, store.failed) == (["refresh-1", "refresh-1"], ["no answer"])


@pytest.mark.parametrize(
    ("error", "refresh", "wait_s"),
    [
        (InvalidGrantError("invalid_grant"), "refresh-1", None),
        (InvalidGrantError("invalid_grant"), None, 240.0),
        (CredentialsError("invalid_client"), "refresh-1", 240.0),
    ],
)
def test_after_a_definite_no_nobody_asks_for_a_while_or_with_that_refresh_token_ever(
    error: CredentialsError, refresh: str | None, wait_s: float | None
) -> None:
    store, grants = Store(), Grants()
    store.refresh_token = lambda: Secret(refresh) if refresh else None
    grants.trouble = [error]
    for source in [TokenSource(store, grants) for _ in range(3)]:
        with pytest.raises(CredentialsError):
            source.get()
    assert len(grants.asked) == 1
    assert store.refused == (str(error), wait_s)


def test_a_grant_that_cannot_be_stored_at_once_is_stored_a_moment_later() -> None:
    store, grants = Store(), Grants()
    store.trouble = [RetryLaterError("database away")]
    assert TokenSource(store, grants).get().generation == 1
    assert len(grants.asked) == 1


def test_a_grant_that_came_too_late_gives_way_to_the_newer_one() -> None:
    store, grants = Store(), Grants()
    store.trouble = [LeaseLostError("another worker was quicker")]
    source = TokenSource(store, grants, look_s=0.02)
    store.begin_refresh(0, 0.0)

    def quicker() -> None:
        wait_until(lambda: not store.trouble)
        store.leased_until = 0.0
        store.finish_refresh(0, TokenGrant(Secret("quicker"), 3600.0))

    thread = threading.Thread(target=quicker)
    thread.start()
    assert source.get().access.reveal() == "quicker"
    thread.join()


def test_a_token_whose_renewal_fails_is_used_to_its_end() -> None:
    store, grants = Store(8.0), Grants()
    grants.trouble = [RetryLaterError("away")]
    source = TokenSource(store, grants)
    source._load()
    object.__setattr__(source._held, "life_s", 3600.0)
    assert source.get().access.reveal() == "stored-1"
    assert source.get().access.reveal() == "stored-1"
    assert len(grants.asked) == 1


@pytest.mark.parametrize(
    ("life_s", "age_s", "renews"),
    [(3600, 2500, False), (3600, 3100, True), (7200, 5200, False), (180, 170, False)],
)
def test_a_token_is_renewed_ahead_of_need(life_s: float, age_s: float, renews: bool) -> None:
    store, grants = Store(), Grants(life_s=life_s)
    source = TokenSource(store, grants)
    assert source.refresh_if_due() is True
    held = source._held
    assert held
    object.__setattr__(held, "ends_at", held.ends_at - age_s)
    assert source.refresh_if_due() is renews


def test_a_static_token_never_changes() -> None:
    token = StaticToken(Secret("bxt_1"))
    token.invalidate(1)
    assert (token.get().access.reveal(), token.refresh_if_due()) == ("bxt_1", False)


def endpoint(server: Server, *, basic: bool = False) -> TokenEndpoint:
    return TokenEndpoint(
        f"{server.url}/as/token.oauth2",
        "me",
        Secret("s&c:ret"),
        basic=basic,
        allow_http=True,
        read_s=0.5,
    )


FORM = {"grant_type": "refresh_token", "refresh_token": Secret("r 1")}


def test_a_grant_is_asked_for_with_the_credentials_in_the_form(server: Server) -> None:
    server.script = [answer(200, b'{"access_token":"a","expires_in":"7200","refresh_token":"b"}')]
    grant = endpoint(server).request(FORM)
    assert (grant.access.reveal(), grant.expires_in_s) == ("a", 7200.0)
    assert grant.refresh == Secret("b")
    asked = server.asked[0]
    assert (
        asked.body
        == b"grant_type=refresh_token&refresh_token=r+1&client_id=me&client_secret=s%26c%3Aret"
    )
    assert (asked.target, asked.headers["content-type"]) == (
        "/as/token.oauth2",
        "application/x-www-form-urlencoded",
    )
    assert "authorization" not in asked.headers


def test_b50_a_grant_is_asked_for_with_the_credentials_in_the_header(server: Server) -> None:
    server.script = [answer(200, b'{"access_token":"a"}')]
    grant = endpoint(server, basic=True).request(FORM)
    assert (grant.expires_in_s, grant.refresh) == (3600.0, None)
    assert server.asked[0].headers["authorization"] == "Basic bWU6cyUyNmMlM0FyZXQ="
    assert b"secret" not in server.asked[0].body


@pytest.mark.parametrize(
    ("life", "seconds"),
    [
        ("0", 3600),
        ("-5", 3600),
        ('"soon"', 3600),
        ("null", 3600),
        ("true", 3600),
        ("180", 180),
        ("1e9", 3600),
        ("999999999", 86400),
        ("7200.5", 7200.5),
    ],
)
def test_b50_a_senseless_life_is_the_usual_one(server: Server, life: str, seconds: float) -> None:
    server.script = [answer(200, b'{"access_token":"a","expires_in":' + life.encode() + b"}")]
    assert endpoint(server).request(FORM).expires_in_s == seconds


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (answer(400, b'{"error":"invalid_grant","error_description":"CANARY"}'), CredentialsError),
        (answer(401, b'{"error":"invalid_client"}'), CredentialsError),
        (answer(401, b""), CredentialsError),
        (answer(429, b"", Retry_After="3"), RateLimitedError),
        (answer(503, b"<html>"), RetryLaterError),
        (answer(302, b"", Location="http://127.0.0.1:1/"), RetryLaterError),
        (answer(200, b"<html>"), RetryLaterError),
        (answer(200, b"{}"), RetryLaterError),
        (answer(200, b'{"access_token":1}'), RetryLaterError),
        (answer(200, b'{"access_token":"a b"}'), RetryLaterError),
        (answer(200, b'{"access_token":"a\\r\\nX: y"}'), RetryLaterError),
        (drop, RetryLaterError),
    ],
)
def test_b50_a_refusal_names_its_kind_and_nothing_secret(
    server: Server, behaviour, error: type[Exception]
) -> None:
    server.script = [behaviour]
    with pytest.raises(RetryLaterError) as raised:
        endpoint(server).request(FORM)
    assert isinstance(raised.value, error)
    for kind in (CredentialsError, RateLimitedError):
        assert isinstance(raised.value, kind) is (error is kind)
    assert "CANARY" not in str(raised.value)
    assert len(server.asked) == 1
