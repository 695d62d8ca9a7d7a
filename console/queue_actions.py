"""What people do with held records in the queue and on a record's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from connector.domain.records import records_of
from connector.ports import HeldRecord
from connector.store.actions import PostgresActions
from connector.store.errands import ErrandKind, PostgresErrands
from connector.store.held_queue import HeldQueue, Narrowed
from connector.usecases.held_records import Refusal
from connector.usecases.release_records import release_records
from connector.usecases.return_records import objection
from connector.usecases.skip_records import skip_record
from console.desk import Desk, signed_in

#: What is told on the next page: a kind (`done`, `warn`, `error`) and a sentence.
Told = tuple[str, str]

_LONGEST = 500
#: Refusals that are told one by one.
_NAMED = 5
#: Longer numbers PostgreSQL does not count with.
_DIGITS = 19


@dataclass(slots=True)
class Chosen:
    """The records that were meant and are as they were shown, and what is told of the others."""

    rows: list[HeldRecord] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)


def chosen(desk: Desk, narrowed: Narrowed, form: MultiDict[str, str]) -> Chosen:
    """Those that were ticked, or all of the view.

    A ticked one says at which attempt it was shown: where somebody has acted on it since, nothing
    happens twice, and who it was is told.
    """
    queue = HeldQueue(desk.database)
    if form.get("scope") == "all":
        return Chosen(queue.matching(narrowed))
    shown = dict(_ticked(form.getlist("record")))
    if not shown:
        return Chosen(told=[("warn", "No record was selected.")])
    now = {row.record: row for row in queue.named(list(shown))}
    result = Chosen()
    for number, attempt in shown.items():
        row = now.get(number)
        if row is not None and row.attempt == attempt:
            result.rows.append(row)
        else:
            result.told.append(("warn", _since(queue, number, row)))
    return result


def release(desk: Desk, rows: Sequence[HeldRecord], _: Mapping[str, str]) -> Iterable[Told]:
    """Let records go on."""
    if not rows:
        return
    released = release_records(
        rows,
        person=signed_in(),
        configs=desk.console_configs(),
        held=HeldQueue(desk.acting()),
        actions=PostgresActions(desk.acting()),
        nudger=desk.nudger,
    )
    yield from went_on(released.moved, len(released.asked))
    yield from refusals(released.refused)


def skip(desk: Desk, rows: Sequence[HeldRecord], form: Mapping[str, str]) -> Iterable[Told]:
    """Take records out of the way for good."""
    because = _because(form)
    if not because:
        yield "error", "Say why, in one line: it stands in the history."
        return
    actions = PostgresActions(desk.acting())
    moved, refused = 0, []
    for row in rows:
        acted = skip_record(row.record_id, because, connection=row.connection, actions=actions)
        moved += len(acted.moved)
        refused += acted.refused
    if moved:
        yield "done", f"{records_of(moved)} skipped."
    yield from refusals(refused)


def give_back(desk: Desk, rows: Sequence[HeldRecord], form: Mapping[str, str]) -> Iterable[Told]:
    """Have workers report records to Brex as failed, with a message."""
    because = _because(form)
    if not because:
        yield "error", "Write a message for Brex, in one line."
        return
    actions, errands = PostgresActions(desk.acting()), PostgresErrands(desk.acting())
    asked, refused = 0, []
    for row in rows:
        (candidate,) = actions.candidates([row.record_id], row.connection)
        if why := objection(candidate):
            refused.append(Refusal(row.record_id, why))
        elif errands.ask(row.connection, ErrandKind.RETURN, row.record, because):
            asked += 1
        else:
            refused.append(Refusal(row.record_id, "it is being returned already"))
    if asked:
        yield "done", f"{records_of(asked)} on the way back to Brex, in a few seconds."
    yield from refusals(refused)


Action = Callable[[Desk, Sequence[HeldRecord], Mapping[str, str]], Iterable[Told]]
ACTIONS: Mapping[str, Action] = {"retry": release, "skip": skip, "return": give_back}


def went_on(moved: int, asked: int) -> Iterable[Told]:
    """How many records were released, and for how many their release was asked."""
    if moved:
        yield "done", f"{records_of(moved)} released: {'it goes' if moved == 1 else 'they go'} on."
    if asked:
        yield "warn", f"{records_of(asked)} above the amount for one person: an approver releases."


def refusals(refused: Sequence[Refusal]) -> Iterable[Told]:
    """What could not be done, the first few one by one."""
    for one in refused[:_NAMED]:
        yield "error", f"{one.record_id}: {one.why}"
    if len(refused) > _NAMED:
        why, number = Counter(one.why for one in refused[_NAMED:]).most_common(1)[0]
        yield "error", f"and {len(refused) - _NAMED} more, {number} of them: {why}"


def _ticked(given: Iterable[str]) -> Iterable[tuple[int, int]]:
    for one in given:
        number, _, attempt = one.partition(".")
        if number.isdecimal() and attempt.isdecimal() and len(number) < _DIGITS:
            yield int(number), int(attempt)


def _since(queue: HeldQueue, number: int, row: HeldRecord | None) -> str:
    """What somebody did with a record since the page was shown."""
    name = row.record_id if row else f"record {number}"
    act = queue.last_act(number)
    if act is None:
        return f"{name} has moved on since you looked. Nothing was done."
    actor, status, at = act
    who = actor.partition(":")[2]
    return f"{name}: {who} acted at {at:%H:%M} (it went to {status}). Nothing was done twice."


def _because(form: Mapping[str, str]) -> str:
    text = form.get("because", "").strip()
    return text if text.isprintable() and len(text) <= _LONGEST else ""
