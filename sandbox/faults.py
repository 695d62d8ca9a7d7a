"""Faults on demand: which call goes wrong, and how.

A rule is matched by peer, path (glob), method, operation (glob), program, transaction and effect,
and fires with `rate`, at most `times` times, after `skip` matches, on each `every`-th. Rolls come
from the seed and the rule's number, so that the same calls in the same order go wrong in the same
way. A rule that names a transaction is rolled for each such transaction inside a bulk call.
"""

from __future__ import annotations

import random
import re
import threading
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any

from sandbox.exchange import Call

#: What each kind does. "write took effect" kinds carry the call out first.
KINDS = {
    "latency": "waits `seconds`, then goes on",
    "slow_token": "waits `seconds` at the token endpoint only",
    "429": "refuses before anything is done; `retry_after` adds the header",
    "401": "refuses the token before anything is done",
    "500_before": "answers 500, nothing was done",
    "500_after": "answers 500, the call took effect",
    "504_after": "answers 504, the call took effect",
    "drop_before": "resets the connection, nothing was done",
    "drop_after": "resets the connection, the call took effect",
    "late_apply": "answers `answer` (504 or drop) now, and carries the call out `seconds` later",
    "stale_reads": "a read answers as of `seconds` ago",
    "short_bulk": "a bulk answer ends after `keep`; the rest is carried out if `rest_applied`",
    "short_list": "a list ends after `keep` rows, by default none, and does not say so (M3, IFS)",
    "not_processed_tail": "a bulk stops after `keep`; the rest is listed as not processed",
    "html": "answers `status` with an HTML page; carried out only if `applied`",
    "instead": "answers `status`, `body` and `headers`, in which `{request}` is all that was asked;"
    " carried out only if `applied`",
    "rewrite": "the call took effect; in the answer `replacement` stands for what `find` matches",
    "truncated_json": "the call took effect, the answer ends in the middle",
    "duplicate_apply": "the call is carried out twice, as a replaying proxy would",
    "refuse": "one request (M3: transaction) is refused with `code` and `message`, or as locked;"
    " it took effect only if `applied` (IFS)",
    "overtake": "another client changes what the If-Match of a request names, just before (IFS)",
}

_KIND_OF_VALUE: dict[str, type | tuple[type, ...]] = {
    "rate": (int, float),
    "seconds": (int, float),
    "times": int,
    "skip": int,
    "every": int,
    "keep": int,
    "status": int,
    "rest_applied": bool,
    "applied": bool,
    "headers": dict,
}

#: Kinds that speak of single requests inside a call.
INSIDE = {"refuse", "overtake"}
#: Kinds that end the call before the peer sees it.
BEFORE = {"429", "401", "500_before", "drop_before", "late_apply"}


