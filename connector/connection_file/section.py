"""One table of the file, read key by key, so that everything wrong with it is gathered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from connector.connection_file import addresses, rules
from connector.connection_file.references import Given, References, UnusableError
from connector.connection_file.rules import Rule
from connector.secret import Secret

T = TypeVar("T")
D = TypeVar("D")
AChoice = TypeVar("AChoice", bound=StrEnum)
_KINDS = {str: "a string", bool: "true or false", int: "a whole number", dict: "a table"}
_KINDS |= {list: "a list", float: "a number"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a key, as a sentence that begins with it; `path` has it unquoted."""

    path: str
    text: str


@dataclass(slots=True)
class Reading:
    """What the sections of one file share: where references lead, and what was found."""

    references: References
    allow_http: bool
    faults: list[Fault] = field(default_factory=list)
    secrets: dict[str, Secret] = field(default_factory=dict)


@dataclass(slots=True)
class Section:
    """One table. Every key that is asked for is known; `close` reports the others.

    Each method gives a usable value or its default, and notes a fault in place of raising. An
    `example` makes a key required.
    """

    table: Mapping[str, Any]
    keys: tuple[str, ...]
    reading: Reading
    known: list[str] = field(default_factory=list)

    def text(
        self, key: str, rule: Rule = rules.plain, *, default: str = "", example: str = ""
    ) -> str:
        """A string that obeys `rule`."""
        value = self._take(key, str, example)
        return default if value is None else self.parse(key, value, rule, default)

    def choice(self, key: str, default: AChoice) -> AChoice:
        """One of the words of an enum."""
        words = [str(one) for one in type(default)]
        return type(default)(self.text(key, rules.one_of(words), default=default))

    def url(self, key: str, *, example: str = "") -> str:
        """The address of a peer."""
        allow = self.reading.allow_http
        return self.text(
            key, lambda given: addresses.address(given, allow_http=allow), example=example
        )

    def duration(
        self, key: str, default: timedelta, *, low: timedelta, high: timedelta
    ) -> timedelta:
        """A time span written like `15m`."""
        value = self._take(key, str)
        if value is None:
            return default
        return self.parse(
            key, value, lambda given: rules.duration(given, low=low, high=high), default
        )

    def day(self, key: str) -> date | None:
        """A day of the calendar; None where there is none."""
        value = self._take(key, str)
        return None if value is None else self.parse(key, value, rules.day, None)

    def switch(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._take(key, bool)
        return default if value is None else bool(value)

    def integer(self, key: str, default: int, *, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self._take(key, int)
        if value is None:
            return default
        if not low <= value <= high:
            self.fault(key, f"is {value}; write a number from {low} to {high}")
            return default
        return int(value)

    def secret(self, key: str, rule: Rule, *, example: str = "") -> None:
        """A secret, which goes to the secrets of the reading under its key path."""
        value = self._take(key, str, example)
        if value is not None:
            self.keep(key, value, rule)

    def secrets(self, key: str, rule: Rule) -> None:
        """A list of secrets, kept as `<path>.0`, `<path>.1` and so on."""
        for index, value in enumerate(self._take(key, list) or []):
            item = f"{key}.{index}"
            if isinstance(value, str):
                self.keep(item, value, rule)
            else:
                self.fault(item, f"is {kind_of(value)}; write a string")

    def strings(self, key: str, key_rule: Rule = rules.plain) -> dict[str, str]:
        """A table of strings, in the order of the file."""
        inner = self.section(key)
        if inner is None:
            return {}
        for name in inner.table:
            inner.parse(name, name, key_rule, "", literal=True)
        return {name: inner.text(name) for name in inner.table}

    def section(self, key: str, *, example: str = "") -> Section | None:
        """A table within this one; None where there is none."""
        value = self._take(key, dict, example)
        return None if value is None else self.inner(key, value)

    def inner(self, key: str, table: Mapping[str, Any]) -> Section:
        """A table within this one, by its key."""
        return Section(table, (*self.keys, key), self.reading)

    def close(self) -> None:
        """Report the keys that nobody asked for."""
        for key in self.table:
            if key not in self.known:
                mend = rules.did_you_mean(key, self.known)
                mend = mend or f"the settings here are {', '.join(sorted(self.known))}"
                self.fault(key, f"is no setting; {mend}")

    def parse(
        self,
        key: str,
        value: str,
        rule: Callable[[Given], T],
        default: D,
        *,
        literal: bool = False,
    ) -> T | D:
        """What `rule` makes of a string; a `literal` one is no reference."""
        try:
            return rule(
                Given(value, repr(value)) if literal else self.reading.references.follow(value)
            )
        except UnusableError as error:
            self.fault(key, str(error))
            return default

    def keep(self, key: str, value: str, rule: Rule) -> None:
        """Put a secret among those of the reading, under its key path."""
        try:
            given = self.reading.references.follow(value, private=True)
            self.reading.secrets[self.at(key)] = Secret(rule(given))
        except UnusableError as error:
            self.fault(key, str(error))

    def fault(self, key: str, what: str) -> None:
        """Note what is wrong with a key, and what to write instead."""
        self.reading.faults.append(
            Fault(".".join(filter(None, (*self.keys, key))), f"{self.at(key)} {what}")
        )

    def at(self, key: str) -> str:
        """The key path, with a key quoted where TOML would have it quoted; "" is the table."""
        return ".".join(_shown(name) for name in (*self.keys, key) if name)

    def _take(self, key: str, kind: type, example: str = "") -> Any | None:
        self.known.append(key)
        value = self.table.get(key)
        if value is None:
            if example:
                self.fault(key, f"is missing; write it like {example}")
        elif type(value) is not kind:
            self.fault(key, f"is {kind_of(value)}; write {_KINDS[kind]}")
        else:
            return value
        return None


def _shown(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_.-]+", key) else repr(key[: rules.LONGEST_TEXT])


def kind_of(value: object) -> str:
    """What a TOML value is, in words; never the value itself."""
    return _KINDS.get(type(value), "a date or time")
