"""`$filter`: comparisons, `and`, `or`, `not`, and the string functions; nothing else.

Source of what IFS's provider takes: the fact sheet, section 2.3.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.ifs import literals
from sandbox.ifs.edm import Entity, Projection
from sandbox.ifs.literals import bad_request
from sandbox.ifs.tables import Values

_TOKEN = re.compile(
    r"\s*(?P<token>[(),]|[A-Za-z_][\w.]*'(?:[^']|'')*'|'(?:[^']|'')*'|-?\d[\d.:TZ-]*|[A-Za-z_]\w*)"
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": operator.contains,
}

Test = Callable[[Values], bool]


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition, and what it says of single columns, by which rows are found at once."""

    test: Test
    #: column = the values that it may have
    wanted: dict[str, frozenset[Any]] = field(default_factory=dict)
    #: column = what its value may begin with
    begins: dict[str, frozenset[str]] = field(default_factory=dict)
    #: column = the least and the greatest value, None for any
    ranges: dict[str, tuple[Any, Any]] = field(default_factory=dict)


def parse(
    text: str, entity: Entity, projection: Projection, unfilterable: frozenset[str]
) -> Filter:
    """The condition that a `$filter` states; raises an OdpError of status 400."""
    return _Parser(text, entity, projection, unfilterable).whole()


class _Parser:
    def __init__(
        self, text: str, entity: Entity, projection: Projection, unfilterable: frozenset[str]
    ) -> None:
        self._tokens = _tokens(text)
        self._entity, self._projection = entity, projection
        self._unfilterable = unfilterable
        self._at = 0

    def whole(self) -> Filter:
        found = self._either()
        if self._at != len(self._tokens):
            raise bad_request(f"$filter: {self._peek()} is not expected")
        return found

    def _either(self) -> Filter:
        parts = [self._all()]
        while self._peek() == "or":
            self._take()
            parts.append(self._all())
        if len(parts) == 1:
            return parts[0]
        tests = [part.test for part in parts]
        return Filter(
            lambda row: any(test(row) for test in tests),
            _any_of([part.wanted for part in parts]),
            _any_of([part.begins for part in parts]),
        )

    def _all(self) -> Filter:
        parts = [self._one()]
        while self._peek() == "and":
            self._take()
            parts.append(self._one())
        if len(parts) == 1:
            return parts[0]
        tests = [part.test for part in parts]
        whole = Filter(lambda row: all(test(row) for test in tests))
        for part in parts:
            whole.wanted.update(part.wanted)
            whole.begins.update(part.begins)
            for name, (first, last) in part.ranges.items():
                known = whole.ranges.get(name, (None, None))
                ends = (known[0] if first is None else first, known[1] if last is None else last)
                whole.ranges[name] = ends
        return whole

    def _one(self) -> Filter:
        match self._take():
            case "(":
                inner = self._either()
                self._expect(")")
                return inner
            case "not":
                negated = self._one().test
                return Filter(lambda row: not negated(row))
            case name if name in _FUNCTIONS:
                return self._function(name)
            case column:
                return self._comparison(column)

    def _function(self, name: str) -> Filter:
        self._expect("(")
        column = self._column(self._take())
        self._expect(",")
        sought = self._literal(column)
        self._expect(")")
        compare = _FUNCTIONS[name]
        begins = {column: frozenset({sought})} if name == "startswith" else {}
        return Filter(lambda row: compare(row.get(column) or "", sought), begins=begins)

    def _comparison(self, token: str) -> Filter:
        column, name = self._column(token), self._take()
        if name not in _COMPARISONS:
            raise bad_request(f"$filter: {name} is no comparison")
        sought = self._literal(column)
        compare = _COMPARISONS[name]
        wanted = {column: frozenset({sought})} if name == "eq" else {}
        if name in {"eq", "ne"}:
            return Filter(lambda row: compare(row.get(column), sought), wanted)
        ends = (sought, None) if name in {"gt", "ge"} else (None, sought)
        return Filter(
            lambda row: row.get(column) is not None and compare(row[column], sought),
            ranges={column: ends},
        )

    def _column(self, token: str) -> str:
        if token not in self._entity.fields:
            raise bad_request(f"$filter: {self._entity.name} has no property {token}")
        if token in self._unfilterable or f"{self._entity.name}.{token}" in self._unfilterable:
            raise bad_request(f"$filter: the property {token} is not filterable")
        return token

    def _literal(self, column: str) -> Any:
        return literals.parse(self._take(), self._entity.fields[column], self._projection)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        if not token:
            raise bad_request("$filter ends too early")
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        if self._take() != token:
            raise bad_request(f"$filter: {token} is missing")


def _any_of(parts: list[dict[str, frozenset[Any]]]) -> dict[str, frozenset[Any]]:
    """What a column may be where one of several conditions holds, each of which speaks of it."""
    columns = set.intersection(*map(set, parts))
    return {name: frozenset().union(*(part[name] for part in parts)) for name in columns}


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if not found:
            raise bad_request(f"$filter: {text[at:][:20]} cannot be read")
        tokens.append(found["token"])
        at = found.end()
    return tokens