@dataclass(slots=True)
class Rule:
    """One fault rule; what is None matches everything."""

    kind: str
    peer: str | None = None
    path: str | None = None
    method: str | None = None
    operation: str | None = None
    program: str | None = None
    transaction: str | None = None
    #: `read` or `write`.
    effect: str | None = None
    rate: float = 1.0
    times: int | None = None
    skip: int = 0
    #: Of those after `skip`, the last of every so many.
    every: int = 1
    seconds: float = 1.0
    status: int = 502
    retry_after: str | None = None
    answer: str = "504"
    keep: int | None = None
    rest_applied: bool = True
    applied: bool = False
    body: str = ""
    #: A regular expression.
    find: str = ""
    replacement: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    #: "" is the peer's own way to say that a record is locked.
    code: str = ""
    message: str = ""
    number: int = 0
    fired: int = 0
    seen: int = 0
    rng: random.Random = field(default_factory=random.Random, repr=False)

    def matches(self, call: Call) -> bool:
        """Whether it speaks of such a call; transactions inside are looked at later."""
        return (
            self.peer in (None, call.peer)
            and self.method in (None, call.method)
            and self.effect in (None, call.effect)
            and (self.path is None or fnmatchcase(call.path, self.path))
            and (self.operation is None or fnmatchcase(call.operation, self.operation))
            and self.program in (None, call.program)
            and self._fits_kind(call)
        )

    def _fits_kind(self, call: Call) -> bool:
        """Whether the kind means something for such a call."""
        match self.kind:
            case "slow_token":
                return call.operation == "token"
            case "stale_reads":
                return call.effect == "read"
            case "short_bulk" | "not_processed_tail":
                return call.operation.startswith("bulk ")
            case kind if kind in INSIDE:
                return bool(call.transactions)
            case _:
                return True

    def roll(self) -> bool:
        """Whether it fires this time."""
        self.seen += 1
        hit = self.rng.random() < self.rate
        if self.seen <= self.skip or (self.seen - self.skip) % self.every or not hit:
            return False
        if self.times is not None and self.fired >= self.times:
            return False
        self.fired += 1
        return True

    def as_dict(self) -> dict[str, Any]:
        """As the control API shows it."""
        shown = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "rng"}
        return {name: value for name, value in shown.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that fired for a call; `indices` are the transactions of a bulk it fired for."""

    rule: Rule
    indices: tuple[int, ...]


class FaultBook:
    """The rules in force."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._rules: list[Rule] = []
        self._made = 0
        self._lock = threading.Lock()

    def add(self, raw: dict[str, Any]) -> Rule:
        """Adds a rule; raises ValueError naming what is wrong with it."""
        known = {one.name for one in fields(Rule)} - {"number", "fired", "seen", "rng"}
        if unknown := set(raw) - known:
            raise ValueError(f"unknown in a fault: {', '.join(sorted(unknown))}")
        if (kind := raw.get("kind")) not in KINDS:
            raise ValueError(f"unknown kind of fault: {kind!r}")
        for name, value in raw.items():
            wanted = _KIND_OF_VALUE.get(name, str)
            if isinstance(value, bool) is not (wanted is bool) or not isinstance(value, wanted):
                raise ValueError(f"{name} has the wrong type: {value!r}")
        if not 0 <= raw.get("rate", 1.0) <= 1 or raw.get("seconds", 0) < 0:
            raise ValueError("rate is between 0 and 1, and seconds are not negative")
        if raw.get("every", 1) < 1:
            raise ValueError("every is 1 or more")
        if raw.get("answer", "504") not in ("504", "drop"):
            raise ValueError("answer is 504 or drop")
        try:
            re.compile(raw.get("find", ""))
        except re.error as error:
            raise ValueError(f"find is no pattern: {error}") from error
        with self._lock:
            rule = Rule(**raw)
            rule.number = self._made
            rule.rng = random.Random(f"{self._seed}:{rule.number}")
            self._made += 1
            self._rules = [*self._rules, rule]
        return rule

    def clear(self) -> None:
        """No rule is in force any more."""
        with self._lock:
            self._rules = []
            self._made = 0

    def rules(self) -> list[dict[str, Any]]:
        """The rules in force, with how often each fired."""
        return [rule.as_dict() for rule in self._rules]

    def fire(self, call: Call) -> list[Fired]:
        """The rules that fire for a call, in their order; nothing is rolled behind a refusal."""
        if not self._rules:
            return []
        fired: list[Fired] = []
        with self._lock:
            for rule in self._rules:
                if not rule.matches(call):
                    continue
                indices = _rolled(rule, call)
                if indices is None:
                    continue
                fired.append(Fired(rule, indices))
                if rule.kind in BEFORE:
                    break
        return fired


def _rolled(rule: Rule, call: Call) -> tuple[int, ...] | None:
    if rule.transaction is None and rule.kind not in INSIDE:
        return () if rule.roll() else None
    hits = tuple(
        index
        for index, name in enumerate(call.transactions)
        if rule.transaction in (None, name) and rule.roll()
    )
    return hits or None
