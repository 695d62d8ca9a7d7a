"""VAT out of gross amounts: Brex's amounts hold it, the ERP wants it apart.

The VAT of a code is computed from the sum of its lines and rounded half up, once. Each line's own
share is the growth of the rounded VAT as the lines are added up, one after the other: the shares
add up to the VAT to the cent, and nothing that was rounded is rounded again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from connector.domain.accounting import LineItem
from connector.domain.reasons import Reason
from connector.domain.routes import Vat, VatRoute
from connector.mapping.coding import ids_of, known_as, value_of
from connector.mapping.held import HeldError
from connector.mapping.sides import CodedLine


@dataclass(frozen=True, slots=True)
class Parted:
    """The coded lines with their net amounts, and the VAT of each code, in minor units."""

    nets: tuple[CodedLine, ...]
    vats: tuple[tuple[Vat, int], ...]


def part_vat(lines: Sequence[CodedLine], route: VatRoute | None) -> Parted:
    """Take the VAT out of lines, which all have the same sign. A line may have no VAT."""
    if route is None:
        return Parted(tuple(lines), ())
    codes = [_vat_of(line.item, route) for line in lines]
    shares = [0] * len(lines)
    vats: list[tuple[Vat, int]] = []
    for vat in dict.fromkeys(code for code in codes if code is not None):
        places = [place for place, code in enumerate(codes) if code == vat]
        amounts = shares_of([lines[place].units for place in places], vat.rate)
        for place, amount in zip(places, amounts, strict=True):
            shares[place] = amount
        vats.append((vat, sum(amounts)))
    nets = [
        CodedLine(line.item, line.units - share)
        for line, share in zip(lines, shares, strict=True)
        if line.units != share
    ]
    return Parted(tuple(nets), tuple(vats))


def shares_of(gross: Sequence[int], rate: Decimal) -> list[int]:
    """The VAT in each gross amount; their sum is the VAT in the sum, rounded half up."""
    shares: list[int] = []
    total = 0
    for amount in gross:
        before = vat_in(total, rate)
        total += amount
        shares.append(vat_in(total, rate) - before)
    return shares


def vat_in(gross: int, rate: Decimal) -> int:
    """The VAT in a gross amount, rounded half up, away from zero."""
    exact = Fraction(rate) * abs(gross) / (100 + Fraction(rate))
    rounded = int(exact + Fraction(1, 2))
    return rounded if gross >= 0 else -rounded


def _vat_of(line: LineItem, route: VatRoute) -> Vat | None:
    value = value_of(line, route.field)
    if value is None:
        return None
    vat = known_as(value, route.values)
    if vat is None:
        raise HeldError(
            Reason.VALUE_UNMAPPED,
            f"line {line.id} has a value of {route.field} that names no VAT code; "
            "add it to [mapping.vat.values], then retry",
            field=route.field,
            value=ids_of(value)[0],
        )
    return vat
