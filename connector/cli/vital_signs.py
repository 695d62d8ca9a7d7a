"""What sound servers look like: facts in, checks out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connector.cli.output import span
from connector.domain.conditions import LEFT_ALONE_S, MOST_OVERDUE_S, is_lost
from connector.ports import Check
from connector.redaction import redacted

if TYPE_CHECKING:
    from connector.store.inspection import ServerFacts

#: The SQL of the store is written for this version and later ones.
_OLDEST_POSTGRES = 150_000
_MOST_SKEW_S = 2.0

#: PostgreSQL loses no commit only with these.
_KEPT: Mapping[str, frozenset[str]] = {
    "synchronous_commit": frozenset({"on", "remote_apply", "remote_write", "local"}),
    "fsync": frozenset({"on"}),
    "full_page_writes": frozenset({"on"}),
}
_REDIS = {"maxmemory-policy": "noeviction", "appendonly": "yes"}


def database(facts: ServerFacts, before: datetime, after: datetime) -> Iterator[Check]:
    """Version, durability and clock; the host's clock was read before and after."""
    major, minor = divmod(facts.version, 10_000)
    old = facts.version < _OLDEST_POSTGRES
    mend = f": update it to {_OLDEST_POSTGRES // 10_000} or later" if old else ""
    yield Check("PostgreSQL", not old, f"version {major}.{minor}{mend}")
    for name, sound in _KEPT.items():
        value = facts.settings.get(name, "unknown")
        kept = value in sound
        mend = f"{name} is {value}: set it to on, or a commit may be lost"
        yield Check(f"PostgreSQL {name}", kept, value if kept else mend)
    skew_s = max((before - facts.now).total_seconds(), (facts.now - after).total_seconds(), 0.0)
    near = skew_s <= _MOST_SKEW_S
    mend = f"this host and the database differ by {skew_s:.1f} s: run NTP on both"
    yield Check("clocks", near, f"agree within {_MOST_SKEW_S:.0f} s" if near else mend)


def clock(newest: datetime | None, overdue_s: float | None) -> Check:
    """Whether beat ticks: nothing scheduled is overdue."""
    if overdue_s is None:
        return Check("beat", True, "nothing is scheduled")
    last = f"last run {newest:%Y-%m-%d %H:%M:%S} UTC" if newest else "nothing has ever run"
    if overdue_s <= MOST_OVERDUE_S:
        return Check("beat", True, f"ticks, {last}")
    mend = "start ml-connector up, or ml-connector run beat and a worker"
    return Check("beat", False, f"{last}, a run is {span(overdue_s)} overdue: {mend}")


def peers(outages: Sequence[Mapping[str, Any]]) -> Check:
    """Whether every peer answers."""
    if not outages:
        return Check("peers", True, "none is known not to answer")
    told = "; ".join(
        f"{one['peer']} of {one['connection']} has not answered"
        f"{' writes' if one['of_writes'] else ''} for {span(one['lasted_s'])}"
        f" ({redacted(one['why'])})"
        for one in outages
    )
    mend = "its records wait and go on by themselves; ml-connector connection ping says more"
    return Check("peers", False, f"{told}: {mend}")


def blocks(budgets: Sequence[Mapping[str, Any]]) -> Check:
    """Whether no peer wants to be left alone for long."""
    told = [
        f"{one['peer']} of {one['connection']} for {span(one['blocked_s'])}"
        for one in budgets
        if one["blocked_s"] >= LEFT_ALONE_S
    ]
    if not told:
        return Check("budgets", True, "no peer wants to be left alone for long")
    mend = "its records wait; see who else uses its budget, or lower requests_per_minute"
    return Check("budgets", False, f"answered 429 and is left alone: {', '.join(told)}; {mend}")


def tokens(tokens: Sequence[Mapping[str, Any]]) -> Check:
    """Whether every token can still be renewed."""
    lost = [f"{one['peer']} of {one['connection']}" for one in tokens if is_lost(one)]
    if not lost:
        return Check("tokens", True, "none is known to be lost")
    mend = "has it authorised again, and connection add FILE --replace with the new refresh token"
    return Check("tokens", False, f"reauth required for {', '.join(lost)}: a person {mend}")


def redis(config: Mapping[str, str] | None) -> Iterator[Check]:
    """Whether Redis keeps what it is given; None: it does not tell."""
    for name, sound in _REDIS.items():
        if config is None:
            yield Check(f"Redis {name}", True, f"not told; see to it that it is {sound}")
            continue
        value = config.get(name, "unknown")
        told = value if value == sound else f"is {value}: set it to {sound}"
        yield Check(f"Redis {name}", value == sound, told)
