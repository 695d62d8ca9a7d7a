"""The sandbox as the demo uses it: started, told to generate a month, asked what came of it.

Each ERP has a sandbox of its own, because each connection has a Brex account of its own.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from connector.cli.programs import Program
from connector.cli.supervisor import Supervisor
from connector.errors import RetryLaterError

_START_S = 30.0
_ANSWER_S = 60.0


@dataclass(frozen=True, slots=True)
class Peers:
    """A running sandbox. `url` is where Brex, the ERP and the control paths answer."""

    url: str

    def generate(self, count: int, seed: int, shares: Mapping[str, float]) -> list[str]:
        """Make a month end of records and release all of them through webhooks; their ids.

        `shares` says how much of the month are bills, reimbursements and others.
        """
        body = {"count": count, "seed": seed, "release": True, **shares}
        made: list[str] = self._call("POST", "/_sandbox/brex/generate", json=body)["ids"]
        return made

    def ionapi(self) -> str:
        """The credentials file of the simulated ION gateway."""
        return json.dumps(self._call("GET", "/_sandbox/infor/ionapi"))

    def ifs_credentials(self) -> dict[str, Any]:
        """Addresses and client of the simulated IFS."""
        return self._call("GET", "/_sandbox/ifs/credentials")

    def brex_records(self) -> list[dict[str, Any]]:
        """Every record as Brex has it, with the export results it was given."""
        found: list[dict[str, Any]] = self._call("GET", "/_sandbox/brex/records")["records"]
        return found

    def invoices(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that was written to M3: `batches` and `ledger`."""
        found: dict[str, list[dict[str, Any]]] = self._call("GET", "/_sandbox/infor/invoices")
        return found

    def vouchers(self) -> list[dict[str, Any]]:
        """Every voucher of M3's general ledger."""
        found: list[dict[str, Any]] = self._call("GET", "/_sandbox/infor/journals")["vouchers"]
        return found

    def proposals(self) -> list[dict[str, Any]]:
        """Every posting proposal in IFS."""
        found: list[dict[str, Any]] = self._call("GET", "/_sandbox/ifs/documents")["proposals"]
        return found

    def calls(self) -> dict[str, int]:
        """HTTP calls so far, by peer."""
        counts = self._call("GET", "/_sandbox/calls")
        return {peer: int(one["http_calls"]) for peer, one in counts.items()}

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            reply = requests.request(method, self.url + path, timeout=_ANSWER_S, **options)
        except requests.RequestException as error:
            raise RetryLaterError(f"the sandbox is gone ({type(error).__name__})") from error
        if not reply.ok:
            raise RetryLaterError(f"the sandbox answered {reply.status_code}: {reply.text[:200]}")
        # amounts as Brex wrote them: a float never meets money
        answer: dict[str, Any] = json.loads(reply.text, parse_float=Decimal, parse_int=int)
        return answer


@contextmanager
def started(home: Path, name: str, seed: int) -> Iterator[Peers]:
    """Run a sandbox for the length of the block. Raises RetryLaterError if it does not start."""
    ready, program = home / f"{name}.json", f"sandbox-{name}"
    argv = (sys.executable, "-m", "sandbox", "--ready-file", str(ready), "--seed", str(seed))
    with Supervisor([Program(program, argv)], log_folder=home / "log") as supervisor:
        end = time.monotonic() + _START_S
        while not ready.exists():
            process = supervisor.supervised[0].process
            if time.monotonic() > end or process is None or process.poll() is not None:
                log = (home / "log" / f"{program}.log").read_text("utf-8", "replace")[-500:]
                raise RetryLaterError(f"the sandbox did not start: {log}")
            time.sleep(0.05)
        yield Peers(json.loads(ready.read_text("utf-8"))["url"])
