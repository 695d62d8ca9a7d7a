"""What is known of a call after everything that can happen to it."""

import gzip
import logging
import os
import socket
import time
import traceback
from urllib.parse import quote

import pytest
from structlog.testing import capture_logs

from connector.errors import (
    ConnectorError,
    OutcomeUnknownError,
    RefusedError,
    RetryLaterError,
)
from connector.http import Peer, StaticToken
from connector.http.peer import ReadOnlyPeer
from connector.secret import Secret
from tests.http.misbehaving_server import Asked, Budget, Server, answer, drop, raw


def reset(connection: socket.socket, asked: Asked) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    os.close(connection.detach())


def silent(connection: socket.socket, asked: Asked) -> None:
    time.sleep(1.5)


def drip_head(connection: socket.socket, asked: Asked) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}":
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def drip_body(connection: socket.socket, asked: Asked) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n")
    for _ in range(40):
        connection.sendall(b" ")
        time.sleep(0.1)


BOMB = gzip.compress(b" " * (11 * 1024 * 1024))
LOST = {
    "dropped": drop,
    "reset": reset,
    "silent": silent,
    "dripping head": drip_head,
    "dripping body": drip_body,
    "no http": raw(b"SSH-2.0-x\r\n"),
    "B37 truncated": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
    "B37 truncated chunks": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
    "B37 truncated head": raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "B51 bad gzip": answer(200, b"{}", Content_Encoding="gzip"),
    "B51 gzip bomb": answer(200, BOMB, Content_Encoding="gzip"),
    "endless head": raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
    "B51 long": answer(200, b" " * (10 * 1024 * 1024 + 1)),
}
UNKNOWN_STATUSES = [103, 301, 302, 307, 308, 408, 425, 500, 501, 502, 503, 504, 507, 599]


@pytest.mark.parametrize("how", LOST)
def test_a_write_whose_answer_is_lost_is_unknown_and_sent_once(
    peer: Peer, server: Server, how: str
) -> None:
    server.script = [LOST[how]]
    began = time.monotonic()
    with pytest.raises(OutcomeUnknownError):
        peer.write("POST", "/x", json={"a": "1"})
    assert time.monotonic() - began < 1.4
    assert [asked.body for asked in server.asked] == [b'{"a":"1"}']


@pytest.mark.parametrize("how", LOST)
def test_a_read_whose_answer_is_lost_is_tried_again_and_can_be_retried(
    peer: Peer, server: Server, how: str
) -> None:
    server.script = [LOST[how], answer(200, b"[1]")]
    assert peer.read("GET", "/x").json() == [1]
    assert len(server.asked) == 2


def test_a_read_gives_up_after_three_tries(peer: Peer, server: Server, budget: Budget) -> None:
    server.script = [drop]
    with pytest.raises(RetryLaterError):
        peer.read("GET", "/x")
    assert len(server.asked) == budget.taken == 3


@pytest.mark.parametrize("status", UNKNOWN_STATUSES)
def test_b45_b47_a_status_that_says_nothing_leaves_a_write_unknown(
    peer: Peer, server: Server, status: int
) -> None:
    server.script = [answer(status, Location="http://127.0.0.1:1/")]
    with pytest.raises(OutcomeUnknownError):
        peer.write("POST", "/x")
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [301, 408, 500, 599])
def test_b45_a_read_that_cannot_be_helped_is_not_repeated(
    peer: Peer, server: Server, status: int
) -> None:
    server.script = [answer(status)]
    with pytest.raises(RetryLaterError):
        peer.read("GET", "/x")
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_read_through_a_gateway_in_trouble_is_repeated(
    peer: Peer, server: Server, status: int
) -> None:
    server.script = [answer(status), answer(200)]
    assert peer.read("GET", "/x").status == 200


def test_a_read_that_is_asked_to_wait_is_left_to_the_caller(peer: Peer, server: Server) -> None:
    server.script = [answer(503, Retry_After="7")]
    with pytest.raises(RetryLaterError) as error:
        peer.read("GET", "/x")
    assert (error.value.wait_s, len(server.asked)) == (7.0, 1)


@pytest.mark.parametrize("status", [200, 201, 204, 299, 400, 403, 404, 409, 412, 422, 423, 428])
def test_b45_b38_every_other_status_is_for_the_caller(
    peer: Peer, server: Server, status: int
) -> None:
    server.script = [answer(status, b"" if status == 204 else b"x")]
    assert peer.write("POST", "/x").status == status
    assert peer.read("GET", "/x").status == status


def test_a_refused_connection_is_not_sent(budget: Budget) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    peer = Peer("brex", f"http://127.0.0.1:{port}", tokens=None, budget=budget, allow_http=True)
    with pytest.raises(RetryLaterError, match=r"not sent \(ConnectionRefusedError\)"):
        peer.write("POST", "/x")


def test_a_host_without_a_name_is_not_sent(budget: Budget) -> None:
    peer = Peer("brex", "http://nowhere.invalid", tokens=None, budget=budget, allow_http=True)
    with pytest.raises(RetryLaterError, match="not sent"):
        peer.write("POST", "/x")


def test_a_full_backlog_is_a_connect_timeout_and_not_sent(budget: Budget) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        peer = Peer(
            "brex",
            f"http://127.0.0.1:{port}",
            tokens=None,
            budget=budget,
            allow_http=True,
            connect_s=0.3,
        )
        with pytest.raises(RetryLaterError, match=r"not sent \(TimeoutError\)"):
            peer.write("POST", "/x")
        for each in waiting:
            each.close()


