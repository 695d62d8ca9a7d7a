"""A proxy in front of PostgreSQL that loses answers to COMMIT."""

import asyncio
import random
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

#: How libpq says it: https://www.postgresql.org/docs/current/protocol-message-formats.html
_COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
_MOST = 65_536


class TcpProxy:
    """Passes everything on to a port of this machine, inside a `with` block.

    Of all commits, `rate` (none at first) end the connection without an answer: one half when it
    took effect, the other before it reached the server. Who asked cannot tell.
    """

    def __init__(self, server_port: int, *, seed: int) -> None:
        self.port = 0
        self.rate = 0.0
        #: how many took effect, and how many did not
        self.done = self.undone = 0
        self._server_port = server_port
        self._chance = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")

    def __enter__(self) -> Self:
        self._thread.start()
        listening = asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)
        self.port = server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(_end_all(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _pass_on(
        self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
        back = asyncio.ensure_future(_pump(from_server, to_client))
        with suppress(OSError):
            while data := await from_client.read(_MOST):
                if data == _COMMIT and self._chance.random() < self.rate:
                    back.cancel()
                    await asyncio.wait([back])
                    if self._chance.random() < 0.5:
                        self.undone += 1
                        break
                    to_server.write(data)
                    await from_server.read(1)
                    self.done += 1
                    break
                to_server.write(data)
                await to_server.drain()
        back.cancel()
        to_client.close()
        to_server.close()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(_MOST):
            target.write(data)
            await target.drain()
    target.close()


async def _end_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
