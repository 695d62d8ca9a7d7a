"""Points of the product's own code at which a process under test is killed, stopped or failed.

A plan names a point and what happens there. `install` wraps the methods in a process under test, and
`Stage.plan` changes what is in force while it runs. Nothing in the product knows of it.

Whether a plan with a rate fires is drawn from the seed, the point and the records in hand, so that
the same records at the same attempt meet the same fate in the next run of that seed.
"""

import fcntl
import json
import os
import random
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from kombu.message import Message
from kombu.transport.redis import QoS

from connector.bootstrap import Application
from connector.brex.client import BrexClient
from connector.domain.records import Leased, Step
from connector.erp.ifs.adapter import IfsCloud
from connector.erp.infor.adapter import InforM3
from connector.http.tokens import TokenSource
from connector.store.intake import PostgresIntake
from connector.store.journal import PostgresJournal
from connector.store.records import PostgresRecords
from connector.store.refused_days import PostgresRefusedDays
from connector.store.schedules import Schedules
from connector.store.tokens import PostgresTokens
from webhook_gateway import deliveries
from workers.nudges import CeleryNudger

FOLDER, SEED = "CHAOS_FOLDER", "CHAOS_SEED"
#: In the folder: the plans in force, and one line for each that has fired.
PLANS, FIRED = "plans.json", "fired.log"


@dataclass(frozen=True)
class Plan:
    """What happens at a point: `kill`, or `stall` (stopped until `Stage` wakes the process).

    It happens with `rate`; or at the `nth` time that any process comes by; or, with
    `each_record`, once for every record.
    """

    at: str
    do: str = "kill"
    rate: float = 0.0
    nth: int = 0
    each_record: bool = False
    #: tells two plans for one point apart
    name: str = ""


@dataclass(frozen=True)
class Point:
    """Before or after a method of one class or several, where `applies` says that it is meant."""

    owner: type | tuple[type, ...]
    method: str
    after: bool
    applies: Callable[[tuple[Any, ...]], bool] = lambda _: True


def _step(name: str) -> Callable[[tuple[Any, ...]], bool]:
    """Whether a call of the journal is about writes of that step."""
    return lambda given: any(write.step.value == name for write in given[0])


def _is_fetch(with_ids: bool) -> Callable[[tuple[Any, ...]], bool]:
    """Whether a message is a hint to fetch, and whether it names records."""

    def applies(arguments: tuple[Any, ...]) -> bool:
        (message, _) = arguments
        is_fetch = message.headers.get("task") == Step.FETCH.value
        return is_fetch and bool(message.payload[0][1]) is with_ids

    return applies


_ERPS = (InforM3, IfsCloud)


def _around(label: str, owner: type, method: str, *about: Any) -> dict[str, Point]:
    return {
        f"{label}.before": Point(owner, method, False, *about),
        f"{label}.after": Point(owner, method, True, *about),
    }


POINTS: dict[str, Point] = {
    **_around("gateway.verify", deliveries, "verify"),  # type: ignore[arg-type]
    **_around("gateway.store", PostgresIntake, "accept"),
    **_around("gateway.nudge", CeleryNudger, "nudge"),
    # kombu has taken a message out of its queue, and not yet noted that it holds it
    "message.popped": Point(QoS, "append", False, _is_fetch(with_ids=True)),
    "message.without_ids.popped": Point(QoS, "append", False, _is_fetch(with_ids=False)),
    "claim.after": Point(PostgresRecords, "lease", True),
    "fetch.read.after": Point(BrexClient, "records", True),
    **_around("fetch.stored", PostgresRecords, "fetched"),
    **_around("map.stored", PostgresRecords, "mapped"),
    **_around("draft.opened", PostgresJournal, "open_drafts"),
    **{
        name: point
        for step in ("head", "line", "commit", "discard")
        for name, point in {
            **_around(f"{step}.intent", PostgresJournal, "intend", _step(step)),
            **_around(f"{step}.settled", PostgresJournal, "settle", _step(step)),
        }.items()
    },
    "head.sent": Point(_ERPS, "open_drafts", True),
    "line.sent": Point(_ERPS, "add_lines", True),
    "commit.sent": Point(_ERPS, "commit", True),
    "request.sent": Point(HTTPConnection, "getresponse", False),
    "look_up.after": Point(_ERPS, "look_up", True),
    "read.after": Point(_ERPS, "read", True),
    "control.after": Point(InforM3, "control", True),
    **_around("day_refused", PostgresRefusedDays, "begin_again"),
    "abandoned.after": Point(PostgresJournal, "abandon", True),
    **_around("decide", PostgresJournal, "decide"),
    **_around("posted", PostgresRecords, "posted"),
    **_around("report.sent", BrexClient, "export_results"),
    **_around("exported", PostgresRecords, "exported"),
    "token.claimed": Point(PostgresTokens, "begin_refresh", True),
    "token.stored.before": Point(PostgresTokens, "finish_refresh", False),
    "token.stored.after": Point(PostgresTokens, "finish_refresh", True),
    "token.used": Point(TokenSource, "get", True),
    "tick.claimed": Point(Schedules, "claim", True),
    "sweep.after": Point(Application, "sweep", True),
}


