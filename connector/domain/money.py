"""Money as Decimal; a float never gets here."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

#: Minor-unit digits that differ from 2 (ISO 4217, list one).
_NONE = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"}
_NONE |= {"VND", "VUV", "XAF", "XOF", "XPF"}
_THREE = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
_FOUR = {"CLF", "UYW"}
_DECIMALS = {**dict.fromkeys(_NONE, 0), **dict.fromkeys(_THREE, 3), **dict.fromkeys(_FOUR, 4)}


def decimals(currency: str) -> int:
    """How many digits the minor unit of an ISO 4217 currency has."""
    return _DECIMALS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in major units, with its ISO 4217 currency.

    Raises ValueError for an amount that is not finite, and TypeError for one that is no Decimal.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"an amount is a Decimal, not {type(self.amount).__name__}")
        if not self.amount.is_finite():
            raise ValueError(f"{self.amount} is no amount of money")

    @property
    def is_whole_minor_units(self) -> bool:
        """Whether the currency can express the amount without rounding."""
        scaled = self.amount.scaleb(decimals(self.currency))
        return scaled == scaled.to_integral_value()

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __str__(self) -> str:
        return f"{plain(self.amount, self.currency)} {self.currency}"


def plain(amount: Decimal, currency: str) -> str:
    """The amount as digits with the currency's decimals: `171.75`, `-1200`, never an exponent.

    Raises ValueError where that would round.
    """
    digits = decimals(currency)
    written = f"{amount:.{digits}f}"
    if Decimal(written) != Money(amount, currency).amount:
        raise ValueError(f"{amount} has more than the {digits} decimals of {currency}")
    return written
