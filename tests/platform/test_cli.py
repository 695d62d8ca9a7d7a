"""The command line: how it fails, how each process is called."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet

from connector.cli import group, main, programs
from connector.errors import ConfigurationError, RefusedError
from connector.settings import Settings


def test_help_lists_all_commands_and_imports_none():
    code = "import sys; from connector.cli import main; main(['--help'], standalone_mode=False);"
    code += "assert 'connector.cli.processes' not in sys.modules and 'celery' not in sys.modules"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert all(name in shown for name in group.COMMANDS)


@pytest.mark.parametrize("name", group.COMMANDS)
def test_every_command_of_the_table_exists_and_has_a_first_line(name):
    command = main.get_command(click.Context(main), name)
    assert isinstance(command, click.Command)
    assert command.help


def test_a_faulty_environment_is_listed_and_ends_with_2(monkeypatch):
    monkeypatch.setenv("ML_CONNECTOR_GATEWAY_BIND", "nowhere")
    monkeypatch.setenv("ML_CONNECTOR_ALLOW_HTTP", "perhaps")
    result = CliRunner().invoke(main, ["up"])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "environment:",
        "  - ML_CONNECTOR_GATEWAY_BIND is not host:port; write it like 127.0.0.1:8080",
        "  - ML_CONNECTOR_ALLOW_HTTP is neither 1 nor unset",
    ]


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (
            ConfigurationError("acme.toml", ["name is missing"]),
            2,
            "acme.toml:\n  - name is missing",
        ),
        (RefusedError("no such record"), 1, "ml-connector: no such record"),
    ],
)
def test_an_error_is_text_and_no_traceback(monkeypatch, error, code, text):
    @click.command()
    def failing():
        raise error

    monkeypatch.setattr(group.LazyGroup, "get_command", lambda *_: failing)
    result = CliRunner().invoke(main, ["failing"])
    assert (result.exit_code, result.stderr.strip(), result.stdout) == (code, text, "")


def test_an_unknown_command_is_bad_use():
    assert CliRunner().invoke(main, ["fly"]).exit_code == 2


@pytest.fixture
def given(tmp_path) -> Settings:
    return Settings.from_environment(
        {
            "DATABASE_URL": "postgresql://u:CANARY@h/d",
            "REDIS_URL": "redis://:CANARY@h/0",
            "ML_CONNECTOR_SECRET_KEYS": Fernet.generate_key().decode(),
            "ML_CONNECTOR_HOME": str(tmp_path / "home"),
        }
    )


def test_no_secret_is_on_a_command_line_or_in_a_repr(given):
    all_programs = [
        programs.gateway(given),
        programs.worker(given, queues="fetch"),
        programs.beat(given),
        programs.flower(given),
    ]
    secrets = ["CANARY", given.secret_keys[0].reveal()]
    secrets.append((given.home / "flower.password").read_text())
    for program in all_programs:
        environment = programs.environment_of(program)
        assert Settings.from_environment(environment) == given
        assert not any(secret in " ".join(program.argv) for secret in secrets)
        assert not any(secret in repr(program) for secret in secrets)
    assert (given.home / "flower.password").stat().st_mode & 0o777 == 0o600


def test_flower_asks_for_the_same_password_at_every_start(given):
    first, second = programs.flower(given), programs.flower(given)
    assert first.environment["FLOWER_BASIC_AUTH"] == second.environment["FLOWER_BASIC_AUTH"]
    assert len(first.environment["FLOWER_BASIC_AUTH"]) > 20


def test_a_worker_is_called_as_asked(given):
    argv = " ".join(programs.worker(given, "w", queues="map,fetch", concurrency=3).argv)
    assert "--queues map,fetch --concurrency 3 --pool threads --hostname w@%h" in argv
    assert "--task-events" not in argv
