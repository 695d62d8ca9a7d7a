"""The folder with the servers' data, and who uses it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from connector import log
from connector.embedded.account import server_account
from connector.embedded.private import write_private
from connector.errors import ConfigurationError

LOG = log.logger(__name__)

#: Others may pass through, since the database server of root is another account, but not look.
_PASS_THROUGH = 0o711
_OWNER_ONLY = 0o600
_LASTING_TEMPORARY = Path("/var/tmp")  # noqa: S108  checked below; it outlives a restart of the machine


def state_folder(home: Path) -> Path:
    """Give the folder for the servers' data: `home`, made if it is missing.

    Only for root there is another one, when `home` lies where PostgreSQL's account cannot go, as
    below /root: a folder of the system's temporary directory, the same at every call.
    """
    home.mkdir(parents=True, exist_ok=True, mode=_PASS_THROUGH)
    account = server_account()
    if account is None or account.can_enter(home):
        return home
    digest = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:16]
    for parent in (_LASTING_TEMPORARY, Path(tempfile.gettempdir())):
        if parent.is_dir() and account.can_enter(parent):
            folder = parent / f"ml-connector-{digest}"
            _own(folder)
            LOG.warning(
                "embedded_data_elsewhere",
                home=str(home),
                folder=str(folder),
                because=f"{account.name}, who runs PostgreSQL for root, cannot enter {home}",
            )
            return folder
    raise ConfigurationError(
        "ML_CONNECTOR_HOME", [f"{home} cannot be entered by {account.name}; choose another folder"]
    )


def _own(folder: Path) -> None:
    """Make the folder; refuse one that somebody else has laid there."""
    folder.mkdir(exist_ok=True, mode=_PASS_THROUGH)
    found = folder.lstat()
    shared = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or shared:
        raise ConfigurationError(str(folder), ["is not a folder of ours; remove it"])


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that runs the servers of a state folder."""

    pid: int
    #: It is `ml-connector up`, not a short command that ends by itself.
    lasting: bool

    @property
    def alive(self) -> bool:
        """Whether a process with its number runs."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


class FileLock:
    """A lock that the kernel gives back when the last process that has `descriptor` open ends."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _OWNER_ONLY)

    def take(self, *, shared: bool = False, wait: bool = False) -> bool:
        """Take the lock, and say whether it was free."""
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self.descriptor, kind if wait else kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self.descriptor)


def record_holder(state: Path, *, lasting: bool) -> None:
    """Note that this process runs the servers of `state`."""
    write_private(state / "holder", json.dumps(asdict(Holder(os.getpid(), lasting))))


def holder_of(state: Path) -> Holder | None:
    """Who last ran the servers of `state`, and may still do so; None if nobody has."""
    try:
        return Holder(**json.loads((state / "holder").read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
