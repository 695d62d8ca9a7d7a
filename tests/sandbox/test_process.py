"""The process: its ready file, its end, its configuration, its journal, its speed."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import requests

ROOT = Path(__file__).parents[2]


def test_it_stops_at_once_with_connections_open(tmp_path, start_sandbox):
    process, facts = start_sandbox(tmp_path)
    assert facts["pid"] == process.pid
    assert facts["url"] == f"http://127.0.0.1:{facts['port']}"
    idle = socket.create_connection(("127.0.0.1", facts["port"]))
    before = time.monotonic()
    process.terminate()
    assert process.wait(5) == 0
    assert time.monotonic() - before < 1
    idle.close()


def test_configuration_and_faults_come_from_files(tmp_path, start_sandbox):
    (tmp_path / "config.toml").write_text('[brex]\ntoken = "bxt_other"\n', "utf-8")
    (tmp_path / "faults.toml").write_text('[[faults]]\nkind = "500_before"\ntimes = 1\n', "utf-8")
    options = ("--config", str(tmp_path / "config.toml"), "--faults", str(tmp_path / "faults.toml"))
    process, facts = start_sandbox(tmp_path, *options)
    bearer = {"Authorization": "Bearer bxt_other"}
    statuses = [
        requests.get(f"{facts['url']}/v2/company", headers=bearer, timeout=5).status_code
        for _ in range(2)
    ]
    assert statuses == [500, 200]
    process.terminate()
    process.wait(5)


def test_an_unknown_setting_stops_the_start_and_is_named(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('[brex]\ntokn = "x"\n[infor]\nfinal_supa = 30\n', "utf-8")
    command = [sys.executable, "-m", "sandbox", "--config", str(config)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 2
    assert "brex.tokn is unknown" in done.stderr
    assert "infor.final_supa is one of 20, 90" in done.stderr


def test_settings_change_whole_or_not_at_all(sandbox):
    wrong = {"brex": {"latency_s": 1.0}, "infor": {"tenantt": "x"}}
    assert "infor.tenantt" in sandbox.control("PATCH", "settings", wrong, expect=400)["error"]
    assert sandbox.control("GET", "settings")["brex"]["latency_s"] == 0.0


def test_no_credential_shows_anywhere(sandbox, brex, m3):
    brex.call("GET", "/v2/company", params={"access_token": "bxt_sandbox"})
    m3.token()
    form = {"refresh_token": "sandbox-refresh-token-0", "client_secret": "sandbox-client-secret"}
    brex.call("POST", "/oauth2/default/v1/token", data=form)
    shown = [sandbox.control("GET", path) for path in ("log", "settings", "calls", "faults")]
    text = json.dumps(shown)
    for secret in (
        "bxt_sandbox",
        "sandbox-client-secret",
        "sandbox-refresh-token-0",
        m3.ionapi["sask"],
        m3.ionapi["saak"],
        m3.ionapi["cs"],
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
        m3.http.headers["Authorization"].split()[1],
    ):
        assert secret not in text


def test_calls_are_counted_by_operation_inside_bulk_too(sandbox, m3):
    inbn = m3.head("COUNT1")
    line = {"INBN": inbn, "RDTP": "8", "NLAM": "1"}
    m3.bulk("APS450MI", ("AddLine", line), ("AddLine", line))
    m3.refusal("APS450MI/GetHead", INBN="9")
    counts = sandbox.control("GET", "calls", peer="infor")["infor"]
    assert counts["operations"]["APS450MI/AddLine"] == 2
    assert counts["http"]["bulk APS450MI"] == 1
    assert counts["statuses"] == {"200": 3, "400": 1}
    last = sandbox.control("GET", "log", peer="infor", limit=1)["calls"][0]
    assert (last["operation"], last["outcome"], last["note"]) == (
        "APS450MI/GetHead",
        "400",
        "XRE0103",
    )
    assert last["parameters"]["INBN"] == "9"


def test_reset_forgets_everything_but_the_settings(sandbox, m3):
    m3.head("RESET1")
    sandbox.fault("429")
    sandbox.control("POST", "brex/generate", {"count": 3})
    sandbox.control("POST", "reset")
    assert sandbox.control("GET", "infor/invoices") == {"batches": [], "ledger": []}
    assert sandbox.control("GET", "brex/records")["records"] == []
    assert sandbox.control("GET", "faults")["faults"] == []
    assert sandbox.control("GET", "calls") == {}


def test_racing_writers_lose_no_line(m3):
    inbn = m3.head("RACE1")
    line = {"INBN": inbn, "RDTP": "8", "NLAM": "1"}

    def add():
        assert m3.bulk("APS450MI", *[("AddLine", line)] * 25).status_code == 200

    threads = [threading.Thread(target=add) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    rows = m3.rows("APS450MI/LstLines", INBN=inbn, maxrecs=0)
    assert [int(row["TRNO"]) for row in rows] == list(range(1, 201))


def test_it_imports_nothing_of_the_product():
    code = "import sandbox.__main__, sys; print(sorted(sys.modules))"
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=environment,
        timeout=20,
        check=True,
    )
    loaded = {name.strip("' []").split(".")[0] for name in done.stdout.split(",")}
    assert "sandbox" in loaded
    assert not {"connector", "workers", "webhook_gateway", "console"} & loaded
