"""The body of a webhook that was found genuine.

https://developer.brex.com/openapi/webhooks_api, event `ACCOUNTING_RECORD_READY_FOR_EXPORT`. It is
the only camel-case event of Brex; an older page of the same documentation shows it in snake case,
without the company.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connector.brex.wire_values import BREX_ID
from connector.http import strict_json

READY_FOR_EXPORT = "ACCOUNTING_RECORD_READY_FOR_EXPORT"
#: More records in one event than this is a mistake; the poll would find them all the same.
MOST_RECORDS = 1_000
_LONGEST_TYPE = 100
_DEEPEST = 20


class MalformedEventError(Exception):
    """The body is not an event; the text says why, and holds nothing of the body."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event. Only one that `is_ours` has record ids; `company_id` is "" where it names none."""

    event_type: str
    record_ids: tuple[str, ...] = ()
    company_id: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether it announces records that are ready for export."""
        return self.event_type == READY_FOR_EXPORT


def read_event(body: bytes) -> Event:
    """The event of a body. Raises MalformedEventError, and nothing else."""
    try:
        event = strict_json.loads(body, deepest=_DEEPEST, unique_keys=True)
    except ValueError:
        raise MalformedEventError("the body is not plain JSON") from None
    if not isinstance(event, dict):
        raise MalformedEventError("the body is not an object")
    kind = event.get("event_type")
    if not isinstance(kind, str) or not kind or len(kind) > _LONGEST_TYPE:
        raise MalformedEventError("event_type is missing or is no text")
    if kind != READY_FOR_EXPORT:
        return Event(kind)
    return Event(kind, _record_ids(event), _company_id(event))


def _record_ids(event: dict[str, Any]) -> tuple[str, ...]:
    ids = _either(event, "accountingRecordIds", "accounting_record_ids")
    if not isinstance(ids, list) or len(ids) > MOST_RECORDS:
        raise MalformedEventError("the record ids are missing, no list, or too many")
    if not all(isinstance(one, str) and BREX_ID.fullmatch(one) for one in ids):
        raise MalformedEventError("a record id is not an id")
    return tuple(dict.fromkeys(ids))


def _company_id(event: dict[str, Any]) -> str:
    company = _either(event, "companyId", "company_id")
    if company is None:
        return ""
    if not isinstance(company, str) or not BREX_ID.fullmatch(company):
        raise MalformedEventError("the company is not an id")
    return company


def _either(event: dict[str, Any], camel: str, snake: str) -> Any:
    """The value under whichever spelling is there."""
    if camel in event and snake in event and event[camel] != event[snake]:
        raise MalformedEventError("two spellings of one field differ")
    return event.get(camel, event.get(snake))
