"""The sandbox as a process of its own, and its control paths."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from tests.waiting import wait_until


class Sandbox:
    """A running sandbox."""

    def __init__(self, folder: Path, *, seed: int = 0) -> None:
        ready = folder / "sandbox.json"
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "sandbox", "--port", "0"),
                *("--ready-file", str(ready), "--seed", str(seed)),
            ]
        )
        wait_until(lambda: ready.exists() or self.process.poll() is not None, "the ready file")
        assert self.process.poll() is None, "the sandbox ended"
        self.url: str = json.loads(ready.read_text())["url"]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def call(self, method: str, path: str, body: Any = None, *, timeout_s: float = 30) -> Any:
        """A call of the control API under `/_sandbox`."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + "/_sandbox" + path, data, method=method)
        with urllib.request.urlopen(request, timeout=timeout_s) as response:
            return json.loads(response.read())

    def brex(self, method: str, path: str, body: Any, *, token: str = "bxt_sandbox") -> Any:
        """A call of Brex itself, as somebody else with the token makes it."""
        headers = {"Authorization": f"Bearer {token}"}
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), headers, method=method
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.loads(response.read())

    def fault(self, kind: str, **rule: Any) -> None:
        self.call("POST", "/faults", {"kind": kind, **rule})

    def fired(self) -> int:
        """How often faults have fired."""
        return sum(rule["fired"] for rule in self.call("GET", "/faults")["faults"])

    def operations(self, peer: str = "infor") -> dict[str, int]:
        """How often each operation was asked for, M3 transactions inside bulk calls too."""
        return self.call("GET", f"/calls?peer={peer}").get(peer, {}).get("operations", {})

    def writes(self) -> int:
        """How many requests (M3: transactions) that change something any ERP was asked for."""
        reads = ("Get", "Lst", "Sel", "Chk", "GET")
        return sum(
            times
            for peer in ("infor", "ifs")
            for name, times in self.operations(peer).items()
            if "/" in name and not name.partition("/")[2].startswith(reads)
        )
