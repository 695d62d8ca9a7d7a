"""What Brex's answers mean.

Accounting errors are `{"error_code", "message", "details"}`, all others `{"type", "message"}`:
https://developer.brex.com/openapi/accounting_api and https://developer.brex.com/guides/error_codes
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connector.errors import OutcomeUnknownError, RefusedError, RetryLaterError
from connector.http.reply import Reply

#: Brex shows 403 for an invalid token, where its documentation shows 401.
CREDENTIAL_STATUSES = frozenset({401, 403})
#: The record, or whatever else the path names, is not there (or can never be).
ABSENT = frozenset({400, 404, 410, 422})
_LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Fault:
    """A refusal in Brex's own words, with the id of the call.

    `code` is the HTTP status where Brex gives none.
    """

    code: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)
    trace_id: str = ""

    def ids(self) -> set[str]:
        """Every record id that the details name, under whichever key."""
        lists = [value for value in self.details.values() if isinstance(value, list)]
        return {one for ids in lists for one in ids if isinstance(one, str)}


def fault_of(reply: Reply) -> Fault:
    """The refusal of a 4xx."""
    try:
        body = reply.json()
    except ValueError:
        body = None
    answer = body if isinstance(body, dict) else {}
    code = answer.get("error_code") or answer.get("code") or answer.get("type")
    message, details = answer.get("message"), answer.get("details")
    said = message[:_LONGEST_MESSAGE] if isinstance(message, str) else f"answered {reply.status}"
    return Fault(
        code if isinstance(code, str) else str(reply.status),
        reply.traced(said),
        details if isinstance(details, dict) else {},
        reply.trace_id,
    )


def is_success(reply: Reply) -> bool:
    """Whether it is a 2xx."""
    return reply.status // 100 == 2  # noqa: PLR2004  the class of HTTP


def read_json(reply: Reply, kind: type[dict[str, Any] | list[Any]]) -> Any:
    """The body of the answer to a read, an object or a list.

    Raises RefusedError for a 4xx, and RetryLaterError for a body that is something else.
    """
    if not is_success(reply):
        fault = fault_of(reply)
        raise RefusedError(f"Brex: {fault.code}: {fault.message}", code=fault.code)
    try:
        body = reply.json()
    except ValueError:
        body = None
    if not isinstance(body, kind):
        raise RetryLaterError(reply.traced("Brex: an answer that cannot be read"))
    return body


def written_json(reply: Reply) -> dict[str, Any]:
    """The object that answers a write; RefusedError, or OutcomeUnknownError where it is none."""
    try:
        body: dict[str, Any] = read_json(reply, dict)
    except RetryLaterError as error:
        raise OutcomeUnknownError(str(error)) from None
    return body
