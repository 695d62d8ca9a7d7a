"""Variables of the environment, read one after another, with every fault of them."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from connector.placeholders import is_placeholder
from connector.secret import Secret

_LARGEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Bind:
    """Where a process listens."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class Reader:
    """Reads variables, and gathers in `faults` what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.faults: list[str] = []

    def fault(self, name: str, what: str) -> None:
        """Note what is wrong with a variable."""
        self.faults.append(f"{name} {what}")

    def given(self, name: str) -> bool:
        """Whether the variable of a secret, or its twin, is there."""
        return name in self.environ or f"{name}_FILE" in self.environ

    def secret(self, name: str) -> str | None:
        """The value of `name` or of its `_FILE` twin; None if neither is set or it has a fault."""
        twin = f"{name}_FILE"
        if name in self.environ and twin in self.environ:
            self.fault(name, f"and {twin} are both set; unset one of them")
            return None
        if twin in self.environ:
            name, value = twin, self._content(twin)
        else:
            value = self.environ.get(name)
        if value is None:
            return None
        if not value.strip():
            self.fault(name, "is empty; give it a value or unset it")
        elif value != value.strip():
            self.fault(name, "begins or ends with a blank; remove it")
        elif is_placeholder(value):
            self.fault(name, "is a placeholder; put the real value in its place")
        else:
            return value
        return None

    def _content(self, twin: str) -> str | None:
        path = Path(self.environ[twin])
        try:
            mode = path.stat().st_mode
            if not stat.S_ISREG(mode):
                self.fault(twin, "is not the path of a file")
            elif mode & (stat.S_IRWXG | stat.S_IRWXO):
                self.fault(twin, f"can be read by others than its owner; chmod 600 {path}")
            else:
                return path.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            self.fault(twin, f"cannot be read ({reason}); check the path {path}")
        return None

    def url(self, name: str, schemes: tuple[str, ...]) -> Secret | None:
        """The address of a server, with its password."""
        value = self.secret(name)
        if value is None:
            return None
        shape = f"{schemes[0]}://user:password@host:port/name"
        try:
            parts = urlsplit(value)
            usable = parts.scheme in schemes and (parts.port is None or parts.port > 0)
        except ValueError:
            usable = False
        if not usable or "://" not in value:
            self.fault(name, f"is not a URL that can be used; write it as {shape}")
        elif parts.password and is_placeholder(parts.password):
            self.fault(name, "has a placeholder as its password; put the real one in its place")
        elif parts.scheme == "unix" and not parts.path.strip("/"):
            self.fault(name, "names no socket; write it as unix:///path/of/the.sock")
        elif parts.scheme in {"redis", "rediss"} and not parts.hostname:
            self.fault(name, f"names no host; write it as {shape}")
        else:
            return Secret(value)
        return None

    def text(self, name: str, default: str = "") -> str:
        """A value that is not empty where it is given."""
        value = self.environ.get(name, default)
        if name in self.environ and not value.strip():
            self.fault(name, "is empty; give it a value or unset it")
        return value.strip()

    def public_url(self, name: str) -> str:
        """`https://host[:port]`, or nothing."""
        value = self.environ.get(name, "")
        if value and not re.fullmatch(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?", value):
            self.fault(name, "is no public address; write it like https://desk.example.com")
        return value.removesuffix("/")

    def keys(self, name: str) -> tuple[Secret, ...]:
        """Fernet keys, the first of which encrypts."""
        value = self.secret(name)
        keys = [key.strip() for key in re.split(r"[,\n]", value)] if value else []
        for place, key in enumerate(keys, start=1):
            if not _is_fernet_key(key):
                self.fault(name, f"key {place} is not 32 random bytes in url-safe base64")
        if len(set(keys)) < len(keys):
            self.fault(name, "holds the same key twice; remove one")
        return tuple(Secret(key) for key in keys)

    def bind(self, name: str, default: str) -> Bind:
        """`host:port`."""
        value = self.environ.get(name, default)
        host, _, port = value.rpartition(":")
        host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        number = int(port) if re.fullmatch(r"[0-9]{1,5}", port) else 0
        if not re.fullmatch(r"[A-Za-z0-9.:_-]+", host) or not 0 < number <= _LARGEST_PORT:
            self.fault(name, f"is not host:port; write it like {default}")
        return Bind(host, number)

    def switch(self, name: str) -> bool:
        """Whether it is 1."""
        value = self.environ.get(name, "")
        if value not in {"", "0", "1"}:
            self.fault(name, "is neither 1 nor unset")
        return value == "1"

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.environ.get(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            self.fault(name, f"is no number from {least} to {most}")
            return default
        return int(value)

    def folder(self, name: str, default: str) -> Path:
        """The absolute path of a folder that may be made."""
        value = self.environ.get(name, default)
        path = Path(value).absolute()
        if not value.strip() or "\0" in value:
            self.fault(name, "is empty; give the path of a folder or unset it")
        elif path.exists() and not path.is_dir():
            self.fault(name, f"is no folder: {path}")
        return path


def _is_fernet_key(key: str) -> bool:
    """Stricter than Fernet, which leaves out what is not base64, and what follows the padding."""
    return re.fullmatch(r"[A-Za-z0-9_-]{43}=", key) is not None
