"""The account that the database server runs under when we are root: PostgreSQL refuses root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from connector.errors import ConfigurationError

_NAME = "nobody"


class Identity(TypedDict, total=False):
    """The arguments of `subprocess.Popen` that choose an account; none of them: our own."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """An account of this machine without rights."""

    name: str
    uid: int
    gid: int

    def identity(self) -> Identity:
        """What starts a process as this account."""
        return Identity(user=self.uid, group=self.gid, extra_groups=[])

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may use what is inside `folder`."""
        return self._can("test", "-x", f"{folder}/.")

    def can_run(self, program: Path) -> bool:
        """Whether this account can start `program` with the libraries that it needs."""
        return self._can(str(program), "--version")

    def _can(self, *argv: str) -> bool:
        try:
            asked = subprocess.run(  # noqa: S603  our own argument list
                argv, check=False, capture_output=True, cwd="/", **self.identity()
            )
        except OSError:
            return False
        return asked.returncode == 0


def server_account() -> Account | None:
    """The account for the database server; None means: run it as ourselves, we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(_NAME)
    except KeyError:
        raise ConfigurationError(
            "embedded PostgreSQL",
            [f"needs an account named {_NAME} when started by root; start as another user"],
        ) from None
    return Account(_NAME, entry.pw_uid, entry.pw_gid)
