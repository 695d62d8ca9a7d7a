"""A started `python -m sandbox` process, and what the tests ask of it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox.ifs_client import Ifs
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
DEFAULTS = tomllib.loads((ROOT / "sandbox" / "default.toml").read_text("utf-8"))


class Sandbox:
    """The control API of a running sandbox."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()
        self._patched: dict[str, set[str]] = {}

    def control(
        self, method: str, path: str, body: Any = None, expect: int = 200, **params: Any
    ) -> Any:
        answer = self.http.request(method, f"{self.url}/_sandbox/{path}", json=body, params=params)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def settings(self, section: str, **values: Any) -> None:
        self.control("PATCH", "settings", {section: values})
        self._patched.setdefault(section, set()).update(values)

    def fault(self, kind: str, **rule: Any) -> None:
        self.control("POST", "faults", {"kind": kind, **rule})

    def put_back(self) -> None:
        before = {
            section: {name: DEFAULTS[section][name] for name in names}
            for section, names in self._patched.items()
        }
        self.control("PATCH", "settings", before)
        self.control("POST", "reset")
        self._patched.clear()


class Brex:
    """A client that sends a user token."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.http = requests.Session()
        self.http.headers["Authorization"] = "Bearer bxt_sandbox"

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        return self.http.request(method, self._sandbox.url + path, timeout=10, **kwargs)

    def records(self, **params: Any) -> requests.Response:
        return self.call("GET", "/v3/accounting/records", params=params)

    def report(self, *results: dict[str, Any]) -> requests.Response:
        return self.call(
            "POST", "/v3/accounting/records/export-results", json={"results": list(results)}
        )

    def exported(self, *record_ids: str) -> requests.Response:
        return self.report(*({"accounting_record_id": one, "success": {}} for one in record_ids))


class M3:
    """A client with an access token of the service account."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.ionapi = sandbox.control("GET", "infor/ionapi")
        self.base = f"{self.ionapi['iu']}/{self.ionapi['ti']}/M3/m3api-rest/v2/execute"
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {self.token().json()['access_token']}"

    def token(self, **form: str) -> requests.Response:
        keys = self.ionapi
        asked = {
            "grant_type": "password",
            "username": keys["saak"],
            "password": keys["sask"],
            **form,
        }
        return requests.post(keys["pu"] + keys["ot"], data=asked, auth=(keys["ci"], keys["cs"]))

    def get(self, operation: str, **params: Any) -> requests.Response:
        where = {"cono": 100, "divi": "AAA", **params}
        return self.http.get(f"{self.base}/{operation}", params=where, timeout=10)

    def rows(self, operation: str, **params: Any) -> list[dict[str, str]]:
        answer = self.get(operation, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()["results"][0]["records"]

    def refusal(self, operation: str, **params: Any) -> dict[str, Any]:
        answer = self.get(operation, **params)
        assert answer.status_code == 400, answer.text
        return answer.json()["results"][0]

    def bulk(self, program: str, *transactions: tuple[str, dict[str, str]], **options: Any) -> Any:
        named = [{"transaction": name, "record": record} for name, record in transactions]
        body = {"program": program, "cono": 100, "divi": "AAA", "transactions": named, **options}
        return self.http.post(self.base, json=body, timeout=10)

    def head(self, sino: str, amount: str = "100.00", **more: str) -> str:
        given = {"SUNO": "732000", "IVDT": "20260630", "CUCD": "SEK", "CUAM": amount, **more}
        return self.rows("APS450MI/AddHead", SINO=sino, **given)[0]["INBN"]

    def batch(self, sino: str, amount: str = "100.00", account: str = "7500", **more: str) -> str:
        inbn = self.head(sino, amount, **more)
        self.rows("APS450MI/AddLine", INBN=inbn, RDTP="8", NLAM=amount, AIT1=account)
        return inbn

    def validated(self, inbn: str) -> dict[str, str]:
        """Submits the validation and waits until nothing is in progress."""
        self.rows("APS455MI/ValidByBatchNo", INBN=inbn)
        return wait_until(lambda: self.settled(inbn))

    def settled(self, inbn: str) -> dict[str, str] | None:
        head = self.rows("APS450MI/GetHead", INBN=inbn)[0]
        return head if head["BIST"] == "0" else None


class Listener:
    """An endpoint for webhooks; `answers` are the statuses it gives, then 200."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.received.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(listener.answers.pop(0) if listener.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def ids(self) -> list[str]:
        return [
            one
            for _, body in list(self.received)
            for one in json.loads(body)["accountingRecordIds"]
        ]


def start(folder: Path, *options: str) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """Starts a sandbox and waits for its ready file."""
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "sandbox", "--ready-file", str(ready), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wait_until(lambda: ready.exists() or process.poll() is not None)
    assert process.poll() is None, process.stdout and process.stdout.read()
    return process, json.loads(ready.read_text("utf-8"))


@pytest.fixture
def eventually() -> Callable[..., Any]:
    return wait_until


@pytest.fixture
def start_sandbox() -> Iterator[Callable[..., Any]]:
    """Starts further processes; ends those that a test left running."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(folder: Path, *options: str) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
        process, facts = start(folder, *options)
        started.append(process)
        return process, facts

    yield begin
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    process, facts = start(tmp_path_factory.mktemp("sandbox"), "--seed", "11")
    yield facts["url"]
    process.terminate()
    process.wait(5)
    assert process.stdout is not None
    said = process.stdout.read().decode()
    process.stdout.close()
    assert said == "", "the sandbox is silent, and no call of the tests breaks it"


@pytest.fixture
def sandbox(running: str) -> Iterator[Sandbox]:
    one = Sandbox(running)
    yield one
    one.put_back()
    one.http.close()


@pytest.fixture
def brex(sandbox: Sandbox) -> Iterator[Brex]:
    client = Brex(sandbox)
    yield client
    client.http.close()


@pytest.fixture
def m3(sandbox: Sandbox) -> Iterator[M3]:
    sandbox.settings("infor", validation_s=0.02, update_s=0.02)
    client = M3(sandbox)
    yield client
    client.http.close()


@pytest.fixture
def ifs(sandbox: Sandbox) -> Ifs:
    return Ifs(sandbox)


@pytest.fixture
def listener(brex: Brex) -> Iterator[Listener]:
    one = Listener()
    body = {"url": one.url, "event_types": ["ACCOUNTING_RECORD_READY_FOR_EXPORT"]}
    answer = brex.call("POST", "/v1/webhooks", json=body, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 200, answer.text
    yield one
    one.close()
