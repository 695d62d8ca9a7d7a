"""Answers passed on and put back into place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from connector.domain.documents import Document
from connector.domain.drafts import Outcome
from connector.domain.reasons import Hold
from connector.errors import RateLimitedError, RefusedError, RetryLaterError
from connector.http.patience import Patience
from connector.ports import RATE_LIMITED, Answer

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

#: The code of what an ERP, or a program of it, has nothing for.
NOT_OFFERED = "not_offered"


def failed(answer: Answer[Any]) -> Answer[Any]:
    """The same failure, as the answer to something else that needed the value."""
    return Answer(
        answer.outcome,
        code=answer.code,
        message=answer.message,
        field=answer.field,
        wait_s=answer.wait_s,
    )


def pass_on(answer: Answer[Any]) -> Answer[None]:
    """What became of a call whose value does not matter."""
    return Answer(Outcome.DONE) if _done(answer) else failed(answer)


def refused(hold: Hold) -> Answer[Any]:
    """A hold as the answer to a call that is not made."""
    return Answer(Outcome.REFUSED, code=hold.reason.value, message=hold.message, field=hold.field)


def not_offered(what: str, count: int) -> list[Answer[Any]]:
    """The answers to calls that a program has nothing for."""
    return [Answer(Outcome.REFUSED, code=NOT_OFFERED, message=what)] * count


def patiently(ask: Callable[[], Answer[Value]]) -> Answer[Value]:
    """The answer to what has time: asked again while the ERP, or our budget, says "not now"."""
    patience = Patience()
    while True:
        told = ask()
        if told.code != RATE_LIMITED or not patience.waited(told.wait_s):
            return told


def value_of(told: Answer[Value], what: str) -> Value:
    """The value of a read; raises RefusedError or RetryLaterError, naming what was asked."""
    if told.value is not None:
        return told.value
    message = f"{what}: {told.message}"
    if told.outcome is Outcome.REFUSED:
        raise RefusedError(message, code=told.code, field=told.field)
    kind = RateLimitedError if told.code == RATE_LIMITED else RetryLaterError
    raise kind(message, wait_s=told.wait_s)


def where_done(
    items: Sequence[Item],
    before: Sequence[Answer[Any]],
    ask: Callable[[list[Item]], Sequence[Answer[Value]]],
) -> list[Answer[Value]]:
    """Ask for the items whose answer before is DONE; the others keep their failure."""
    wanted = [item for item, answer in zip(items, before, strict=True) if _done(answer)]
    answers = iter(ask(wanted) if wanted else ())
    return [next(answers) if _done(answer) else failed(answer) for answer in before]


def without_fault(
    fault: Callable[[Document], Hold | None],
    items: Sequence[Item],
    document_of: Callable[[Item], Document],
    ask: Callable[[list[Item]], Sequence[Answer[Value]]],
) -> list[Answer[Value]]:
    """Ask for the items whose document has no such fault; the others are refused for theirs."""
    holds: dict[str, Hold | None] = {}
    for item in items:
        document = document_of(item)
        if document.number not in holds:
            holds[document.number] = fault(document)
    found = [holds[document_of(item).number] for item in items]
    before: list[Answer[Any]] = [refused(hold) if hold else Answer(Outcome.DONE) for hold in found]
    return where_done(items, before, ask)


def by_group(
    items: Sequence[Item],
    key_of: Callable[[Item], Key],
    ask: Callable[[Key, list[Item]], Sequence[Answer[Value]]],
) -> list[Answer[Value]]:
    """Ask once for each group of items with the same key; answers in the order of the items."""
    groups: dict[Key, list[int]] = {}
    for index, item in enumerate(items):
        groups.setdefault(key_of(item), []).append(index)
    answers: dict[int, Answer[Value]] = {}
    for key, indices in groups.items():
        told = ask(key, [items[index] for index in indices])
        answers.update(zip(indices, told, strict=True))
    return [answers[index] for index in range(len(items))]


def _done(answer: Answer[Any]) -> bool:
    return answer.outcome is Outcome.DONE
