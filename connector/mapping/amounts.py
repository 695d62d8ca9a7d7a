"""Amounts as whole minor units, so that sums are exact and equal amounts look equal."""

from __future__ import annotations

from decimal import Decimal

from connector.domain.money import Money, decimals

#: More digits before the point than any ledger takes (M3: 13 of 15), and more than any sum needs.
_LARGEST_EXPONENT = 15
_MOST_DIGITS = 28


def minor_units(money: Money) -> int | None:
    """The amount in cents (yen, fils …); None where it is not whole, or beyond any ledger."""
    amount = money.amount
    if not amount:
        return 0
    if abs(amount.adjusted()) > _LARGEST_EXPONENT or len(amount.as_tuple().digits) > _MOST_DIGITS:
        return None
    if not money.is_whole_minor_units:
        return None
    return int(amount.scaleb(decimals(money.currency)))


def major_units(units: int, currency: str) -> Decimal:
    """The amount of so many minor units, with exactly the currency's decimals: `171.75`."""
    return Decimal(units).scaleb(-decimals(currency))
