"""How much a merchant's name is like a supplier's, from 0 to 100."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.distance import DamerauLevenshtein

from connector.suppliers.catalogue import SHORTEST_MISSPELT, Catalogue, Entry, most_misspelt
from connector.suppliers.merchants import Merchant
from connector.suppliers.vocabulary import REGIONS

SAME = 100.0
#: A name of which the end was cut.
_CUT_NAME = 97.0
#: No score is higher where both names have a word that the other lacks.
_BOTH_LACK = 80.0
#: What another company form takes off, and a supplier's place that is not the merchant's.
_OTHER_FORM, _OTHER_PLACE = 20.0, 20.0
#: How far a word is another, if its end is cut, if it is an abbreviation, if an s is all they
#: differ by: Petterssons is not Pettersson.
_CUT, _ABBREVIATED, _WITH_S = 0.97, 0.9, 0.8
#: Letters that the beginning of a cut word must have, and a cut name.
_SHORTEST_CUT, _SHORTEST_CUT_NAME = 3, 10
#: What a word weighs: one of many suppliers, and one that says where a company does business.
_COMMON_WEIGHS, _REGION_WEIGHS = 0.7, 0.15


def likeness(merchant: Merchant, entry: Entry, catalogue: Catalogue) -> float:
    """100 for the same name; what one has more than the other takes off by its weight."""
    if entry.joined in {merchant.joined, merchant.with_places}:
        return _less(SAME, merchant, entry)
    if merchant.is_cut and _is_beginning(merchant.joined, entry.joined):
        return _less(_CUT_NAME, merchant, entry)
    mine, theirs, agreed, total = _compare(merchant, entry, catalogue)
    if not agreed:
        return 0.0
    total += sum(_weight(word, catalogue) for word in (*mine, *theirs))
    score = SAME * agreed / total
    if mine and theirs:
        score = min(score, _BOTH_LACK)
    if theirs and merchant.places and catalogue.places.is_place(theirs):
        score -= _OTHER_PLACE
    return _less(score, merchant, entry)


def _less(score: float, merchant: Merchant, entry: Entry) -> float:
    if merchant.forms and entry.forms and not merchant.forms & entry.forms:
        score -= _OTHER_FORM
    return round(max(score, 0.0), 1)


def _is_beginning(cut: str, whole: str) -> bool:
    return len(cut) >= _SHORTEST_CUT_NAME and whole.startswith(cut)


def _compare(
    merchant: Merchant, entry: Entry, catalogue: Catalogue
) -> tuple[list[str], list[str], float, float]:
    """The words that each has alone; how much agrees, and of how much."""
    mine, theirs = list(merchant.name), list(entry.core)
    agreed = total = 0.0
    for word in merchant.name:
        is_last = merchant.is_cut and word is merchant.name[-1]
        other, how = _best(word, theirs, catalogue, may_be_cut=is_last)
        if how:
            mine.remove(word)
            theirs.remove(other)
            weight = _weight(word, catalogue) + _weight(other, catalogue)
            total += weight
            agreed += weight * how
    for word in (*merchant.places, *merchant.beside):
        if word in theirs:
            theirs.remove(word)
            total += 2 * _weight(word, catalogue)
            agreed += 2 * _weight(word, catalogue)
    return mine, theirs, agreed, total


def _best(
    word: str, theirs: Sequence[str], catalogue: Catalogue, *, may_be_cut: bool
) -> tuple[str, float]:
    if word in theirs:
        return word, 1.0
    alike = ((_alike(word, one, catalogue, may_be_cut=may_be_cut), one) for one in theirs)
    how, other = max(alike, default=(0.0, ""))
    return other, how


def _alike(word: str, other: str, catalogue: Catalogue, *, may_be_cut: bool) -> float:
    """How far two words are one; 0 where they are two."""
    if may_be_cut and len(word) >= _SHORTEST_CUT and other.startswith(word):
        return _CUT
    if word == f"{other}s" or other == f"{word}s":
        return _WITH_S
    if catalogue.knows(word):
        return 0.0
    if catalogue.is_common(other) and _is_short_for(word, other):
        return _ABBREVIATED
    if len(word) < SHORTEST_MISSPELT:
        return 0.0
    far = most_misspelt(word)
    distance = DamerauLevenshtein.distance(word, other, score_cutoff=far)
    return 1 - distance / max(len(word), len(other)) if distance <= far else 0.0


def _is_short_for(short: str, word: str) -> bool:
    """Whether it is the word's beginning, or its letters without some: `sys`, `trvl`."""
    if len(short) < _SHORTEST_CUT or len(short) >= len(word) or short[0] != word[0]:
        return False
    if word.startswith(short):
        return True
    letters = iter(word)
    return not set(short[1:]) & set("aeiou") and all(letter in letters for letter in short)


def _weight(word: str, catalogue: Catalogue) -> float:
    if word in REGIONS:
        return _REGION_WEIGHS
    return _COMMON_WEIGHS if catalogue.is_common(word) else 1.0
