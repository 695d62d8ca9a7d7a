"""The supervisor, with real processes."""

import os
import signal
import subprocess
import sys

import pytest

from connector.cli.programs import Program, environment_of
from connector.cli.supervisor import Supervisor
from tests.processes import runs
from tests.waiting import wait_until

#: Writes its number, then runs until it is told to end, and notes that.
STEADY = """
import os, signal, sys, time
def end(*_):
    with open(sys.argv[1], "a") as file: file.write(f"end {sys.argv[2]}\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
with open(sys.argv[1], "a") as file: file.write(f"start {sys.argv[2]}\\n")
while True: signal.pause()
"""
STUBBORN = """
import os, signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
with open(sys.argv[1], "a") as file: file.write(f"start {child.pid}\\n")
while True: signal.pause()
"""
SUPERVISE = """
import sys, signal
from connector.cli.programs import Program
from connector.cli.supervisor import Supervisor
argv = (sys.executable, "-c", sys.argv[1], sys.argv[2], "orphan")
with Supervisor([Program("orphan", argv)]) as supervisor:
    print(supervisor.supervised[0].pid, flush=True)
    signal.pause()
"""


def python(code: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-c", code, *map(str, arguments))


@pytest.fixture
def journal(tmp_path):
    path = tmp_path / "journal"
    path.touch()
    return path


def lines(journal) -> list[str]:
    return journal.read_text().splitlines()


def test_what_ends_is_started_again_and_what_runs_is_left_alone(journal):
    programs = [Program(name, python(STEADY, journal, name)) for name in ("a", "b")]
    with Supervisor(programs, longest_wait_s=0.01) as supervisor:
        a, b = supervisor.supervised
        wait_until(lambda: len(lines(journal)) == 2)
        first, other = a.pid, b.pid
        os.kill(first, signal.SIGKILL)

        def started_again():
            supervisor.tend()
            return a.pid not in {first, None}

        wait_until(started_again)
        wait_until(lambda: lines(journal).count("start a") == 2)
        assert b.pid == other
        pids = [a.pid, b.pid]
    assert not any(runs(pid) for pid in pids)


def test_what_ends_again_and_again_waits_longer_and_longer():
    with Supervisor([Program("short", python("pass"))], longest_wait_s=0.0) as supervisor:
        (short,) = supervisor.supervised

        def has_failed_thrice():
            supervisor.tend()
            return short.failures == 3

        wait_until(has_failed_thrice)
        supervisor.longest_wait_s = 1000.0

        def has_failed_again():
            supervisor.tend()
            return short.failures == 4

        wait_until(has_failed_again)
        supervisor.tend()
        assert short.pid is None  # it waits


def test_programs_stop_place_by_place(journal):
    places = {"flower": 3, "gateway": 0, "worker-1": 2, "beat": 1, "worker-2": 2}
    programs = [
        Program(name, python(STEADY, journal, name), stop_place=place)
        for name, place in places.items()
    ]
    with Supervisor(programs):
        wait_until(lambda: len(lines(journal)) == 5)
    ended = [line.removeprefix("end ") for line in lines(journal)[5:]]
    assert [ended[0], ended[1], {*ended[2:4]}, ended[4]] == [
        "gateway",
        "beat",
        {"worker-1", "worker-2"},
        "flower",
    ]


def test_what_does_not_end_when_asked_is_killed_with_its_children(journal):
    program = Program("stubborn", python(STUBBORN, journal), grace_s=0.1)
    with Supervisor([program]) as supervisor:
        wait_until(lambda: lines(journal))
        pids = [supervisor.supervised[0].pid, int(lines(journal)[0].split()[1])]
    wait_until(lambda: not any(runs(pid) for pid in pids))


def test_kill_9_of_the_supervisor_takes_its_programs_with_it(journal):
    supervisor = subprocess.Popen(
        python(SUPERVISE, STEADY, journal), stdout=subprocess.PIPE, text=True
    )
    pid = int(supervisor.stdout.readline())
    assert runs(pid)
    supervisor.kill()
    supervisor.wait()
    wait_until(lambda: not runs(pid))


def test_output_goes_to_a_file_that_only_its_owner_reads(tmp_path):
    program = Program("talker", python("print('said')"))
    with Supervisor([program], log_folder=tmp_path / "log"):
        file = tmp_path / "log" / "talker.log"
        wait_until(lambda: file.read_text() == "said\n")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_program_gets_our_settings_and_not_their_sources(monkeypatch):
    monkeypatch.setenv("DATABASE_URL_FILE", "/run/secrets/url")
    monkeypatch.setenv("REDIS_URL", "redis://old")
    monkeypatch.setenv("FLOWER_UNAUTHENTICATED_API", "true")
    monkeypatch.setenv("UNRELATED", "kept")
    environment = environment_of(Program("x", (), environment={"REDIS_URL": "redis://new"}))
    assert environment["REDIS_URL"] == "redis://new"
    assert environment["UNRELATED"] == "kept"
    assert "DATABASE_URL_FILE" not in environment
    assert "FLOWER_UNAUTHENTICATED_API" not in environment
