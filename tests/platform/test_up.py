"""`ml-connector up` with real servers, gunicorn, Celery and Flower; the two apps are tiny ones."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
import requests

from tests.ports import quiet_port
from tests.processes import command_of, processes_below
from tests.waiting import wait_until

REPOSITORY = Path(__file__).parents[2]
APPS = {
    "workers/__init__.py": "",
    "workers/queues.py": "ALL = ('fetch', 'map')",
    "workers/main.py": """
import os
from celery import Celery
app = Celery("tiny", broker=os.environ["REDIS_URL"])
""",
    "webhook_gateway/__init__.py": "",
    "webhook_gateway/main.py": """
from flask import Flask
app = Flask(__name__)
@app.get("/livez")
def livez():
    return "", 200
""",
    "console/__init__.py": "",
    "console/main.py": """
from flask import Flask
app = Flask(__name__)
""",
}


class Up:
    """One `ml-connector up` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        for name, text in APPS.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        self.home = folder / "home"
        binds = (f"127.0.0.1:{quiet_port()}" for _ in range(3))
        self.gateway, self.console, self.flower = binds
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPOSITORY),  # the tiny apps of the working folder come before it
            "ML_CONNECTOR_HOME": str(self.home),
            "ML_CONNECTOR_GATEWAY_BIND": self.gateway,
            "ML_CONNECTOR_CONSOLE_BIND": self.console,
            "ML_CONNECTOR_FLOWER_BIND": self.flower,
        }
        self.folder = folder
        self.process = self.command("up")
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("Everything runs"):
                break
        assert self.said[-1].startswith("Everything runs"), self.said

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "connector.cli", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, word: str) -> psutil.Process | None:
        found = [child for child in self.children() if word in command_of(child)]
        return found[0] if found else None


@pytest.fixture
def folder():
    """A folder of this test; no process outlives it."""
    folder = Path(tempfile.mkdtemp(prefix="ml-connector-up-"))
    folder.chmod(0o711)
    yield folder
    wait_until(lambda: not processes_below(folder))
    shutil.rmtree(folder)


@pytest.fixture
def up(folder):
    running = Up(folder)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def test_up_runs_everything_mends_what_dies_and_stops_clean(up):
    answer = requests.get(f"http://{up.gateway}/livez", timeout=10)
    assert (answer.status_code, answer.headers["Server"]) == (200, "gunicorn")

    password = (up.home / "flower.password").read_text()
    pages = [f"http://{up.flower}/", f"http://{up.flower}/api/workers"]
    wait_until(lambda: _answers(pages[0]))
    assert [requests.get(page, timeout=10).status_code for page in pages] == [401, 401]
    page = requests.get(pages[0], auth=("admin", password), timeout=10)
    assert page.status_code == 200

    worker, redis = up.child("worker-1@"), up.child("valkey")
    worker.kill()
    redis.kill()
    wait_until(lambda: up.child("worker-1@") not in {None, worker})
    wait_until(lambda: up.child("valkey") not in {None, redis})

    second = up.command("up")
    assert "already runs" in second.communicate(timeout=30)[0]
    assert second.returncode == 1

    wait_until(lambda: "ready" in (up.home / "log" / "worker-1.log").read_text())
    everything = up.children()
    assert len(everything) >= 7
    up.process.send_signal(signal.SIGTERM)
    up.process.send_signal(signal.SIGTERM)  # a second one changes nothing
    assert up.process.wait(60) == 0
    assert not [process for process in everything if process.is_running()]


def _answers(page: str) -> bool:
    try:
        requests.get(page, timeout=5)
    except requests.ConnectionError:
        return False
    return True


def test_kill_9_of_up_leaves_nothing_behind(up):
    everything = up.children()
    assert len(everything) >= 5
    up.process.kill()
    up.process.wait()
    wait_until(lambda: not [process for process in everything if process.is_running()])


def test_a_taken_address_is_named(folder):
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        taken = f"127.0.0.1:{somebody.getsockname()[1]}"
        refused = subprocess.run(
            [sys.executable, "-m", "connector.cli", "up"],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(REPOSITORY),
                "ML_CONNECTOR_HOME": str(folder / "home"),
                "ML_CONNECTOR_GATEWAY_BIND": taken,
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert refused.returncode == 2
    assert f"ML_CONNECTOR_GATEWAY_BIND: somebody listens on {taken} already" in refused.stderr
