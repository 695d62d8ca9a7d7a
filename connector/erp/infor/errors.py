"""M3's error codes, and what each means to us.

Sources: Infor's h5 SDK (https://github.com/infor-cloud/m3-h5-sdk, `mi/runtime.ts` and its tests)
for the error types and the shape of a message; message ids as published in M3 extensions. Texts
are localised and change: only codes decide.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

from connector.domain.drafts import Outcome
from connector.ports import Answer


class Meaning(Enum):
    """What an error code says about the transaction that failed; none of them took effect."""

    #: The record asked for does not exist.
    ABSENT = Outcome.REFUSED, "absent"
    #: A record with this key exists already.
    EXISTS = Outcome.REFUSED, "exists"
    #: A value, or the document as a whole, was refused.
    REFUSED = Outcome.REFUSED, "refused"
    #: The release has no such program, transaction or field.
    CONTRACT = Outcome.REFUSED, "contract"
    #: The service user may not do this in this company and division.
    NOT_ALLOWED = Outcome.REFUSED, "not allowed"
    #: Another user or job holds the record: the same call may pass a little later.
    LOCKED = Outcome.NOT_SENT, "locked"

    @property
    def outcome(self) -> Outcome:
        """What became of the transaction."""
        return self.value[0]


_BY_CODE = {
    "XRE0103": Meaning.ABSENT,  # record does not exist
    "XRE0104": Meaning.EXISTS,  # record already exists
    "XUP0001": Meaning.LOCKED,  # record changed by another user
    "XUP0002": Meaning.LOCKED,  # record in use by another user
    "XAU0008": Meaning.NOT_ALLOWED,  # user not authorised to company or division
    "WDI0102": Meaning.NOT_ALLOWED,  # division must be entered: a central user
    "CPF9898": Meaning.REFUSED,  # generic, the text says it
    "ServerReturnedNOK": Meaning.REFUSED,  # a business rejection without a code of its own
    "TransactionNotFound": Meaning.CONTRACT,
    "MandatoryInputFieldNotFound": Meaning.CONTRACT,
    "InputFieldTooLong": Meaning.CONTRACT,
}

#: The general rule of ids: `W` or `X`, two letters of the field, `01`, and what is wrong with it.
_RULE = re.compile(r"[WX][A-Z]{2}01(?P<what>\d\d)")
_BY_RULE = {
    "01": Meaning.REFUSED,  # invalid
    "02": Meaning.REFUSED,  # must be entered
    "03": Meaning.REFUSED,  # the value names something that does not exist
    "04": Meaning.EXISTS,
}

#: A day that was refused though it is one: nothing can be posted on it.
_ACCOUNTING_DATE, _MUST_BE_ENTERED = "ACDT", "02"

#: How long a locked record is left alone.
LOCKED_WAIT_S = 5.0


def meaning(code: str) -> Meaning:
    """What an error code says; a code that nobody has seen is a refusal."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    rule = _RULE.fullmatch(code)
    return _BY_RULE.get(rule["what"], Meaning.REFUSED) if rule else Meaning.REFUSED


def refuses_the_day(code: str, field: str) -> bool:
    """Whether a refusal says that nothing can be posted on the accounting date."""
    rule = _RULE.fullmatch(code)
    entered = rule is None or rule["what"] != _MUST_BE_ENTERED
    return field == _ACCOUNTING_DATE and meaning(code) is Meaning.REFUSED and entered


def is_absent(answer: Answer[Any]) -> bool:
    """Whether the record that was asked for does not exist."""
    return answer.outcome is Outcome.REFUSED and meaning(answer.code) is Meaning.ABSENT


def is_there(answer: Answer[Any]) -> bool:
    """Whether the record that was to be added exists already."""
    return answer.outcome is Outcome.REFUSED and meaning(answer.code) is Meaning.EXISTS


def clean_message(message: str, code: str, field: str) -> str:
    """The text without padding, and without the code and field that M3 repeats at its end."""
    words = [word for word in message.split() if not code or word != code]
    while words and field and words[-1] == field:
        words.pop()
    return " ".join(words)
