"""The suppliers of an ERP, ready to be searched by name and number."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from connector.domain.suppliers import Supplier
from connector.suppliers.forms import without_forms
from connector.suppliers.numbers import keys_of
from connector.suppliers.places import Places
from connector.suppliers.spelling import in_one_form, spellings, words

#: Words of fewer letters are not looked for misspelt.
SHORTEST_MISSPELT = 5
#: How many words that begin alike, or are nearly spelt alike, stand for one.
_MOST_ALIKE = 30
#: A word that more suppliers have leads to none by itself, where another word leads to some.
_MOST_LED_TO = 3000
#: How many suppliers are compared in full.
_MOST_COMPARED = 40
#: What a word has to be part of to be common: names, and a share of all names.
_FEWEST_COMMON, _COMMON = 5, 0.002


@dataclass(frozen=True, slots=True)
class Entry:
    """A supplier under one spelling of its name. `core` is without company forms.

    `joined` is it as one word, so that blanks do not matter.
    """

    supplier: Supplier
    core: tuple[str, ...]
    joined: str
    forms: frozenset[str]


class Catalogue:
    """An index over suppliers; it never changes once it is made."""

    def __init__(self, suppliers: Iterable[Supplier]) -> None:
        self.entries: list[Entry] = []
        self._by_number: dict[str, list[Supplier]] = defaultdict(list)
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        cities: set[str] = set()
        for supplier in suppliers:
            cities.add(supplier.city)
            for key in sorted(frozenset[str]().union(*map(keys_of, supplier.numbers))):
                self._by_number[key].append(supplier)
            for entry in entries_of(supplier):
                self._add(entry)
        self.places = Places(cities - {""})
        self._names, self._words = sorted(self._by_name), sorted(self._by_word)
        self._alike: dict[str, list[str]] = defaultdict(list)
        for word in self._words:
            self._alike[word[:2]].append(word)

    def _add(self, entry: Entry) -> None:
        nth = len(self.entries)
        self.entries.append(entry)
        self._by_name[entry.joined].append(nth)
        for word in dict.fromkeys(entry.core):
            self._by_word[word].append(nth)

    def numbered(self, key: str) -> Sequence[Supplier]:
        """The suppliers that have a tax or organisation number."""
        return self._by_number.get(key, ())

    def named(self, joined: str, *, is_cut: bool) -> list[Entry]:
        """The entries of this name, as one word; of a cut one also those that begin so."""
        names = [joined]
        if is_cut:
            names += [one for one in _beginning(self._names, joined) if one != joined]
        return [self.entries[nth] for name in names for nth in self._by_name.get(name, ())]

    def knows(self, word: str) -> bool:
        """Whether a supplier has the word in its name."""
        return word in self._by_word

    def is_common(self, word: str) -> bool:
        """Whether many suppliers have the word, so that it says little about any of them."""
        having = len(self._by_word.get(word, ()))
        return having >= _FEWEST_COMMON and having > _COMMON * len(self.entries)

    def near(self, name: Sequence[str], *, is_cut: bool) -> list[Entry]:
        """The entries with which a name is worth comparing."""
        led = [
            self._led_to(word, is_cut=is_cut and nth == len(name))
            for nth, word in enumerate(name, start=1)
        ]
        votes: dict[int, float] = {}
        for found in sorted(filter(None, led), key=len):
            weight = 1 / (1 + len(found)) ** 0.5
            opens = not votes or len(found) <= _MOST_LED_TO
            for nth in found:
                if opens or nth in votes:
                    votes[nth] = votes.get(nth, 0.0) + weight
        best = sorted(votes, key=lambda nth: (-votes[nth], len(self.entries[nth].core), nth))
        return [self.entries[nth] for nth in best[:_MOST_COMPARED]]

    def _led_to(self, word: str, *, is_cut: bool) -> list[int]:
        known = list(self._by_word.get(word, ()))
        for other in self._spelt_like(word, is_cut=is_cut):
            known += self._by_word[other]
        return known

    def _spelt_like(self, word: str, *, is_cut: bool) -> Iterator[str]:
        if is_cut and len(word) > 1:
            yield from (other for other in _beginning(self._words, word) if other != word)
        if len(word) < SHORTEST_MISSPELT or word in self._by_word:
            return
        found = process.extract(
            word,
            self._alike.get(word[:2], ()),
            scorer=DamerauLevenshtein.distance,
            score_cutoff=most_misspelt(word),
            limit=_MOST_ALIKE,
        )
        yield from (other for other, _, _ in found)


def most_misspelt(word: str) -> int:
    """How many letters may be wrong in a word of that length."""
    return 1 if len(word) < 2 * SHORTEST_MISSPELT else 2


def entries_of(supplier: Supplier) -> Iterator[Entry]:
    """A supplier under each spelling of its name."""
    for spelling in spellings(supplier.name):
        core, forms = without_forms(words(spelling))
        if core:
            yield Entry(supplier, in_one_form(core), "".join(core), forms)


def _beginning(ordered: Sequence[str], start: str) -> list[str]:
    at = bisect_left(ordered, start)
    return [one for one in ordered[at : at + _MOST_ALIKE] if one.startswith(start)]
