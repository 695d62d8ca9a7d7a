"""Where a string of the file comes from: a literal, `env:NAME` or `file:PATH`."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: A file that a reference names is read up to this size, in bytes.
LARGEST_FILE = 64 * 1024


class UnusableError(Exception):
    """A value cannot be used. Its text continues a sentence that begins with the key path."""


@dataclass(frozen=True, slots=True)
class Given:
    """A string as it was given. `shown` stands for it in a fault: never what a reference gave."""

    value: str
    shown: str


@dataclass(frozen=True, slots=True)
class References:
    """Follows references. Paths are relative to `folder`, the folder of the connection file."""

    folder: Path
    environ: Mapping[str, str]

    def follow(self, text: str, *, private: bool = False) -> Given:
        """The string that `text` stands for. Raises UnusableError.

        A file of a `private` string must not be open to everyone on the machine.
        """
        if text.startswith("env:"):
            return Given(self._variable(text.removeprefix("env:")), f"the value of {text}")
        if text.startswith("file:"):
            content = self._content(text.removeprefix("file:"), private=private)
            return Given(content, f"the content of {text}")
        return Given(text, repr(text if len(text) <= 60 else text[:60] + "…"))  # noqa: PLR2004

    def _variable(self, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise UnusableError("names no environment variable; write it like env:ACME_TOKEN")
        if name not in self.environ:
            raise UnusableError(f"needs the environment variable {name}, which is not set; set it")
        return self.environ[name]

    def _content(self, name: str, *, private: bool) -> str:
        if not name or "\0" in name:
            raise UnusableError("names no file; write it like file:acme.secret")
        path = self.folder / name
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise UnusableError(f"names {path}, which is not a file; name a file")
            if private and status.st_mode & stat.S_IRWXO:
                raise UnusableError(f"is in a file that everyone can read; chmod 600 {path}")
            if status.st_size > LARGEST_FILE:
                raise UnusableError(f"names {path}, which has more than {LARGEST_FILE} bytes")
            return path.read_text(encoding="utf-8-sig").rstrip("\r\n")
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise UnusableError(f"cannot be read from {path} ({why}); mend the path") from error
        except ValueError as error:
            raise UnusableError(f"is in {path}, which is not UTF-8 text") from error
