"""Settings of the peers: `default.toml` is both the defaults and their documentation."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from sandbox.brex.settings import BrexSettings
from sandbox.ifs.settings import IfsSettings
from sandbox.infor.settings import InforSettings

SECTIONS = ("sandbox", "brex", "infor", "ifs")


class SettingsError(ValueError):
    """A setting is unknown or has the wrong type; the message names all of them."""


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """What belongs to no peer."""

    log_kept: int


class Settings:
    """The settings in force, one frozen section per peer; `patch` swaps sections whole."""

    def __init__(self, raw: dict[str, Any]) -> None:
        base = tomllib.loads((files("sandbox") / "default.toml").read_text("utf-8"))
        self.sandbox: SandboxSettings = SandboxSettings(**base["sandbox"])
        self.brex = BrexSettings(**base["brex"])
        self.infor = InforSettings(**base["infor"])
        self.ifs = IfsSettings(**base["ifs"])
        self.patch(raw)

    @classmethod
    def from_file(cls, path: Path | None) -> Settings:
        """The defaults with what a TOML file changes; raises SettingsError."""
        return cls(tomllib.loads(path.read_text("utf-8")) if path else {})

    def patch(self, raw: dict[str, Any]) -> None:
        """Changes what is named, or nothing at all: raises SettingsError."""
        wrong: list[str] = []
        changed: dict[str, Any] = {}
        for section, values in raw.items():
            if section not in SECTIONS or not isinstance(values, dict):
                wrong.append(f"[{section}] is not a section")
                continue
            current: Any = getattr(self, section)
            wrong += _faulty(section, current, values)
            if not wrong:
                changed[section] = replace(current, **values)
        if wrong:
            raise SettingsError("; ".join(wrong))
        for section, value in changed.items():
            setattr(self, section, value)

    def as_dict(self) -> dict[str, Any]:
        """Every setting; fields that hold a credential are shown as `***`."""
        return {name: _shown(getattr(self, name)) for name in SECTIONS}


def _faulty(section: str, current: Any, values: dict[str, Any]) -> list[str]:
    known = {one.name: getattr(current, one.name) for one in fields(current)}
    choices: dict[str, tuple[Any, ...]] = getattr(current, "CHOICES", {})
    wrong = []
    for name, value in values.items():
        if name not in known:
            wrong.append(f"{section}.{name} is unknown")
        elif not _same_kind(known[name], value):
            wrong.append(f"{section}.{name} is a {type(known[name]).__name__}")
        elif name in choices and value not in choices[name]:
            wrong.append(f"{section}.{name} is one of {', '.join(map(str, choices[name]))}")
    return wrong


def _same_kind(example: Any, value: Any) -> bool:
    if isinstance(example, bool) or isinstance(value, bool):
        return isinstance(example, bool) and isinstance(value, bool)
    if isinstance(example, float):
        return isinstance(value, int | float)
    return isinstance(value, type(example))


def _shown(section: Any) -> dict[str, Any]:
    secret: frozenset[str] = getattr(section, "SECRET", frozenset())
    return {name: "***" if name in secret else value for name, value in asdict(section).items()}
