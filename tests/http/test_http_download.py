"""Files from links: what goes there, what comes back, and what does not."""

import gzip
import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest

from connector.domain.drafts import Outcome
from connector.domain.receipts import ReceiptFault
from connector.http import Downloads
from connector.ports import Answer, ReceiptFile
from connector.secret import Secret
from tests.http.misbehaving_server import Asked, Behaviour, Server, answer, raw
from tests.ports import quiet_port

LIMIT = 100_000
QUERY = "X-Amz-Signature=CANARY7f3a%2Fx&X-Amz-Expires=900"


@pytest.fixture
def downloads() -> Downloads:
    return Downloads(allow_http=True, read_s=0.6)


def get(downloads: Downloads, server: Server) -> Answer[ReceiptFile]:
    found = downloads.get(Secret(f"{server.url}/a.pdf?{QUERY}"), max_bytes=LIMIT)
    assert "CANARY" not in repr(found)
    return found


def chunks(*parts: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


def endless(head: bytes, part: bytes) -> Behaviour:
    def behave(connection: socket.socket, asked: Asked) -> None:
        connection.sendall(head)
        with suppress(OSError):
            while True:
                connection.sendall(part)

    return behave


def dripping(connection: socket.socket, asked: Asked) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    with suppress(OSError):
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)


@pytest.mark.parametrize(
    ("sent", "said", "noted"),
    [
        (answer(200, b"%PDF", Content_Type="application/pdf"), b"%PDF", "application/pdf"),
        (answer(200, b"x", Content_Type="Image/PNG; name=a"), b"x", "image/png"),
        (answer(200, b"x", Content_Type="../../etc"), b"x", "application/octet-stream"),
        (answer(200, b"x" * LIMIT), b"x" * LIMIT, "application/octet-stream"),
        (raw(chunks(b"a", b"b" * 70_000, b"")), b"a" + b"b" * 70_000, "application/octet-stream"),
        (answer(200, b"x", Content_Encoding="identity"), b"x", "application/octet-stream"),
    ],
)
def test_a_whole_file_comes_with_what_its_host_says_it_is(
    downloads: Downloads, server: Server, sent: Behaviour, said: bytes, noted: str
) -> None:
    server.script = [sent]
    assert get(downloads, server) == Answer(Outcome.DONE, ReceiptFile(said, noted))


def test_no_credential_goes_to_the_host_of_a_file(
    downloads: Downloads,
    server: Server,
    other_server: Server,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", other_server.url)
    server.script = [answer(200, b"x", Set_Cookie="a=b")]
    get(downloads, server)
    get(downloads, server)
    assert other_server.connections == 0
    for asked in server.asked:
        assert (asked.method, asked.target) == ("GET", f"/a.pdf?{QUERY}")
        assert set(asked.headers) == {"host", "user-agent", "accept", "accept-encoding"}
        assert asked.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("sent", "outcome", "fault"),
    [
        (answer(302, Location="{other}"), Outcome.REFUSED, ReceiptFault.LINK_REFUSED),
        (answer(307, Location="{other}"), Outcome.REFUSED, ReceiptFault.LINK_REFUSED),
        (answer(400), Outcome.NOT_SENT, ReceiptFault.LINK_NOT_TAKEN),
        (answer(403), Outcome.NOT_SENT, ReceiptFault.LINK_NOT_TAKEN),
        (answer(404), Outcome.NOT_SENT, ReceiptFault.LINK_NOT_TAKEN),
        (answer(206, b"x"), Outcome.NOT_SENT, ReceiptFault.LINK_NOT_TAKEN),
        (answer(500), Outcome.NOT_SENT, ReceiptFault.NO_ANSWER),
        (answer(200, b""), Outcome.NOT_SENT, ReceiptFault.UNREADABLE),
        (raw(b"HTTP/1.1 200 OK\r\n\r\nuntil the end"), Outcome.NOT_SENT, ReceiptFault.NO_ANSWER),
        (
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
            Outcome.NOT_SENT,
            ReceiptFault.NO_ANSWER,
        ),
        (raw(chunks(b"half")), Outcome.NOT_SENT, ReceiptFault.NO_ANSWER),
        (
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx"),
            Outcome.NOT_SENT,
            ReceiptFault.NO_ANSWER,
        ),
        (raw(b"no HTTP"), Outcome.NOT_SENT, ReceiptFault.NO_ANSWER),
        (dripping, Outcome.NOT_SENT, ReceiptFault.NO_ANSWER),
        (
            endless(chunks(), b"8000\r\n" + b"x" * 0x8000 + b"\r\n"),
            Outcome.REFUSED,
            ReceiptFault.TOO_LARGE,
        ),
        (
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n"),
            Outcome.REFUSED,
            ReceiptFault.TOO_LARGE,
        ),
        (
            answer(200, gzip.compress(bytes(50_000_000)), Content_Encoding="gzip"),
            Outcome.REFUSED,
            ReceiptFault.UNREADABLE,
        ),
    ],
)
def test_what_is_no_whole_plain_file_of_that_size_is_not_taken(
    downloads: Downloads,
    server: Server,
    other_server: Server,
    sent: Behaviour,
    outcome: Outcome,
    fault: ReceiptFault,
) -> None:
    server.script = [sent]
    began = time.monotonic()
    found = get(downloads, server)
    assert (found.outcome, found.value, found.code) == (outcome, None, fault)
    assert time.monotonic() - began < 5
    assert len(server.asked) == 1
    server.script = [answer(200, b"next")]
    assert get(downloads, server).value == ReceiptFile(b"next", "application/octet-stream")


