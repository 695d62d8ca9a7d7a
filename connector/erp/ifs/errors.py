"""IFS's errors, and what each means to us.

Sources: the codes of the OData provider (docs.ifs.com/techdocs, "Responses and Status Codes",
"Timeout", "CSRF"; Novacura, "Errors from IFS"), and the numbers that IFS's package `Error_SYS`
raises, as public code shows them. Business refusals arrive as HTTP 500. Texts are translated: only
codes and numbers decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from connector.domain.drafts import Outcome
from connector.erp.ifs.multipart import Part


class Meaning(Enum):
    """What an error says about the change that failed: all but UNKNOWN, that it had no effect."""

    #: A rule of IFS's, or a value that it does not know.
    REFUSED = Outcome.REFUSED, "refused"
    #: What was asked for is not there, or hidden from the user.
    ABSENT = Outcome.REFUSED, "absent"
    #: The key is taken: look what has it.
    EXISTS = Outcome.REFUSED, "exists"
    #: Somebody changed what our ETag is of: read again, and try again.
    STALE = Outcome.NOT_SENT, "stale"
    #: Somebody else holds it, or IFS asks for patience.
    LOCKED = Outcome.NOT_SENT, "locked"
    #: IFS has deployed something and wants the same request again.
    MODIFIED = Outcome.NOT_SENT, "modified"
    #: A person must mend rights or set-up first.
    NOT_LET_IN = Outcome.NOT_SENT, "not let in"
    #: It may have taken effect.
    UNKNOWN = Outcome.UNKNOWN, "unknown"

    @property
    def outcome(self) -> Outcome:
        """What became of the change."""
        return self.value[0]


_BY_CODE = {
    "ODP_MISSING_PRECONDITION": Meaning.STALE,
    "ODP_DESERIALIZATION_ERROR": Meaning.REFUSED,
    "ODP_RESOURCE_NOTFOUND": Meaning.ABSENT,
    "ODP_NOT_IMPLEMENTED": Meaning.REFUSED,
    "ODP_OPERATION_TIMEOUT": Meaning.UNKNOWN,
    # raised before anything is carried out; the look-up goes before each further try all the same
    "MI_MODIFIED_ERROR": Meaning.MODIFIED,
    "CSRF_ERROR": Meaning.NOT_LET_IN,
}
_BY_STATUS = {
    400: Meaning.REFUSED,
    401: Meaning.NOT_LET_IN,
    403: Meaning.NOT_LET_IN,
    404: Meaning.ABSENT,
    405: Meaning.REFUSED,
    409: Meaning.STALE,
    412: Meaning.STALE,
    423: Meaning.LOCKED,
    428: Meaning.STALE,
    429: Meaning.LOCKED,
    501: Meaning.REFUSED,
}
#: ORA numbers. Whatever else is between 20000 and 20999 was raised on purpose: a refusal.
_BY_NUMBER = {
    20112: Meaning.EXISTS,  # FND_RECORD_EXIST
    20113: Meaning.LOCKED,  # FND_LOCKED
    20114: Meaning.STALE,  # FND_MODIFIED
    54: Meaning.LOCKED,  # resource busy
    60: Meaning.LOCKED,  # deadlock; the statement was undone
}
_RAISED = range(20000, 21000)
_NUMBER = re.compile(r"ORA-0*(\d{1,5})\b")
#: A statement's own stack, which tells a reader nothing.
_STACK = re.compile(r"\s*ORA-06512:.*", re.DOTALL)

#: How long to leave IFS alone, where it did not say.
_WAITS_S = {Meaning.LOCKED: 5.0, Meaning.MODIFIED: 5.0, Meaning.NOT_LET_IN: 300.0}


@dataclass(frozen=True, slots=True)
class Failure:
    """An error answer. `code` is the ORA number, else the provider's code, else the status."""

    meaning: Meaning
    code: str
    message: str

    @property
    def wait_s(self) -> float | None:
        """How long to leave IFS alone; None where that does not matter."""
        return _WAITS_S.get(self.meaning)


def read_failure(part: Part) -> Failure:
    """What the answer, whose status is none of success, says went wrong."""
    error = _error(part.json())
    code, message = _text(error.get("code")), _message(error.get("message"))
    details = error.get("details")
    first = details[0] if isinstance(details, list) and details else {}
    detail = _message(first.get("message")) if isinstance(first, Mapping) else ""
    found = _NUMBER.search(detail) or _NUMBER.search(message)
    number = int(found[1]) if found else None
    means = _meaning(part.status, code, number)
    text = _STACK.sub("", detail or message) or code or f"IFS answered {part.status}"
    shown = f"ORA-{number:05d}" if number is not None else code or f"http_{part.status}"
    return Failure(means, shown, " ".join(text.split()))


def _meaning(status: int, code: str, number: int | None) -> Meaning:
    if number in _BY_NUMBER:
        return _BY_NUMBER[number]
    if number in _RAISED:
        return Meaning.REFUSED
    if code in _BY_CODE:
        return _BY_CODE[code]
    return _BY_STATUS.get(status, Meaning.UNKNOWN)


def _error(body: Any) -> Mapping[str, Any]:
    """The error member of a body, in the shapes that have been seen."""
    if isinstance(body, Mapping):
        for name in ("error", "odata.error"):
            if isinstance(error := body.get(name), Mapping):
                return error
    return {}


def _message(value: Any) -> str:
    """A message, also where it is an object of language and value."""
    return _text(value.get("value")) if isinstance(value, Mapping) else _text(value)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
