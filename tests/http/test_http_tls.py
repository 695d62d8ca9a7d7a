"""TLS as it should not be: nothing is sent, and no token leaves."""

import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connector.errors import RetryLaterError
from connector.http import Peer, StaticToken
from connector.secret import Secret
from tests.http.misbehaving_server import Budget

NOW = datetime.now(UTC)


class Authority:
    """A certificate authority of this test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        root = self._builder(self.name, self.key, NOW + timedelta(days=1)).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.file = folder / "authority.pem"
        self.file.write_bytes(self._signed(root))

    def issue(self, host: str, until: datetime) -> Path:
        """A certificate with its key, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        built = self._builder(name, key, until).add_extension(names, critical=False)
        file = self.folder / "server.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.write_bytes(self._signed(built) + private)
        return file

    def _builder(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, until: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=9))
            .not_valid_after(until)
        )

    def _signed(self, built: x509.CertificateBuilder) -> bytes:
        return built.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


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
