"""Where a request goes, and what goes with it."""

import pytest

from connector.errors import (
    OutcomeUnknownError,
    RefusedError,
    RetryLaterError,
)
from connector.http import Peer
from tests.http.misbehaving_server import Server, answer


def test_a_redirect_is_not_followed_and_the_token_stays(
    peer: Peer, server: Server, other_server: Server
) -> None:
    server.script = [answer(302, Location=f"{other_server.url}/evil")]
    with pytest.raises(RetryLaterError):
        peer.read("GET", "/x")
    with pytest.raises(OutcomeUnknownError):
        peer.write("POST", "/x")
    assert other_server.connections == 0


def test_cookies_are_not_kept(peer: Peer, server: Server) -> None:
    server.script = [answer(200, Set_Cookie="a=b")]
    peer.read("GET", "/x")
    peer.read("GET", "/x")
    assert "cookie" not in server.asked[1].headers


def test_the_environment_is_not_read(
    peer: Peer, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert peer.read("GET", "/x").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "http://evil.example/",
        "//evil.example/x",
        "/a/../b",
        "/a/%2e%2E/b",
        "/a?b=c",
        "/a#b",
        "x",
        "",
        "/a b",
        "/a\\b",
        "/a\r\nX: y",
        "/é",
        "@evil/",
        ":80/",
        "/a/.",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused_and_nothing_is_sent(
    peer: Peer, server: Server, path: str
) -> None:
    for call in (peer.read, peer.write):
        with pytest.raises(RefusedError):
            call("GET", path)
    assert server.connections == 0


def test_a_matrix_path_and_a_bracketed_parameter_arrive(peer: Peer, server: Server) -> None:
    peer.read(
        "GET",
        "/v2/LstX;maxrecs=10/Set(A='1')",
        params={"updated_at[gt]": "2026-01-01T00:00:00Z", "ids": ["a", "b"]},
    )
    assert server.asked[0].target == (
        "/v2/LstX;maxrecs=10/Set(A='1')?updated_at%5Bgt%5D=2026-01-01T00%3A00%3A00Z&ids=a&ids=b"
    )
