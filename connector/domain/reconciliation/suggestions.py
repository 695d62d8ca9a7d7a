"""What an item without a mate may belong to; a person decides."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from rapidfuzz import fuzz, utils

from connector.domain.reconciliation.items import Ending, Item, Suggestion

#: Further apart nothing is suggested.
WINDOW = timedelta(days=10)
_MOST = 3
#: Of the same amount so many are looked at that are earlier, and so many that are not: what is
#: paid again and again would else be compared each with each.
_NEAREST = 50
#: What a day between them takes off, and the share of the score that names may take off.
_DAY, _NAMES = 4, 0.4
#: The share that is left where one of them has no name.
_NAMELESS = 0.9
_OPEN = frozenset({Ending.ONLY_IN_BREX, Ending.HELD, Ending.WAITING, Ending.SKIPPED})

_Key = tuple[str, Decimal]


def suggest(items: Iterable[Item], names: Mapping[str, str]) -> list[Item]:
    """The items, each open one with what it may belong to: same currency, same amount, near days.

    What is open in Brex is compared with what only the ERP has, and transactions without a record
    with records without a transaction. `names` has suppliers' names by their numbers.
    """
    known = list(items)
    only_erp = _by_amount(one for one in known if one.ending is Ending.ONLY_IN_ERP)
    recorded = _by_amount(one for one in known if one.records and not one.transactions)
    of_erp = _by_amount(one for one in known if one.ending in _OPEN)
    of_record = _by_amount(one for one in known if one.transactions and not one.records)

    def mates(one: Item) -> Iterator[Item]:
        if one.ending in _OPEN:
            yield from _near(one, only_erp)
        if one.ending is Ending.ONLY_IN_ERP:
            yield from _near(one, of_erp)
        if one.transactions and not one.records:
            yield from _near(one, recorded)
        if one.records and not one.transactions:
            yield from _near(one, of_record)

    return [
        one
        if one.ending is Ending.MATCHED
        else replace(one, suggestions=_best(one, mates(one), names))
        for one in known
    ]


def _by_amount(items: Iterable[Item]) -> Mapping[_Key, Sequence[Item]]:
    found: defaultdict[_Key, list[Item]] = defaultdict(list)
    for one in sorted(items, key=lambda it: (it.day, it.name)):
        found[_key(one)].append(one)
    return dict(found)


def _near(one: Item, by_amount: Mapping[_Key, Sequence[Item]]) -> Iterator[Item]:
    """Those of its amount within the window; of many, those of the nearest days."""
    alike = by_amount.get(_key(one), ())
    at = bisect_left(alike, one.day, key=lambda it: it.day)
    for mate in alike[max(at - _NEAREST, 0) : at + _NEAREST]:
        if mate is not one and abs(mate.day - one.day) <= WINDOW:
            yield mate


def _key(one: Item) -> _Key:
    """Amounts without a sign: a payment is negative on the card, and positive as a record."""
    return one.currency, abs(one.brex or one.erp).normalize()


def _best(one: Item, mates: Iterable[Item], names: Mapping[str, str]) -> tuple[Suggestion, ...]:
    scored = [Suggestion(mate.name, _score(one, mate, names)) for mate in mates]
    return tuple(sorted(scored, key=lambda it: (-it.score, it.name))[:_MOST])


def _score(one: Item, mate: Item, names: Mapping[str, str]) -> int:
    score = 100.0 - _DAY * abs(one.day - mate.day).days
    mine, theirs = (names.get(it.about, it.about) for it in (one, mate))
    if not mine or not theirs:
        return round(score * _NAMELESS)
    alike = fuzz.token_set_ratio(mine, theirs, processor=utils.default_process)
    return round(score * (1 - _NAMES + _NAMES * alike / 100))