def environment(folder: Path, seed: int) -> dict[str, str]:
    """What a process needs to know to go wrong."""
    return {FOLDER: str(folder), SEED: str(seed)}


def put_in_force(folder: Path, plans: Sequence[Plan]) -> None:
    """Have all processes under test follow these plans, and no others, from now on."""
    unknown = {plan.at for plan in plans} - set(POINTS)
    assert not unknown, f"no such points: {unknown}"
    draft = folder / f"{PLANS}.draft"
    draft.write_text(json.dumps([asdict(plan) for plan in plans]))
    draft.replace(folder / PLANS)


def install() -> None:
    """Wrap the methods of all points."""
    for label, point in POINTS.items():
        _wrap(label, point)


def _wrap(label: str, point: Point) -> None:
    for owner in point.owner if isinstance(point.owner, tuple) else (point.owner,):
        _wrap_one(label, point, owner)


def _wrap_one(label: str, point: Point, owner: type) -> None:
    method = getattr(owner, point.method)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        meant = point.applies(arguments[1:])
        if meant and not point.after:
            _come_by(label, (arguments, named))
        result = method(*arguments, **named)
        if meant and point.after:
            _come_by(label, (arguments, named, result))
        return result

    setattr(owner, point.method, wrapped)


def _come_by(label: str, seen: Any) -> None:
    folder = Path(os.environ[FOLDER])
    for plan in _plans(folder):
        if plan.at == label and _fires(plan, folder, seen):
            with (folder / FIRED).open("a") as log:
                log.write(f"{plan.do} {plan.at}\n")
            os.kill(os.getpid(), signal.SIGKILL if plan.do == "kill" else signal.SIGSTOP)


def _plans(folder: Path) -> tuple[Plan, ...]:
    try:
        changed_at = (folder / PLANS).stat().st_mtime_ns
    except FileNotFoundError:
        return ()
    return _read_plans(folder / PLANS, changed_at)


@lru_cache(maxsize=1)
def _read_plans(file: Path, _changed_at: int) -> tuple[Plan, ...]:
    return tuple(Plan(**raw) for raw in json.loads(file.read_text()))


def _fires(plan: Plan, folder: Path, seen: Any) -> bool:
    records = sorted(set(_records(seen)))
    if plan.nth:
        return _count(folder / f"{plan.at}.{plan.name}.count") == plan.nth
    if plan.each_record:
        ids = {name.partition(".")[0] for name in records}
        return len([one for one in ids if _first_time(folder / f"{plan.at}.{one}")]) > 0
    key = ",".join(records) or str(_count(folder / f"{plan.at}.count"))
    return random.Random(f"{os.environ[SEED]}:{plan.at}:{key}").random() < plan.rate


def _records(seen: Any) -> Iterator[str]:
    """The records, with their attempts, in whatever a method was given, or gave."""
    if isinstance(seen, Leased):
        yield f"{seen.record_id}.{seen.attempt}"
    elif isinstance(seen, Message):
        yield from (f"{record_id}.0" for record_id in seen.payload[0][1])
    elif isinstance(seen, list | tuple):
        for part in seen:
            yield from _records(part)
    elif isinstance(lease := getattr(seen, "leased", None), Leased):
        yield from _records(lease)


def _first_time(marker: Path) -> bool:
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _count(file: Path) -> int:
    """How often any process has come by, this time included."""
    with file.open("ab") as counter:
        fcntl.flock(counter, fcntl.LOCK_EX)
        counter.write(b".")
        counter.flush()
        return counter.tell()
