"""A secret that is none, or that others can read, is refused before anything starts."""

import json
import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from connector.connection_file import load
from connector.erp.infor import factory
from connector.errors import ConfigurationError
from connector.registry import ERPS
from tests.connection_file.test_faults import SOUND

KEY = urlsafe_b64encode(bytes(32)).decode()
GIVEN = {
    "DATABASE_URL": "postgresql://me:CANARY-1@127.0.0.1:1/x",
    "REDIS_URL": "redis://:CANARY-2@127.0.0.1:1/0",
    "ML_CONNECTOR_SECRET_KEYS": KEY,
}
NO_SECRETS = {
    "empty": "",
    "blank": "  ",
    "padded before": " {}",
    "padded behind": "{} ",
    "placeholder": "changeme",
    "another placeholder": "<your secret>",
    "a variable that was not filled in": "${{SECRET}}",
}
PROGRAMS = (["run", "gateway"], ["run", "worker"], ["run", "beat"], ["up"], ["migrate"], ["status"])


def start(arguments: list[str], folder: Path, **environment: str) -> str:
    """What a program says that does not start."""
    done = subprocess.run(
        [sys.executable, "-m", "connector.cli", *arguments],
        env={"PATH": os.environ["PATH"], "ML_CONNECTOR_HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "CANARY" not in done.stdout + done.stderr
    return done.stderr


@pytest.mark.parametrize("program", PROGRAMS, ids=" ".join)
def test_no_program_starts_and_all_faults_are_told_at_once(tmp_path, program):
    said = start(program, tmp_path, **dict.fromkeys(GIVEN, "changeme"))
    assert all(f"- {name} is a placeholder" in said for name in GIVEN)


@pytest.mark.parametrize("wrong", NO_SECRETS.values(), ids=NO_SECRETS)
def test_a_variable_that_holds_no_secret_is_refused(tmp_path, wrong):
    environment = {name: wrong.format(value) for name, value in GIVEN.items()}
    said = start(["run", "gateway"], tmp_path, **environment)
    assert all(f"- {name} " in said for name in GIVEN)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o622])
def test_a_file_of_a_secret_that_others_can_use_is_refused(tmp_path, mode):
    files = {name: tmp_path / name for name in GIVEN}
    for name, file in files.items():
        file.write_text(GIVEN[name])
        file.chmod(mode)
    environment = {f"{name}_FILE": str(file) for name, file in files.items()}
    said = start(["run", "gateway"], tmp_path, **environment)
    for name, file in files.items():
        assert f"- {name}_FILE can be read by others than its owner; chmod 600 {file}" in said


def test_a_key_file_of_ones_own_that_others_can_read_is_refused(tmp_path):
    file = tmp_path / "secret.keys"
    file.write_text(KEY)
    file.chmod(0o644)
    assert "chmod 600" in start(["migrate"], tmp_path)


# -- connection files ------------------------------------------------------------------------------

IONAPI = {
    "ti": "T",
    "ci": "client",
    "iu": "https://a.example",
    "pu": "https://a.example/as/",
    "ot": "token",
    "cs": "CANARY-3",
    "saak": "CANARY-4",
    "sask": "CANARY-5",
}


@pytest.fixture
def faults(tmp_path):
    """What is wrong with the sound file, its secrets in files beside it."""

    def of(*, mode=0o600, ionapi_mode=0o600, token="bxt_CANARY-6", **ionapi):
        files = {"acme.ionapi": (json.dumps(IONAPI | ionapi), ionapi_mode), "token": (token, mode)}
        for name, (text, permissions) in files.items():
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod(permissions)
        text = SOUND.replace("env:ACME_BREX_TOKEN", "file:token").replace("CARD_EXPENSE_POST", "x")
        (tmp_path / "acme.toml").write_text(text)

        def check(loaded):
            return factory.faults({"cono": 100, "divi": "AAA"}, loaded.secrets, allow_http=False)

        with pytest.raises(ConfigurationError) as caught:
            load(
                tmp_path / "acme.toml",
                {"ACME_BREX_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
                erp_sections={name: erp.section for name, erp in ERPS.items()},
                check_erp=check,
            )
        assert "CANARY" not in str(caught.value)
        # a fault of its own, so that sound secrets are told from unsound ones
        return [fault for fault in caught.value.faults if not fault.startswith("mapping.types")]

    return of


def test_sound_secrets_are_taken(faults):
    assert faults() == []


def test_secrets_in_files_that_everyone_can_read_are_refused(faults, tmp_path):
    assert faults(mode=0o604, ionapi_mode=0o644)[:2] == [
        f"brex.token is in a file that everyone can read; chmod 600 {tmp_path / 'token'}",
        f"infor.ionapi is in a file that everyone can read; chmod 600 {tmp_path / 'acme.ionapi'}",
    ]


@pytest.mark.parametrize("wrong", NO_SECRETS.values(), ids=NO_SECRETS)
def test_a_referenced_secret_that_is_none_is_refused(faults, wrong):
    (fault,) = faults(token=wrong.format("bxt_CANARY-7"))
    assert fault.startswith("brex.token ")


@pytest.mark.parametrize("key", ["cs", "saak", "sask"])
@pytest.mark.parametrize("wrong", ["", "  ", "changeme", "<secret>", "xxx", "${SECRET}"])
def test_an_ionapi_file_with_something_in_place_of_a_secret_is_refused(faults, key, wrong):
    (fault,) = faults(**{key: wrong})
    assert fault.startswith("infor.ionapi has ")
    assert key in fault
