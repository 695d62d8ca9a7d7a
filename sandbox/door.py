"""The way of every call: journal, latency, faults, the peer itself."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from sandbox.clock import monotonic_s
from sandbox.exchange import Answer, Call, json_answer
from sandbox.faults import FaultBook, Fired, Rule
from sandbox.journal import Journal

Handler = Callable[[Call], Answer]

HTML_PAGE = (
    "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Gateway</h1></body></html>"
)
DROPPED = Answer(0, dropped=True)
WAITS = {"latency", "slow_token"}
#: Kinds that the peer itself carries out.
TWISTS = {
    "stale_reads",
    "short_bulk",
    "not_processed_tail",
    "short_list",
    "refuse",
    "overtake",
    "duplicate_apply",
}
#: From so many transactions on, a rule that names one doubles that one and not the call.
BULK = 2


class Door:
    """Lets calls through to the peers, or not."""

    def __init__(self, faults: FaultBook, journal: Journal) -> None:
        self._faults = faults
        self._journal = journal
        self._late: set[threading.Timer] = set()

    def let(self, call: Call, handle: Handler, *, latency_s: float = 0.0) -> Answer:
        """The peer's answer, or what the faults in force make of it."""
        fired = self._faults.fire(call)
        if latency_s > 0:
            time.sleep(latency_s)
        answer = self._with_faults(call, handle, fired) if fired else handle(call)
        self._journal.record(call, answer, faults=[one.rule.kind for one in fired])
        return answer

    @property
    def late(self) -> int:
        """How many calls are still to be carried out."""
        return len(self._late)

    def forget_late(self) -> None:
        """Cancels the calls that were to be carried out later."""
        for timer in list(self._late):
            timer.cancel()
        self._late.clear()

    def _with_faults(self, call: Call, handle: Handler, fired: list[Fired]) -> Answer:
        fresh = replace(call.twists, doubled=set(), refused={}, overtaken=set())
        call = replace(call, twists=fresh)
        times, spoiling = 1, None
        for one in fired:
            kind = one.rule.kind
            if kind in WAITS:
                time.sleep(one.rule.seconds)
            elif (instead := self._instead(call, handle, one.rule)) is not None:
                return instead
            elif kind == "duplicate_apply" and (not one.indices or len(call.transactions) < BULK):
                times = 2
            elif kind in TWISTS:
                _twist(call, one)
            else:
                spoiling = spoiling or one.rule
        answer = [handle(call) for _ in range(times)][-1]
        return _spoilt(call, answer, spoiling) if spoiling else answer

    def _instead(self, call: Call, handle: Handler, rule: Rule) -> Answer | None:
        """The answer of a fault that keeps the call from the peer, at least for now."""
        match rule.kind:
            case "late_apply":
                self._later(call, handle, rule.seconds)
                return DROPPED if rule.answer == "drop" else _gateway(504)
            case "429":
                return _too_many(rule.retry_after)
            case "401":
                return json_answer(401, {"type": "UNAUTHORIZED", "message": "Invalid token"})
            case "500_before":
                return _gateway(500)
            case "drop_before":
                return DROPPED
            case "html" if not rule.applied:
                return Answer(rule.status, HTML_PAGE, "text/html")
            case "instead" if not rule.applied:
                return _as_the_rule_says(call, rule)
            case _:
                return None

    def _later(self, call: Call, handle: Handler, seconds: float) -> None:
        def carry_out() -> None:
            answer = handle(call)
            self._late.discard(timer)
            self._journal.record(call, answer, faults=["carried out late"], counted=False)

        timer = threading.Timer(seconds, carry_out)
        timer.daemon = True
        self._late.add(timer)
        timer.start()


def _twist(call: Call, fired: Fired) -> None:
    rule, twists = fired.rule, call.twists
    if rule.kind == "stale_reads":
        twists.as_of_s = monotonic_s() - rule.seconds
    elif rule.kind == "refuse":
        twists.refused.update((index, (rule.code, rule.message)) for index in fired.indices)
        twists.applied = rule.applied
    elif rule.kind == "short_list":
        twists.list_keep = rule.keep or 0
    elif rule.kind == "overtake":
        twists.overtaken.update(fired.indices)
    elif rule.kind == "duplicate_apply":
        twists.doubled.update(fired.indices)
    else:
        first = fired.indices[0] if fired.indices else len(call.transactions) // 2
        twists.keep = rule.keep if rule.keep is not None else first
        twists.tail_listed = rule.kind == "not_processed_tail"
        twists.rest_applied = rule.rest_applied and rule.kind == "short_bulk"


def _spoilt(call: Call, answer: Answer, rule: Rule) -> Answer:
    match rule.kind:
        case "drop_after":
            return DROPPED
        case "504_after":
            return _gateway(504)
        case "500_after":
            return _gateway(500)
        case "html":
            return Answer(rule.status, HTML_PAGE, "text/html")
        case "instead":
            return _as_the_rule_says(call, rule)
        case "rewrite":
            return replace(answer, body=re.sub(rule.find, rule.replacement, answer.body))
        case _:
            return replace(answer, body=answer.body[: max(1, len(answer.body) // 2)])


def _as_the_rule_says(call: Call, rule: Rule) -> Answer:
    """The answer of `instead`; what was asked comes back as the inside of a JSON string."""
    asked = f"{call.headers} {call.args} {call.body.decode(errors='replace')}"
    body = rule.body.replace("{request}", json.dumps(asked)[1:-1])
    return Answer(rule.status, body, headers=tuple(rule.headers.items()))


def _gateway(status: int) -> Answer:
    return json_answer(
        status, {"message": "Gateway Timeout" if status == 504 else "Internal Server Error"}
    )


def _too_many(retry_after: str | None) -> Answer:
    answer = json_answer(429, {"message": "Too Many Requests"})
    return replace(answer, headers=(("Retry-After", retry_after),)) if retry_after else answer
