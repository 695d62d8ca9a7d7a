"""What became of each item of a `$batch`, as one `Answer`, whatever its answer looks like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from connector.domain.drafts import Outcome
from connector.erp.answers import failed
from connector.erp.ifs.errors import Failure, Meaning, read_failure
from connector.erp.ifs.multipart import Answered, Part
from connector.ports import Answer

#: The answer is there, but does not say what became of it.
UNREADABLE = "unreadable"
#: Codes of refusals that the adapter itself acts upon.
STALE, EXISTS, ABSENT, MODIFIED = "stale", "exists", "absent", "modified"
_SUCCESS = range(200, 300)
_OF_MEANING = {
    Meaning.STALE: STALE,
    Meaning.EXISTS: EXISTS,
    Meaning.ABSENT: ABSENT,
    Meaning.MODIFIED: MODIFIED,
}


@dataclass(frozen=True, slots=True)
class Entity:
    """A row of IFS: its properties, and its ETag where it came with one."""

    values: Mapping[str, Any]
    etag: str = ""

    def text(self, name: str) -> str:
        """A property as text, without outer blanks; "" where it is null or not there."""
        value = self.values.get(name)
        return "" if value is None else str(value).strip()

    def amount(self, name: str) -> Decimal | None:
        """A property as a number; None where it is none."""
        value = self.values.get(name)
        try:
            number = Decimal(value) if isinstance(value, str | int | Decimal) else None
        except InvalidOperation:
            return None
        return number if number is not None and number.is_finite() else None


def entity_of(told: Answer[Part]) -> Answer[Entity]:
    """The one row that a read answered with; a failure is REFUSED or NOT_SENT."""
    part = told.value
    if part is None:
        return failed(told)
    if part.status not in _SUCCESS:
        return _read_failed(read_failure(part))
    body = part.json()
    if not isinstance(body, Mapping):
        return unreadable(Outcome.NOT_SENT)
    return Answer(Outcome.DONE, _entity(body, part.headers.get("etag", "")))


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list, and the link to the next of them, "" where there is none."""

    rows: list[Entity]
    link: str


def page_of(told: Answer[Part]) -> Answer[Page]:
    """The rows that a read answered with; a failure is REFUSED or NOT_SENT."""
    part = told.value
    if part is None:
        return failed(told)
    if part.status not in _SUCCESS:
        return _read_failed(read_failure(part))
    body = part.json()
    rows = body.get("value") if isinstance(body, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        return unreadable(Outcome.NOT_SENT)
    link = body.get("@odata.nextLink")
    page = Page([_entity(row) for row in rows], link if isinstance(link, str) else "")
    return Answer(Outcome.DONE, page)


def written(answered: Answered | None, requests: int) -> Answer[tuple[Entity, ...]]:
    """What became of a change set of so many requests; None: there was no answer to it."""
    if answered is None:
        return unreadable(Outcome.UNKNOWN)
    if isinstance(answered, Part):
        if answered.status in _SUCCESS:
            return unreadable(Outcome.UNKNOWN)
        return _change_failed(read_failure(answered))
    whole = len(answered) == requests and all(part.status in _SUCCESS for part in answered)
    if not whole:
        return unreadable(Outcome.UNKNOWN)
    bodies = [part.json() for part in answered]
    entities = (_entity(body) if isinstance(body, Mapping) else Entity({}) for body in bodies)
    return Answer(Outcome.DONE, tuple(entities))


def single(answers: Sequence[Answered], index: int) -> Part | None:
    """The answer to a request by itself, or None where there is none."""
    found = answers[index] if index < len(answers) else None
    return found if isinstance(found, Part) else None


def unreadable(outcome: Outcome) -> Answer[Any]:
    """An answer that does not say what became of an item."""
    return Answer(outcome, code=UNREADABLE, message="IFS's answer does not say what became of it")


def _entity(body: Mapping[str, Any], header: str = "") -> Entity:
    etag = body.get("@odata.etag")
    values = {name: value for name, value in body.items() if not name.startswith("@")}
    return Entity(values, header or (etag if isinstance(etag, str) else ""))


def _change_failed(failure: Failure) -> Answer[Any]:
    code = _OF_MEANING.get(failure.meaning, failure.code)
    return Answer(
        failure.meaning.outcome, code=code, message=failure.message, wait_s=failure.wait_s
    )


def _read_failed(failure: Failure) -> Answer[Any]:
    """A read that failed had no effect; whether it is refused for good, the meaning says."""
    answer = _change_failed(failure)
    if answer.outcome is not Outcome.UNKNOWN:
        return answer
    return Answer(Outcome.NOT_SENT, code=answer.code, message=answer.message)
