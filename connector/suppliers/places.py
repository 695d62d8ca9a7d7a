"""Words that say where a merchant is: cities that suppliers are in, codes of countries."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from connector.suppliers.spelling import spellings, words
from connector.suppliers.vocabulary import CODES

#: Letters that the beginning of a city must have, where a descriptor was cut.
_SHORTEST_CUT = 3
_LONGEST = 3

Name = tuple[str, ...]


class Places:
    """The cities of a register, under each spelling."""

    def __init__(self, cities: Iterable[str]) -> None:
        self._sorted = sorted({" ".join(words(one)) for city in cities for one in spellings(city)})
        self._known = frozenset(self._sorted)

    def is_place(self, name: Sequence[str]) -> bool:
        """Whether it is a city, or the code of a country."""
        return " ".join(name) in self._known or (len(name) == 1 and name[0] in CODES)

    def begins(self, name: Sequence[str]) -> bool:
        """Whether a city begins so."""
        start = " ".join(name)
        at = bisect_left(self._sorted, start)
        return len(start) >= _SHORTEST_CUT and any(
            one.startswith(start) for one in self._sorted[at : at + 1]
        )

    def part(self, name: Name, *, is_cut: bool) -> tuple[Name, Name]:
        """The name, and the places at its end; something of the name is always left."""
        places: Name = ()
        while length := self._at_end(name, is_cut=is_cut and not places):
            name, places = name[:-length], (*name[-length:], *places)
        return name, places

    def _at_end(self, name: Name, *, is_cut: bool) -> int:
        for length in range(min(_LONGEST, len(name) - 1), 0, -1):
            end = name[-length:]
            if self.is_place(end) or (is_cut and self.begins(end)):
                return length
        return 0
