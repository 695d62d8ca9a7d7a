"""Where a request goes, and what goes with it."""

from pathlib import Path

import pytest

from connector.errors import (
    OutcomeUnknownError,
    RefusedError,
    RetryLaterError,
)
from connector.http import Peer
from connector.http.oauth import TokenEndpoint
from connector.secret import Secret
from tests.http.misbehaving_server import Server, answer


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target", ["{other}/evil", "//{other_host}/evil", "/elsewhere", "http://169.254.169.254/latest"]
)
def test_b47_a_redirect_is_not_followed_and_the_token_stays(
    peer: Peer, server: Server, other_server: Server, status: int, target: str
) -> None:
    host = other_server.url.removeprefix("http://")
    server.script = [
        answer(status, Location=target.format(other=other_server.url, other_host=host))
    ]
    with pytest.raises(RetryLaterError):
        peer.read("GET", "/x")
    with pytest.raises(OutcomeUnknownError):
        peer.write("POST", "/x")
    assert other_server.connections == 0
    assert {asked.target for asked in server.asked} == {"/x"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_token_endpoint_that_redirects_does_not_have_the_secret_sent_on(
    server: Server, other_server: Server, status: int
) -> None:
    server.script = [answer(status, Location=f"{other_server.url}/evil")]
    endpoint = TokenEndpoint(
        f"{server.url}/token", "client", Secret("CANARY-7f3a"), basic=True, allow_http=True
    )
    with pytest.raises(RetryLaterError):
        endpoint.request({"grant_type": "client_credentials"})
    assert other_server.connections == 0
    assert len(server.asked) == 1


def test_cookies_are_not_kept(peer: Peer, server: Server) -> None:
    server.script = [answer(200, Set_Cookie="a=b")]
    peer.read("GET", "/x")
    peer.read("GET", "/x")
    assert "cookie" not in server.asked[1].headers


def test_no_proxy_and_no_password_is_taken_from_the_environment(
    peer: Peer,
    server: Server,
    other_server: Server,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, other_server.url)
        monkeypatch.setenv(name.lower(), other_server.url)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert peer.read("GET", "/x").status == 200
    assert other_server.connections == 0
    assert server.asked[0].headers["authorization"] == "Bearer CANARY-7f3a"


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
