"""Connections that go only where they may, know whether a byte was sent, and end in time.

They are urllib3's own, changed in four places:
* the host name is resolved once, checked, and exactly what was checked is connected to;
* the first byte that is given to the socket is noted: before it, nothing can have been processed;
* an answer has one deadline, however slowly it drips;
* an answer that ends within its head is no answer.
"""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
from typing import Any

import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from connector.http.address import checked_addresses


class Call(threading.local):
    """The call that this thread makes; requests and urllib3 stay within the calling thread."""

    #: whether loopback and private addresses may be connected to
    private: bool = False
    #: how long the answer may take from the first byte sent
    read_s: float = 30.0
    #: whether any byte of the request was given to the socket
    wrote: bool = False
    ends_at: float = 0.0

    def begin(self, *, private: bool, read_s: float) -> None:
        """Forget the last call."""
        self.private, self.read_s = private, read_s
        self.wrote, self.ends_at = False, 0.0

    def note_write(self) -> None:
        """From here on, the request may arrive."""
        if not self.wrote:
            self.wrote = True
            self.ends_at = time.monotonic() + self.read_s


CALL = Call()


class _Bounded(io.RawIOBase):
    """Reads a socket until the deadline of the call, and then raises TimeoutError."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)
        self._ends_at = CALL.ends_at

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left)
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Lines(io.BufferedReader):
    """Raises ConnectionError where a line is due: http.client takes half a head for a whole one."""

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        if not line:
            raise ConnectionError("the answer was cut short")
        return line


class _BoundedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = _Lines(_Bounded(sock))


def _connect(host: str, port: int, timeout_s: float) -> socket.socket:
    ends_at = time.monotonic() + timeout_s
    failure: OSError = OSError("the host name stands for no address")
    for family, kind, protocol, _, address in checked_addresses(host, port, private=CALL.private):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(max(0.01, ends_at - time.monotonic()))
            sock.connect(address)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure


class _Plain(HTTPConnection):
    response_class = _BoundedResponse

    def _new_conn(self) -> socket.socket:
        return _connect(self.host, self.port, float(self.timeout or 0))

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        CALL.note_write()
        super().send(data)


class _Tls(HTTPSConnection):
    response_class = _BoundedResponse

    def _new_conn(self) -> socket.socket:
        return _connect(self.host, self.port or 443, float(self.timeout or 0))

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        CALL.note_write()
        super().send(data)


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Tls


class CheckedAdapter(HTTPAdapter):
    """Gives a requests session one such connection, and repeats nothing."""

    def __init__(self) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool of the adapter, of connections of ours."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
