"""A small WSGI server: one thread per connection, keep-alive, silent, able to drop a connection.

gunicorn neither leaves a request without an answer nor stops at once on SIGTERM, and `http.server`
parses headers as e-mail; the sandbox shares two cores with what it tests.
"""

from __future__ import annotations

import io
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: Set to True in the WSGI environment, it resets the connection without an answer.
DROP = "sandbox.drop"
MAX_BODY = 64 * 1024 * 1024


class DroppedError(Exception):
    """The connection was reset on purpose."""


class Server:
    """Accepts connections for an app until the process ends."""

    def __init__(self, host: str, port: int, app: Wsgi) -> None:
        self._app = app
        self._socket = socket.create_server((host, port), backlog=512, reuse_port=False)
        self.host = host
        self.port: int = self._socket.getsockname()[1]

    def serve_forever(self) -> None:
        """Accepts until the socket is closed."""
        while True:
            try:
                connection, peer = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection, peer[0]), daemon=True).start()

    def close(self) -> None:
        """Stops accepting."""
        self._socket.close()

    def _converse(self, connection: socket.socket, remote: str) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = connection.makefile("rb", buffering=65536)
        try:
            while self._one(connection, stream, remote):
                pass
        except DroppedError:
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        except (OSError, ValueError):
            pass
        finally:
            stream.close()
            connection.close()

    def _one(self, connection: socket.socket, stream: Any, remote: str) -> bool:
        """Reads and answers one request; False when the connection is to be closed."""
        line = stream.readline(65536)
        if not line.strip():
            return False
        method, target, version = line.decode("latin-1").split()
        headers = _headers(stream)
        if "chunked" in headers.get("transfer-encoding", "").lower():
            connection.sendall(b"HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\n\r\n")
            return False
        length = int(headers.get("content-length") or 0)
        if length > MAX_BODY:
            return False
        if headers.get("expect", "").lower() == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = stream.read(length) if length else b""
        environ = self._environ(method, target, headers, body, remote)
        keep = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        connection.sendall(_answer(self._app, environ, keep))
        return keep

    def _environ(
        self, method: str, target: str, headers: dict[str, str], body: bytes, remote: str
    ) -> dict[str, Any]:
        path, _, query = target.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": self.host,
            "SERVER_PORT": str(self.port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": remote,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            DROP: False,
        }
        for name, value in headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        return environ


def _headers(stream: Any) -> dict[str, str]:
    headers: dict[str, str] = {}
    while (line := stream.readline(65536)) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def _answer(app: Wsgi, environ: dict[str, Any], keep: bool) -> bytes:
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
        started[:] = [status, headers]

    parts = app(environ, start_response)
    body = b"".join(parts)
    if environ[DROP]:
        raise DroppedError
    status, headers = started
    lines = [f"HTTP/1.1 {status}"]
    lines += [f"{name}: {value}" for name, value in headers if name.lower() != "content-length"]
    lines += [f"Content-Length: {len(body)}", f"Connection: {'keep-alive' if keep else 'close'}"]
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head if environ["REQUEST_METHOD"] == "HEAD" else head + body
