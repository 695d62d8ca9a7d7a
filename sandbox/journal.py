"""What the peers were asked, counted and kept for a while; never a credential."""

from __future__ import annotations

import re
import threading
from collections import Counter, deque
from datetime import datetime
from typing import Any

from sandbox.clock import now_utc, rfc3339
from sandbox.exchange import Answer, Call

HIDDEN = "***"
#: Parameter names whose values are credentials.
_SECRET_NAME = re.compile(
    r"secret|token|signature|password|passwd|authorization|api.?key|^username$|^client_id$|saak|sask",
    re.IGNORECASE,
)
#: Values that look like credentials, wherever they stand.
_SECRET_VALUE = re.compile(r"bxt_\S+|whsec_\S+|Bearer \S+|Basic \S+|\S+[#~]\S{12,}", re.IGNORECASE)


class Journal:
    """Counts by peer and operation, and the last calls."""

    def __init__(self, kept: int) -> None:
        self._lock = threading.Lock()
        self._log: deque[tuple[datetime, Call, str, str, list[str]]] = deque(maxlen=kept)
        self._http: dict[str, Counter[str]] = {}
        self._operations: dict[str, Counter[str]] = {}
        self._statuses: dict[str, Counter[str]] = {}
        self._faults: dict[str, Counter[str]] = {}

    def record(
        self, call: Call, answer: Answer, *, faults: list[str], counted: bool = True
    ) -> None:
        """Notes one call; `counted` False keeps it out of the counts (it was counted before)."""
        outcome = "dropped" if answer.dropped else str(answer.status)
        line = (now_utc(), call, outcome, answer.note, faults)
        with self._lock:
            self._log.append(line)
            if not counted:
                return
            self._http.setdefault(call.peer, Counter())[call.operation] += 1
            self._statuses.setdefault(call.peer, Counter())[outcome] += 1
            inner = self._operations.setdefault(call.peer, Counter())
            if call.program:
                inner.update(f"{call.program}/{name}" for name in call.transactions)
            else:
                inner[call.operation] += 1
            if faults:
                self._faults.setdefault(call.peer, Counter()).update(faults)

    def counts(self, peer: str | None = None) -> dict[str, Any]:
        """Per peer: HTTP calls, operations (those inside bulk calls too), statuses, faults."""
        with self._lock:
            peers = [peer] if peer else sorted(self._http)
            return {
                name: {
                    "http_calls": sum(self._http.get(name, Counter()).values()),
                    "http": dict(self._http.get(name, {})),
                    "operations": dict(self._operations.get(name, {})),
                    "statuses": dict(self._statuses.get(name, {})),
                    "faults": dict(self._faults.get(name, {})),
                }
                for name in peers
            }

    def last(self, peer: str | None, limit: int) -> list[dict[str, Any]]:
        """The last calls, newest first."""
        with self._lock:
            lines = list(self._log)
        chosen = [line for line in reversed(lines) if peer in (None, line[1].peer)][:limit]
        return [
            {
                "time": rfc3339(moment),
                "peer": call.peer,
                "operation": call.operation,
                "path": _masked(call.path),
                "transactions": list(call.transactions),
                "parameters": _parameters(call),
                "outcome": outcome,
                "note": _masked(note),
                "faults": faults,
            }
            for moment, call, outcome, note, faults in chosen
        ]

    def clear(self) -> None:
        """Forgets counts and calls."""
        with self._lock:
            self._log.clear()
            for table in (self._http, self._operations, self._statuses, self._faults):
                table.clear()


def _parameters(call: Call) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in call.args:
        shown[name] = HIDDEN if _SECRET_NAME.search(name) else _masked(value)
    is_form = "form" in call.headers.get("content-type", "")
    if call.body and call.operation != "token" and not is_form:
        shown["body"] = _masked(call.body[:4000].decode("utf-8", "replace"))
    return shown


def _masked(text: str) -> str:
    return _SECRET_VALUE.sub(HIDDEN, text)
