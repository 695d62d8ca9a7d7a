"""The packages: pinned by hash, from no named index, and audited honestly."""

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = {name: (ROOT / name).read_text() for name in ("requirements.lock", "requirements-dev.lock")}
PACKAGE = re.compile(r"([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,-]+\])?==([A-Za-z0-9.!+_-]+)(?: ; .+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def requirements(lock: str) -> dict[str, list[str]]:
    """Each requirement with its hashes."""
    whole = LOCKS[lock].replace("\\\n", " ")
    lines = [line.split("#")[0].strip() for line in whole.splitlines()]
    pinned = (re.split(r"\s+(?=--hash)", line) for line in lines if line)
    return {first: hashes for first, *hashes in pinned}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_to_a_version_and_to_hashes(lock):
    found = requirements(lock)
    assert len(found) > 30
    for requirement, hashes in found.items():
        assert PACKAGE.fullmatch(requirement), requirement
        assert hashes, requirement
        assert all(HASH.fullmatch(one) for one in hashes), requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_other_place(lock):
    assert not re.search(
        r"://|--(index|extra-index|find-links|trusted|pre)\b|^-|file:", LOCKS[lock], re.MULTILINE
    )


def test_what_runs_is_locked_the_same_for_those_who_develop():
    run, develop = map(requirements, LOCKS)
    assert set(run) <= set(develop)
    assert {name: develop[name] for name in run} == run


def test_all_that_the_product_asks_for_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    names = {re.match(r"[A-Za-z0-9._-]+", one)[0].lower() for one in asked}
    assert names <= {PACKAGE.fullmatch(one)[1] for one in requirements("requirements-dev.lock")}


# -- the audit -------------------------------------------------------------------------------------

SOUND = {"name": "flask", "version": "3.1.3", "vulns": []}
WEAK = {"name": "celery", "version": "5.2.1", "vulns": [{"id": "GHSA-q4xr-rc97-m4xx"}]}
SKIPPED = {"name": "kombu", "skip_reason": "Dependency not found on PyPI"}


@pytest.fixture
def audit():
    spec = importlib.util.spec_from_file_location("ci_audit", ROOT / ".ci" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def pip_audit(tmp_path):
    """A pip-audit that says of each service what it is told to; it fails on others."""

    def make(**said):
        program = tmp_path / "pip-audit"
        texts = {service: json.dumps({"dependencies": told}) for service, told in said.items()}
        program.write_text(
            f"#!{sys.executable}\nimport sys\n"
            "service = sys.argv[sys.argv.index('-s') + 1]\n"
            f"said = {texts!r}\n"
            "if service not in said: sys.exit('NameResolutionError')\n"
            "print(said[service])\nsys.exit('GHSA' in said[service])\n"
        )
        program.chmod(0o700)
        return program

    return make


@pytest.mark.parametrize(
    ("said", "code", "told"),
    [
        ({"osv": [SOUND]}, 0, "osv answered for 1 of 1"),
        ({"pypi": [SOUND]}, 0, "pypi answered for 1 of 1"),
        ({"osv": [SOUND, WEAK]}, 1, "WEAKNESS in celery 5.2.1: GHSA-q4xr-rc97-m4xx"),
        ({"osv": [SOUND, SKIPPED]}, 1, "NOT AUDITED: kombu"),
        ({"osv": [SKIPPED], "pypi": [WEAK]}, 1, "WEAKNESS in celery"),
        ({"pypi": [SKIPPED]}, 3, "NOTHING WAS AUDITED"),
        ({"osv": [], "pypi": []}, 3, "NOTHING WAS AUDITED"),
        ({}, 3, "NOTHING WAS AUDITED"),
    ],
)
def test_an_audit_says_what_was_found_and_what_was_not_looked_up(
    audit, pip_audit, capsys, said, code, told
):
    assert audit.audit(ROOT / "requirements.lock", pip_audit(**said)) == code
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(("audited", "code"), [(0, 0), (3, 0), (1, 1)])
def test_ci_fails_on_a_weakness_and_is_loud_where_nothing_was_audited(tmp_path, audited, code):
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_text((ROOT / ".ci" / "run").read_text())
    (tmp_path / ".ci" / "audit.py").write_text(f"raise SystemExit({audited})")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    for name in ("make", "known-python"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 0\n")
        (tmp_path / name).chmod(0o700)
    done = subprocess.run(
        ["bash", str(tmp_path / ".ci" / "run")],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHON": str(tmp_path / "known-python")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == code
    assert ("NO DEPENDENCY WAS AUDITED" in done.stderr) is (audited == 3)
