"""The gateway in a real gunicorn, over sockets: bodies and headers as they can only come there."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gateway.signing import EVENT, signed
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
APP = """
from tests.gateway.conftest import MemoryIntake, Nudges
from webhook_gateway.app import create_app

intake = MemoryIntake()
app = create_app(intake, Nudges())


@app.get("/_stored")
def stored():
    return str(len(intake.deliveries))
"""
PATH = "/webhooks/brex/acme"
MIB = 1024 * 1024


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "tried_app.py").write_text(APP)
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "python:connector.cli.gunicorn_settings",
        "--bind",
        f"127.0.0.1:{number}",
        "tried_app:app",
    ]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{folder}"}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log) as process,
    ):
        wait_until(lambda: listens(number) or process.poll() is not None)
        assert process.poll() is None, (folder / "log").read_text()
        yield number
        process.terminate()
        process.wait(20)


def talk(port: int, *parts: bytes, timeout_s: float = 10.0) -> bytes:
    """Send, and read until the answer's head and body are there or the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout_s) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
                head, _, body = answer.partition(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head.lower())
                if (length and len(body) >= int(length[1])) or b" 204 " in head[:20]:
                    break
        except ConnectionResetError:
            pass
        return answer


def head(headers: dict[str, str], *lines: str, method: str = "POST", path: str = PATH) -> bytes:
    fields = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *fields, *lines, "", ""]).encode(
        "latin-1"
    )


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def stored(port: int) -> int:
    return int(
        talk(port, head({}, "Connection: close", method="GET", path="/_stored")).rpartition(
            b"\r\n"
        )[2]
    )


def chunked(body: bytes) -> bytes:
    pieces = [body[start : start + 60_000] for start in range(0, len(body), 60_000)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def padded(size: int) -> bytes:
    return EVENT[:-1] + b" " * (size - len(EVENT)) + b"}"


def length(body: bytes) -> str:
    return f"Content-Length: {len(body)}"


def test_a_delivery_is_stored(port: int) -> None:
    before = stored(port)
    answer = talk(port, head(signed(), length(EVENT)), EVENT)
    assert status(answer) == 204
    assert stored(port) == before + 1


def test_no_version_of_the_server_is_told(port: int) -> None:
    answer = talk(port, head(signed(), length(EVENT)), EVENT).lower()
    assert not re.search(rb"server:[^\r]*\d", answer)


@pytest.mark.parametrize("size", [MIB, MIB + 1])
@pytest.mark.parametrize("way", ["length", "chunked"])
def test_b10_a_mebibyte_is_taken_and_not_a_byte_more(port: int, size: int, way: str) -> None:
    body = padded(size)
    before = stored(port)
    headers = signed(body, message_id=f"msg_{way}_{size}")
    if way == "length":
        answer = talk(port, head(headers, length(body)), body)
    else:
        answer = talk(port, head(headers, "Transfer-Encoding: chunked"), chunked(body))
    assert status(answer) == (204 if size == MIB else 413)
    assert stored(port) - before == (1 if size == MIB else 0)


def test_a_declared_gigabyte_is_refused_before_it_is_sent(port: int) -> None:
    began = time.monotonic()
    assert status(talk(port, head(signed(), "Content-Length: 1073741824"), b"{")) == 413
    assert time.monotonic() - began < 5


def test_b11_an_endless_chunked_body_is_refused(port: int) -> None:
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    assert status(talk(port, head(signed(), "Transfer-Encoding: chunked"), *[piece] * 40)) == 413


def test_a_chunked_delivery_is_taken(port: int) -> None:
    assert status(talk(port, head(signed(), "Transfer-Encoding: chunked"), chunked(EVENT))) == 204


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 10", "Transfer-Encoding: chunked"),
        ("Content-Length: 10", "Content-Length: 11"),
        ("Content-Length: -1",),
        ("Content-Length: 1e3",),
        ("Transfer-Encoding: chunked, chunked",),
    ],
)
def test_a_body_of_doubtful_length_is_refused(port: int, lines: tuple[str, ...]) -> None:
    before = stored(port)
    assert 400 <= status(talk(port, head(signed(), *lines), EVENT)) <= 501
    assert stored(port) == before


def test_a_body_that_ends_early_is_not_stored(port: int) -> None:
    before = stored(port)
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(head(signed(), f"Content-Length: {len(EVENT) + 5}") + EVENT)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(65536)
    assert not answer or status(answer) == 400
    assert stored(port) == before


def test_a_broken_chunk_is_not_stored(port: int) -> None:
    before = stored(port)
    answer = talk(port, head(signed(), "Transfer-Encoding: chunked"), b"zz\r\n" + EVENT)
    assert not answer or status(answer) == 400
    assert stored(port) == before


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip"])
def test_b12_an_encoded_body_is_refused(port: int, encoding: str) -> None:
    assert (
        status(talk(port, head(signed(), length(EVENT), f"Content-Encoding: {encoding}"), EVENT))
        == 400
    )


@pytest.mark.parametrize("name", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_b14_a_header_that_stands_twice_is_not_genuine(port: int, name: str) -> None:
    headers = signed()
    answer = talk(port, head(headers, f"{name}: {headers[name]}", length(EVENT)), EVENT)
    assert status(answer) == 401


def arabic(number: str) -> bytes:
    """The same number, in digits that Python's `int` reads."""
    return "".join(chr(0x0660 + int(digit)) for digit in number).encode()


@pytest.mark.parametrize("write", [arabic, lambda number: number.encode() + b"\xff"])
def test_b15_a_timestamp_beyond_ascii_is_not_genuine(
    port: int, write: Callable[[str], bytes]
) -> None:
    headers = signed()
    value = write(headers["Webhook-Timestamp"])
    raw = head({**headers, "Webhook-Timestamp": "TIME"}, length(EVENT)).replace(b"TIME", value)
    assert status(talk(port, raw, EVENT)) in {400, 401}


def test_a_huge_header_is_refused(port: int) -> None:
    assert (
        400 <= status(talk(port, head({**signed(), "X": "y" * 9_000}, length(EVENT)), EVENT)) < 500
    )


def test_b01_nothing_at_all_is_not_genuine(port: int) -> None:
    assert status(talk(port, head({}))) == 401
    assert status(talk(port, head({}, "Content-Length: 0"))) == 401


def test_a_request_after_a_refused_one_is_read_from_its_own_beginning(port: int) -> None:
    """The unread rest of a refused body never passes for a request."""
    before = stored(port)
    hidden = head(signed(message_id="msg_hidden"), length(EVENT)) + EVENT
    body = hidden + b" " * (MIB + 1)
    talk(port, head(signed(), length(body)), body, timeout_s=2)
    assert stored(port) == before


def test_many_at_once_are_all_stored(port: int) -> None:
    before = stored(port)
    answers: list[int] = []

    def send(number: int) -> None:
        headers = signed(message_id=f"msg_many_{number}")
        answers.append(status(talk(port, head(headers, length(EVENT)), EVENT)))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [204] * 60
    assert stored(port) == before + 60
