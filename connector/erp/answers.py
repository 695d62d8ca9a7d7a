"""Answers passed on and put back into place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from connector.domain.drafts import Outcome
from connector.errors import RateLimitedError, RefusedError, RetryLaterError
from connector.http.patience import Patience
from connector.ports import RATE_LIMITED, Answer

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


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