def test_a_line_before_a_chunk_that_has_no_end_is_not_read_on(
    downloads: Downloads, server: Server
) -> None:
    server.script = [endless(chunks() + b"1;", b"x" * 65_536)]
    assert get(downloads, server).message == (
        "the host of the file gave no whole answer (ProtocolError)"
    )


def test_a_redirect_is_not_followed(
    downloads: Downloads, server: Server, other_server: Server
) -> None:
    for target in (f"{other_server.url}/evil", "http://169.254.169.254/latest", "/elsewhere"):
        server.script = [answer(302, Location=target)]
        assert get(downloads, server).code == ReceiptFault.LINK_REFUSED
    assert other_server.connections == 0
    assert len(server.asked) == 3


def test_a_host_that_asks_for_time_is_given_it(downloads: Downloads, server: Server) -> None:
    for status in (429, 503):
        server.script = [answer(status, Retry_After="12")]
        found = get(downloads, server)
        assert (found.outcome, found.code, found.wait_s) == (
            Outcome.NOT_SENT,
            ReceiptFault.NO_ANSWER,
            12.0,
        )


def test_a_host_that_is_not_there_is_asked_again_later(downloads: Downloads) -> None:
    found = downloads.get(Secret(f"http://127.0.0.1:{quiet_port()}/a"), max_bytes=LIMIT)
    assert (found.outcome, found.message) == (
        Outcome.NOT_SENT,
        "the host of the file gave no whole answer (ConnectionRefusedError)",
    )


@pytest.mark.parametrize(
    "link",
    [
        *("", "receipt.pdf", "file:///etc/passwd", "ftp://files.example/a", "//files.example/a"),
        "http://files.example/a?CANARY7f3a",
        "https://169.254.169.254/latest/meta-data/?CANARY7f3a",
        *("https://127.0.0.1/a", "https://127.1/a", "https://[::1]/a", "https://0x7f000001/a"),
        *("https://10.0.0.1/a", "https://[::ffff:10.0.0.1]/a", "https://100.64.0.1/a"),
        *("https://me:CANARY7f3a@files.example/a", "https://files.example\\@127.0.0.1/a"),
        *("https://fil es.example/a", "https://files.example/a\r\nX: y", "https://files.exämple/"),
        *("https://files.example/../a", "https://files.example:0/a", "https://[/a"),
        "https://files.example/?" + "CANARY7f3a" * 1_000,
        # a name that stands for this host
        "https://localhost/a?CANARY7f3a",
    ],
)
def test_a_link_that_leads_astray_is_not_called(link: str) -> None:
    found = Downloads(allow_http=False).get(Secret(link), max_bytes=LIMIT)
    assert (found.outcome, found.code) == (Outcome.REFUSED, ReceiptFault.LINK_REFUSED)
    assert "CANARY" not in repr(found)


def test_metadata_of_a_cloud_is_not_called_where_internal_addresses_are_allowed() -> None:
    link = Secret("http://169.254.169.254/latest/meta-data/")
    found = Downloads(allow_http=True).get(link, max_bytes=LIMIT)
    assert (found.outcome, found.code) == (Outcome.REFUSED, ReceiptFault.LINK_REFUSED)
