"""Where may be called."""

import socket

import pytest

from connector.errors import ConfigurationError, RetryLaterError
from connector.http import Peer
from connector.http.address import checked_base_url
from tests.http.misbehaving_server import Budget, Server, answer


@pytest.mark.parametrize(
    "url",
    [
        "http://api.brex.com",
        "https://user:pass@api.brex.com",
        "https://@api.brex.com",
        "https://",
        "ftp://x",
        "https://api.brex.com?x=1",
        "https://api.brex.com/#x",
        "https://api.brex.com/?",
        "https://api.brex.com/a/../b",
        "https://api.brex.com/%2e%2e/b",
        "https://api.brex.com.",
        "https://bréx.com",
        "https://a b.com",
        "https://a\tb.com",
        "https://api.brex.com\\@evil.com",
        "https://api.brex.com:0",
        "https://api.brex.com:99999",
        "https://[::1",
        "https://127.0.0.1",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "https://[fe80::1]",
        "https://[::1]",
        "https://[::ffff:127.0.0.1]",
        "https://100.64.0.1",
        "https://0.0.0.0",
        "https://224.0.0.1",
        "https://[fd00:ec2::254]",
        "https://[64:ff9b::7f00:1]",
        "https://[2002:7f00:1::]",
        "https://[64:ff9b:1::7f00:1]",
        "https://[::7f00:1]",
        "https://[fec0::1]",
        "https://[4000::1]",
        "https://192.88.99.1",
        "https://192.0.0.192",
        "https://168.63.129.16",
        "https://198.18.0.1",
        "https://240.0.0.1",
        "https://127.1",
        "https://0x7f000001",
        "https://2130706433",
        "https://0177.0.0.1",
        "https://evil.0x7f",
        "https://[fe80::1%25eth0]",
        "https://127\u30020\u30020\u30021",
        "https://\uff11\uff12\uff17.0.0.1",
        "",
        "api.brex.com",
        "https:api.brex.com",
        "//api.brex.com",
    ],
)
def test_b27_a_base_url_that_is_not_a_plain_public_https_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        checked_base_url("brex", url, allow_http=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254",
        "http://[fe80::1]",
        "http://0.0.0.0",
        "http://100.100.100.200",
        "http://[::ffff:169.254.169.254]",
        "http://[::169.254.169.254]",
        "http://[64:ff9b::a9fe:a9fe]",
        "http://[2002:a9fe:a9fe::]",
        "http://[fd20:ce::254]",
        "http://168.63.129.16",
    ],
)
def test_b27_metadata_addresses_are_refused_always(url: str) -> None:
    with pytest.raises(ConfigurationError):
        checked_base_url("brex", url, allow_http=True)


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://api.brex.com", True),
        ("https://mingle-ionapi.eu1.inforcloudsuite.com/ACME_TRN/", False),
        ("https://xn--brx-dma.com:8443/a%20b", True),
        ("https://[2606:4700::1111]", True),
        ("https://8.8.8.8", True),
        ("https://10.example.com", True),
    ],
)
def test_a_plain_https_address_is_taken(url: str, same: bool) -> None:
    assert checked_base_url("x", url, allow_http=False) == (url if same else url[:-1])


@pytest.mark.parametrize(
    "host", ["localhost", "internal.example", "mixed.example", "v6.example", "cgnat.example"]
)
def test_a_name_that_stands_for_an_internal_address_is_never_connected_to(
    server: Server, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    fake = {
        "internal.example": ["10.0.0.1"],
        "mixed.example": ["93.184.215.14", "127.0.0.1"],
        "v6.example": ["::ffff:127.0.0.1"],
        "cgnat.example": ["100.64.0.1"],
    }
    real = socket.getaddrinfo

    def look_up(name: str, port: int, *args: object) -> object:
        if name in fake:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in fake[name]]
        return real(name, port, *args)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    peer = Peer(
        "brex", f"https://{host}:{server.port}", tokens=None, budget=Budget(), allow_http=False
    )
    with pytest.raises(RetryLaterError, match="RefusedAddressError"):
        peer.write("POST", "/x")
    assert server.connections == 0


def test_a_name_that_stands_for_a_metadata_address_is_refused_even_with_http(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))],
    )
    peer = Peer("brex", "http://metadata.example", tokens=None, budget=Budget(), allow_http=True)
    with pytest.raises(RetryLaterError, match="RefusedAddressError"):
        peer.write("POST", "/x")


def test_a_name_is_looked_up_once_and_that_address_is_connected_to(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def look_up(name: str, port: int, *args: object) -> object:
        asked.append(name)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    peer = Peer(
        "brex",
        f"http://rebinding.example:{server.port}",
        tokens=None,
        budget=Budget(),
        allow_http=True,
    )
    assert peer.read("GET", "/x").status == 200
    assert asked == ["rebinding.example"]


def test_a_name_that_stands_for_another_address_the_next_time_is_checked_anew(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = iter(["127.0.0.1", "169.254.169.254"])
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda _, port, *__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(addresses), port))],
    )
    url = f"http://rebinding.example:{server.port}"
    peer = Peer("brex", url, tokens=None, budget=Budget(), allow_http=True)
    server.script = [answer(200, Connection="close")]
    assert peer.read("GET", "/x").status == 200
    with pytest.raises(RetryLaterError, match="RefusedAddressError"):
        peer.write("POST", "/x")
    assert server.connections == 1