def test_b52_a_tls_failure_is_not_sent(server: Server, budget: Budget) -> None:
    url = server.url.replace("http:", "https:")
    peer = Peer("brex", url, tokens=None, budget=budget, allow_http=True, connect_s=0.3)
    with pytest.raises(RetryLaterError, match="not sent"):
        peer.write("POST", "/x")
    assert server.asked == []


def test_a_write_takes_a_new_connection_when_the_old_one_has_idled(
    peer: Peer, server: Server
) -> None:
    peer.write("POST", "/x")
    peer.write("POST", "/x")
    assert server.connections == 1
    peer._wire._sessions.mine().used_at -= 2
    peer.write("POST", "/x")
    assert server.connections == 2


def test_a_gzipped_answer_is_read(peer: Peer, server: Server) -> None:
    server.script = [answer(200, gzip.compress(b'{"a":1.10}'), Content_Encoding="gzip")]
    assert str(peer.read("GET", "/x").json()["a"]) == "1.10"


@pytest.mark.parametrize("how", [*LOST, "302", "401", "429", "500", "refused"])
def test_neither_errors_nor_logs_show_the_query_the_token_or_the_body(
    peer: Peer, server: Server, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    caplog.set_level(logging.DEBUG)
    if how == "refused":
        server.close()
    secret = "CANARY-7f3a"
    server.script = [
        LOST[how] if how in LOST else answer(int(how) if how.isdigit() else 500, secret.encode())
    ]
    with pytest.raises(ConnectorError) as error:
        peer.write("POST", "/x", params={"SUNO": secret}, json={"memo": secret})
    assert secret not in "".join(traceback.format_exception(error.value))
    assert secret not in "".join(record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("status", [200, 400, 422])
@pytest.mark.parametrize("form", ["{}", 'Bearer {}"', "token={}&x=1"])
def test_an_answer_that_repeats_the_token_is_passed_on_without_it(
    server: Server, budget: Budget, status: int, form: str
) -> None:
    token = "CANARY-7f3a/a+b="

    def echo(connection: socket.socket, asked: Asked) -> None:
        said = asked.headers["authorization"].removeprefix("Bearer ")
        forms = [said, said.replace("/", "\\/"), quote(said, safe="")]
        answer(status, " ".join(form.format(one) for one in forms).encode())(connection, asked)

    server.script = [echo]
    tokens = StaticToken(Secret(token))
    peer = Peer("brex", server.url, tokens=tokens, budget=budget, allow_http=True)
    for call in (peer.read, peer.write):
        body = call("POST", "/x").body
        assert b"7f3a" not in body
        assert body.count(b"***") == 3


TRACE = "X-Brex-Trace-Id"


@pytest.fixture
def traced(server: Server, budget: Budget) -> Peer:
    """A peer that names its calls."""
    tokens = StaticToken(Secret("CANARY-7f3a"))
    return Peer(
        "brex", server.url, tokens=tokens, budget=budget, allow_http=True, trace_header=TRACE
    )


@pytest.mark.parametrize("status", [500, 429, 401])
def test_an_error_and_the_log_have_the_peers_own_id_of_the_call(
    traced: Peer, server: Server, status: int
) -> None:
    server.script = [answer(status, X_Brex_Trace_Id="0af7:651916-cd.4_3")]
    with capture_logs() as logs, pytest.raises(ConnectorError) as error:
        traced.write("POST", "/x")
    assert str(error.value) == f"brex: POST /x: answered {status} (trace id 0af7:651916-cd.4_3)"
    assert logs[-1]["trace_id"] == "0af7:651916-cd.4_3"


@pytest.mark.parametrize(
    "said", ["x" * 65, "a b", "<b>", "Bearer=1", "a\x85b", "", "CANARY-7f3a", "id-CANARY-7f3a-id"]
)
def test_what_cannot_be_an_id_of_a_call_or_has_the_token_in_it_is_not_kept(
    traced: Peer, server: Server, said: str
) -> None:
    server.script = [answer(500, X_Brex_Trace_Id=said)]
    with capture_logs() as logs, pytest.raises(OutcomeUnknownError) as error:
        traced.write("POST", "/x")
    assert str(error.value) == "brex: POST /x: answered 500"
    assert logs[-1]["trace_id"] is None


def test_a_query_has_blanks_as_percent_20_and_keeps_its_dollar_signs(
    peer: Peer, server: Server
) -> None:
    peer.read("GET", "/x", params={"$filter": "Account eq '75&00'", "ids": ["a", "b"]})
    assert server.asked[0].target == "/x?$filter=Account%20eq%20%2775%2600%27&ids=a&ids=b"


def test_a_read_may_have_a_body_of_its_own(peer: Peer, server: Server) -> None:
    peer.read("POST", "/x", data=b"--b--", headers={"Content-Type": "multipart/mixed"})
    asked = server.asked[0]
    assert (asked.body, asked.headers["content-type"]) == (b"--b--", "multipart/mixed")


def test_a_peer_that_only_reads_takes_the_backgrounds_budget_and_sends_no_write(
    server: Server, budget: Budget
) -> None:
    server.script = [answer(200, b"{}")]
    peer = ReadOnlyPeer("m3", server.url, tokens=None, budget=budget, allow_http=True)
    assert peer.read("GET", "/v").status == 200
    with pytest.raises(RefusedError, match="only reads"):
        peer.write("POST", "/v")
    assert budget.background == [True]
    assert len(server.asked) == 1
