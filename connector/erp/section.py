"""Reads an ERP's section of a connection file, setting by setting, and collects what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

E = TypeVar("E", bound=StrEnum)


class SectionReader:
    """One table. Faults begin with the key path: `ifs.company is missing`."""

    def __init__(
        self, path: str, section: Mapping[str, Any], faults: list[str] | None = None
    ) -> None:
        self._path = path
        self._section = section
        self.faults: list[str] = [] if faults is None else faults

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of what is given."""
        return tuple(self._section)

    def fault(self, name: str, what: str) -> None:
        """Note what is wrong with a setting."""
        self.faults.append(f"{self._path}.{name} {what}")

    def close(self, known: frozenset[str]) -> None:
        """Note every setting that is not known."""
        for name in sorted(set(self._section) - known):
            listed = ", ".join(sorted(known))
            self.fault(name, f"is no setting; the settings here are {listed}")

    def table(self, name: str, known: frozenset[str] | None) -> SectionReader:
        """The reader of a table within; an empty one where there is none. None knows every key."""
        value = self._section.get(name, {})
        if not isinstance(value, Mapping):
            self.fault(name, "is no table; write it as one")
            value = {}
        reader = SectionReader(f"{self._path}.{name}", value, self.faults)
        if known is not None:
            reader.close(known)
        return reader

    def words(self, name: str, *, blank: bool = False) -> str:
        """A string, which has to be there."""
        value = self._section.get(name)
        if value is None:
            self.fault(name, "is missing; write it as a string")
        elif not isinstance(value, str) or not (blank or value.strip()):
            self.fault(name, f"is {value!r}; write it as a string")
        else:
            return value.strip()
        return ""

    def matching(self, name: str, default: str, form: re.Pattern[str], what: str) -> str:
        """A string of this form."""
        value = self._section.get(name, default)
        if isinstance(value, str) and form.fullmatch(value):
            return value
        self.fault(name, f"is {value!r}; write {what}")
        return default

    def text(self, name: str, default: str, longest: int, *, digits: bool = False) -> str:
        """A printable string without outer blanks, up to a length; may be of digits alone."""
        value = self._section.get(name, default)
        form = rf"[0-9]{{0,{longest}}}" if digits else rf"(?! )[ -~]{{0,{longest}}}(?<! )"
        if isinstance(value, str) and re.fullmatch(form, value):
            return value
        kind = "digits" if digits else "characters"
        self.fault(name, f"is {value!r}; write up to {longest} {kind}")
        return default

    def number(self, name: str, default: int | None, low: int, high: int) -> int:
        """A whole number; without a default it has to be there."""
        value = self._section.get(name, default)
        if value is None:
            self.fault(name, f"is missing; write a number from {low} to {high}")
        elif isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.fault(name, f"is {value!r}; write a whole number from {low} to {high}")
        else:
            return value
        return low

    def seconds(self, name: str, default: float, low: float, high: float) -> float:
        """A number of seconds, or of whatever else takes fractions."""
        value = self._section.get(name, default)
        number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        if number and low <= value <= high:
            return float(value)
        self.fault(name, f"is {value!r}; write a number from {low:g} to {high:g}")
        return default

    def choice(self, name: str, default: E) -> E:
        """One of the values of an enumeration."""
        value = self._section.get(name, default)
        try:
            return type(default)(value)
        except ValueError:
            allowed = " or ".join(f'"{member}"' for member in type(default))
            self.fault(name, f"is {value!r}; write {allowed}")
            return default
