"""The gateway's verify, store and nudge, against an endpoint that only verifies and pushes."""

from __future__ import annotations

import json
import multiprocessing
import socket
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from typing import BinaryIO
from urllib.parse import urlsplit

from svix.webhooks import Webhook

from tests.benchmarks.place import Place
from tests.endtoend.installation import NAME, SECRET

_REQUESTS, _WARM_UP, _ROUNDS = 3_000, 200, 3
_PROCESSES, _CONNECTIONS = 2, 8
_IDS_AN_EVENT = 5
_BARE = "tests.benchmarks.bare_gateway:app"
_GATEWAY = "webhook_gateway.main:app"


def rates(place: Place) -> tuple[float, float]:
    """Requests per second: the gateway's and the bare endpoint's, in turns, the median of each."""
    place.start_afresh()
    numbers = count()
    seen: dict[str, list[float]] = {_GATEWAY: [], _BARE: []}
    with closing(place.new_installation()) as made:
        for _ in range(_ROUNDS):
            for app, rates_of in seen.items():
                made.gateway(app, BARE_REDIS=place.redis_url, BARE_SECRET=SECRET)
                rates_of.append(_rate(made.gateway_url, numbers))
                made.stop("gateway")
        events = _ROUNDS * (_WARM_UP + _REQUESTS)
        stored = made.sql("SELECT count(*) FROM webhook_delivery")[0][0]
        assert stored == events, f"{stored} of {events} deliveries were stored"
        records = made.sql("SELECT count(*) FROM record")[0][0]
        assert records == events * _IDS_AN_EVENT, f"{records} records came in"
    return statistics.median(seen[_GATEWAY]), statistics.median(seen[_BARE])


def _rate(url: str, numbers: count[int]) -> float:
    address = urlsplit(url)
    assert address.hostname
    assert address.port
    where = (address.hostname, address.port)
    _send(where, [_request(next(numbers)) for _ in range(_WARM_UP)])
    signed = [_request(next(numbers)) for _ in range(_REQUESTS)]
    shares = [(where, signed[start::_PROCESSES]) for start in range(_PROCESSES)]
    with multiprocessing.get_context("fork").Pool(_PROCESSES) as pool:
        began = time.perf_counter()
        pool.starmap(_send, shares)
        return _REQUESTS / (time.perf_counter() - began)


def _request(number: int) -> bytes:
    """A signed event as the bytes of its request; making them is not part of what is measured."""
    ids = [f"accr_{number:08d}_{one}" for one in range(_IDS_AN_EVENT)]
    event = {
        "event_type": "ACCOUNTING_RECORD_READY_FOR_EXPORT",
        "accountingRecordIds": ids,
        "companyId": "cuacc_sandbox",
    }
    body, webhook_id, now = json.dumps(event), f"msg_{number:08d}", datetime.now(UTC)
    lines = (
        f"POST /webhooks/brex/{NAME} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"webhook-id: {webhook_id}",
        f"webhook-timestamp: {int(now.timestamp())}",
        f"webhook-signature: {Webhook(SECRET).sign(webhook_id, now, body)}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def _send(where: tuple[str, int], signed: list[bytes]) -> None:
    """Send them over several connections that are kept, each answered before the next."""
    with ThreadPoolExecutor(_CONNECTIONS) as threads:
        shares = [signed[start::_CONNECTIONS] for start in range(_CONNECTIONS)]
        list(threads.map(lambda share: _converse(where, share), shares))


def _converse(where: tuple[str, int], signed: list[bytes]) -> None:
    with (
        socket.create_connection(where, timeout=30) as connection,
        connection.makefile("rb") as file,
    ):
        for one in signed:
            status = 503
            while status == 503:  # sent again, as Brex would
                connection.sendall(one)
                status = _status(file)
            assert status == 204, status


def _status(answer: BinaryIO) -> int:
    """The status of an answer, read to its end."""
    status = int(answer.readline().split(b" ")[1])
    length = 0
    while line := answer.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    answer.read(length)
    return status
