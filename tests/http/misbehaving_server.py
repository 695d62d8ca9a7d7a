"""A real HTTP server of few lines, which misbehaves as each test says."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class Asked:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Behaviour = Callable[[socket.socket, Asked], None]


def answer(status: int, body: bytes = b"{}", **headers: str) -> Behaviour:
    def behave(connection: socket.socket, asked: Asked) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return behave


def raw(data: bytes) -> Behaviour:
    def behave(connection: socket.socket, asked: Asked) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_RDWR)

    return behave


def drop(connection: socket.socket, asked: Asked) -> None:
    connection.shutdown(socket.SHUT_RDWR)


@dataclass
class Server:
    """Answers with `script`, one behaviour a request, the last one for ever."""

    script: list[Behaviour] = field(default_factory=lambda: [answer(200)])
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError):
            reader = connection.makefile("rb")
            while line := reader.readline():
                method, target, _ = line.decode().split(" ", 2)
                headers: dict[str, str] = {}
                while (head := reader.readline().strip()) != b"":
                    name, _, value = head.decode("latin-1").partition(":")
                    headers[name.lower()] = value.strip()
                body = reader.read(int(headers.get("content-length", 0)))
                asked = Asked(method, target, headers, body)
                self.asked.append(asked)
                behave = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                behave(connection, asked)

    def close(self) -> None:
        self._socket.close()
        for connection in self._open:
            connection.close()


class Budget:
    """Grants everything, unless told what to answer."""

    def __init__(self, *waits: float) -> None:
        self.waits = list(waits)
        self.taken = 0
        self.background: list[bool] = []
        self.blocked: list[float | None] = []

    def take(self, *, background: bool = False) -> float:
        self.background.append(background)
        wait = self.waits.pop(0) if self.waits else 0.0
        self.taken += not wait
        return wait

    def block(self, asked_s: float | None) -> float:
        self.blocked.append(asked_s)
        return 3.5 if asked_s is None else asked_s
