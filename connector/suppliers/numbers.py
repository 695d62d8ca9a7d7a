"""Tax and organisation numbers, in one way of writing them."""

from __future__ import annotations

import re

#: Shorter ones are shop numbers, order numbers and years.
_SHORTEST = 8
_IN_TEXT = re.compile(r"(?<!\w)(?:[A-Za-z]{2}[ ]?)?\d[\d .-]{6,16}\d(?:[ ]?(?:MVA|B\d\d))?(?!\w)")
_BARE = re.compile(r"(?:[A-Z]{2})?(\d{8,12})(?:MVA)?")


def keys_of(number: str) -> frozenset[str]:
    """The number, with and without its country; empty where it is too short to mean anything.

    A Swedish VAT number is the organisation number with `SE` before and `01` behind it.
    """
    plain = re.sub(r"[^0-9A-Z]", "", number.upper())
    if sum(map(str.isdigit, plain)) < _SHORTEST:
        return frozenset()
    keys = {plain}
    if bare := _BARE.fullmatch(plain):
        keys.add(bare[1])
        if plain.startswith("SE") and len(bare[1]) == 12 and bare[1].endswith("01"):  # noqa: PLR2004 - 10 and 2
            keys.add(bare[1][:10])
    return frozenset(keys)


def keys_in(text: str) -> frozenset[str]:
    """The keys of all numbers in a text that may be somebody's."""
    return frozenset().union(*(keys_of(found[0]) for found in _IN_TEXT.finditer(text)))
