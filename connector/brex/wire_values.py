"""Values on Brex's wire that need more care than marshmallow's own fields take."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from marshmallow import ValidationError, fields

from connector.domain.money import Money

#: What an id may consist of, wherever Brex's ids come from.
BREX_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
#: Digits before the point that an amount can have.
_MOST_DIGITS = 15

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: Brex declares amounts in minor units as int64.
_MOST_UNITS = 2**63

T = TypeVar("T")
AnEnum = TypeVar("AnEnum", bound=StrEnum)


class Minor(NamedTuple):
    """An amount in minor units of a currency, which Brex may leave open."""

    amount: int
    currency: str | None


class Read(fields.Field[T]):
    """A marshmallow field of a function that reads one value or raises ValidationError."""

    def __init__(self, read: Callable[[Any], T], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._read = read

    def _validate(self, value: Any) -> None:
        if self.validators:
            super()._validate(value)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> T:
        return self._read(value)


def exact(value: Any) -> Decimal:
    """A decimal number, from JSON or from a string; a float never gets this far."""
    match value:
        case Decimal():
            number = value
        case int() if not isinstance(value, bool):
            number = Decimal(value)
        case str() if _NUMBER.fullmatch(value):
            number = Decimal(value)
        case _:
            raise ValidationError("is no exact number")
    if not number.is_finite() or number.adjusted() >= _MOST_DIGITS:
        raise ValidationError("is out of all proportion")
    whole = number == number.to_integral_value()
    return number.quantize(Decimal(1)) if whole and "E" in str(number) else number


def whole(value: Any) -> int:
    """A whole number, which Brex declares as a number."""
    number = exact(value)
    if number != number.to_integral_value():
        raise ValidationError("is no whole number")
    return int(number)


def moment(value: Any) -> datetime:
    """An RFC 3339 time with its zone; Brex sends it with three or six digits of a second."""
    try:
        read = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValidationError("is no time") from None
    if read.tzinfo is None:
        raise ValidationError("is a time without a zone")
    return read


def day(value: Any) -> date:
    """A day without a time, `2026-06-11`."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValidationError("is no day")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValidationError("is no day") from None


def minor(value: Any) -> Minor:
    """`{"amount": 700, "currency": "USD"}`: minor units, as in all APIs but accounting.

    A currency that is left out is USD, as Brex declares; one that is null is None.
    """
    if not isinstance(value, dict):
        raise ValidationError("is no amount")
    units, currency = value.get("amount"), value.get("currency", "USD")
    if type(units) is not int or not -_MOST_UNITS <= units < _MOST_UNITS:
        raise ValidationError({"amount": ["is no whole number of minor units"]})
    if currency is not None and not (isinstance(currency, str) and _CURRENCY.fullmatch(currency)):
        raise ValidationError({"currency": ["is no ISO 4217 currency"]})
    return Minor(units, currency)


def amount(value: Any) -> Money:
    """`{"amount": 100.5, "currency": "USD"}`: major units, unlike in all other Brex APIs."""
    if not isinstance(value, dict):
        raise ValidationError("is no amount")
    currency = value.get("currency")
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise ValidationError({"currency": ["is no ISO 4217 currency"]})
    try:
        return Money(exact(value.get("amount")), currency)
    except ValidationError as error:
        raise ValidationError({"amount": error.messages}) from None


def text(value: Any) -> str:
    """A text without blanks around it; Brex's names may have some."""
    if not isinstance(value, str):
        raise ValidationError("is no text")
    return value.strip()


def brex_id(value: Any) -> str:
    """An id of Brex's."""
    if not isinstance(value, str) or not BREX_ID.fullmatch(value):
        raise ValidationError("is no id")
    return value


def or_unknown(enum: type[AnEnum]) -> Callable[[Any], AnEnum]:
    """Reads a value of an enum; what Brex adds later becomes its UNKNOWN."""
    known = {member.value: member for member in enum}
    return lambda value: known.get(text(value), known["UNKNOWN"])
