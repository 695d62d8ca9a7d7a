"""TLS as it should not be: nothing is sent, and no token leaves."""

import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from connector.errors import RetryLaterError
from connector.http import Peer, StaticToken
from connector.secret import Secret
from tests.certificates import NOW, Authority
from tests.http.misbehaving_server import Budget

Serve = Callable[..., Peer]


@pytest.fixture
def heard() -> list[bytes]:
    """What the server was told, inside TLS."""
    return []


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heard: list[bytes]) -> Iterator[Serve]:
    """`serve(…)`: a peer at a TLS server of localhost, whose authority is trusted unless told so."""
    authority = Authority(tmp_path)
    listener = socket.create_server(("127.0.0.1", 0))

    def converse(context: ssl.SSLContext) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
                    heard.append(tls.recv(65536))
                    tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    def start(
        host: str = "localhost",
        days: int = 1,
        version: ssl.TLSVersion | None = None,
        *,
        trusted: bool = True,
    ) -> Peer:
        if trusted:
            monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(authority.file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.issue(host, NOW + timedelta(days=days)))
        if version:
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is the point
                context.minimum_version = context.maximum_version = version
        threading.Thread(target=converse, args=(context,), daemon=True).start()
        token = StaticToken(Secret("CANARY-7f3a"))
        url = f"https://localhost:{listener.getsockname()[1]}"
        return Peer("brex", url, tokens=token, budget=Budget(), allow_http=True, read_s=2.0)

    yield start
    listener.close()


@pytest.mark.parametrize("version", [None, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_sound_certificate_is_taken(
    serve: Serve, heard: list[bytes], version: ssl.TLSVersion | None
) -> None:
    assert serve(version=version).write("POST", "/x").status == 200
    assert len(heard) == 1


UNSOUND = {
    "B52 expired": {"days": -1},
    "B52 wrong host": {"host": "elsewhere.example"},
    "B52 unknown authority": {"trusted": False},
    "B52 TLS 1.0": {"version": ssl.TLSVersion.TLSv1},
    "B52 TLS 1.1": {"version": ssl.TLSVersion.TLSv1_1},
}


@pytest.mark.parametrize("how", UNSOUND)
def test_unsound_tls_is_not_spoken(serve: Serve, heard: list[bytes], how: str) -> None:
    peer = serve(**UNSOUND[how])
    with pytest.raises(RetryLaterError, match=r"not sent \(\w+\)"):
        peer.write("POST", "/x", json={"a": 1})
    assert not any(heard)
