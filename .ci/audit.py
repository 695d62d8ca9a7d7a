"""Known weaknesses of the packages in a lock file: `python .ci/audit.py LOCK`.

It ends with 0 where every package was looked up and has none, with 1 where one has, or where only
some could be looked up, and with 3 where no advisory service knew any of them: nothing was audited.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CLEAN, WEAK, NOT_AUDITED = 0, 1, 3
#: Asked one after the other, until one knows the packages.
SERVICES = ("osv", "pypi")
PROGRAM = Path(sys.executable).parent / "pip-audit"
_PATIENCE_S = 300


def audit(lock: Path, program: Path = PROGRAM) -> int:
    """Ask, tell, and give the exit code."""
    for service in SERVICES:
        packages = _ask(program, service, lock)
        known = [one for one in packages if "skip_reason" not in one]
        if known:
            return _verdict(service, lock, known, [one for one in packages if one not in known])
    _say(f"NOTHING WAS AUDITED: no advisory service ({', '.join(SERVICES)}) could be asked about")
    _say(f"{lock.name}. Known weaknesses may be in it. Run `make audit` where they can be reached.")
    return NOT_AUDITED


def _verdict(
    service: str, lock: Path, known: list[dict[str, Any]], unknown: list[dict[str, Any]]
) -> int:
    weak = [one for one in known if one["vulns"]]
    for one in weak:
        ids = ", ".join(weakness["id"] for weakness in one["vulns"])
        _say(f"WEAKNESS in {one['name']} {one['version']}: {ids}")
    for one in unknown:
        _say(f"NOT AUDITED: {one['name']}: {one['skip_reason']}")
    _say(
        f"{lock.name}: {service} answered for {len(known)} of {len(known) + len(unknown)} packages"
    )
    return WEAK if weak or unknown else CLEAN


def _ask(program: Path, service: str, lock: Path) -> list[dict[str, Any]]:
    """What a service says of each package; nothing where it cannot be asked."""
    command = [str(program), "-s", service, "--require-hashes", "--disable-pip", "-f", "json"]
    command += ["--progress-spinner", "off", "-r", str(lock)]
    try:
        done = subprocess.run(  # noqa: S603  our own argument list
            command, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
        )
        said: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        _say(f"{service} did not answer within {_PATIENCE_S} s")
    except ValueError:
        reason = done.stderr.strip().rpartition("\n")[2]
        _say(f"{service} could not be asked: {reason[:200]}")
    else:
        return said
    return []


def _say(line: str) -> None:
    sys.stderr.write(f"audit: {line}\n")


if __name__ == "__main__":
    sys.exit(audit(Path(sys.argv[1])))
