"""Brex's part of a delivery, done by the test: every event again until it is acknowledged."""

import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import requests

from tests.endtoend.installation import SECRET
from tests.gateway.signing import signed

#: Brex, too, gives up on an answer at some time.
_PATIENCE_S = 15.0


class Sender:
    """Delivers records to the gateway from a thread, inside a `with` block, and notes each answer.

    The block ends when all events were acknowledged, or when it raised.
    """

    def __init__(
        self, url: str, ids: Sequence[str], *, per_event: int = 2, pause_s: float = 0.05
    ) -> None:
        self.url = url
        #: (when, status, seconds until it came) of each answer; status 0: there was none
        self.answers: list[tuple[float, int, float]] = []
        self._events = [ids[start : start + per_event] for start in range(0, len(ids), per_event)]
        self._pause_s = pause_s
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._send_all, name="sender")

    @property
    def is_done(self) -> bool:
        return not self._thread.is_alive()

    def statuses(self) -> Counter[int]:
        """How often each status came."""
        return Counter(status for _, status, _ in self.answers)

    def slowest_s(self, share: float, since: float = 0.0, until: float = float("inf")) -> float:
        """The time within which `share` of the requests that began then were answered."""
        times = sorted(took_s for began, _, took_s in self.answers if since <= began <= until)
        return times[min(len(times) - 1, int(share * len(times)))]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._given_up.set()
        self._thread.join()

    def _send_all(self) -> None:
        with requests.Session() as session:
            for ids in self._events:
                body = {
                    "event_type": "ACCOUNTING_RECORD_READY_FOR_EXPORT",
                    "accountingRecordIds": list(ids),
                    "companyId": "cuacc_sandbox",
                }
                text = json.dumps(body).encode()
                while not self._is_acknowledged(session, text, f"msg_{ids[0]}"):
                    if self._given_up.is_set():
                        return
                self._given_up.wait(self._pause_s)

    def _is_acknowledged(self, session: requests.Session, body: bytes, message_id: str) -> bool:
        began = time.monotonic()
        try:
            status = session.post(
                self.url,
                data=body,
                headers=signed(body, message_id=message_id, secret=SECRET),
                timeout=_PATIENCE_S,
            ).status_code
        except requests.RequestException:
            status = 0
        self.answers.append((began, status, time.monotonic() - began))
        if status != requests.codes.no_content:
            self._given_up.wait(0.1)
        return status == requests.codes.no_content
