"""Which supplier a merchant is: by its number, by one same name, by a name clearly like it."""

from __future__ import annotations

from collections.abc import Sequence

from connector.domain.suppliers import Found, Match, Supplier, SupplierCandidate, SupplierMatching
from connector.suppliers.catalogue import Catalogue, Entry
from connector.suppliers.likeness import SAME, likeness
from connector.suppliers.merchants import Merchant, read_merchant
from connector.suppliers.numbers import keys_in
from connector.suppliers.spelling import spellings, words
from connector.suppliers.vocabulary import LOCAL

_MOST_CANDIDATES = 5

#: Longer places are cities, not codes of countries.
_LONGEST_CODE = 3

#: A score with the spelling of a supplier's name that has it.
Scored = tuple[float, Entry]


def match(name: str, catalogue: Catalogue, wanted: SupplierMatching) -> Match:
    """The supplier of a merchant of that name, or the best candidates. Blocked ones are neither.

    A number in the name goes before the name, and what is named goes against no number.
    """
    merchant = read_merchant(name, catalogue)
    scored = _scored(merchant, catalogue)
    chosen: Supplier | None
    candidates = _candidates(scored)
    numbered = {s.number: s for key in keys_in(name) for s in catalogue.numbered(key)}
    if len(numbered) == 1:
        chosen, found, score = next(iter(numbered.values())), Found.NUMBER, SAME
    else:
        chosen, found, score = _by_name(merchant, scored, wanted)
        if chosen and numbered and chosen.number not in numbered:
            chosen = None
    if chosen is None or chosen.blocked:
        return Match(None, None, candidates=candidates)
    return Match(chosen.number, found, score, candidates)


def _by_name(
    merchant: Merchant, scored: Sequence[Scored], wanted: SupplierMatching
) -> tuple[Supplier | None, Found, float]:
    same = [entry for score, entry in scored if score == SAME]
    if same:
        chosen, found, score = _only(same, merchant), Found.EXACT, SAME
    else:
        score, best = scored[0] if scored else (0.0, None)
        found = Found.FUZZY
        second = scored[1][0] if len(scored) > 1 else 0.0
        is_clear = score >= wanted.automatic and score - second >= wanted.margin
        chosen = best if is_clear else None
    if chosen is None or _is_elsewhere(merchant, chosen):
        return None, found, score
    return chosen.supplier, found, score


def _scored(merchant: Merchant, catalogue: Catalogue) -> list[Scored]:
    """Every supplier that is worth a look, the best first."""
    near = catalogue.near(merchant.name, is_cut=merchant.is_cut)
    near += catalogue.named(merchant.joined, is_cut=merchant.is_cut)
    near += catalogue.named(merchant.with_places, is_cut=False)
    best: dict[str, Scored] = {}
    for entry in near:
        score = likeness(merchant, entry, catalogue)
        if score > best.get(entry.supplier.number, (0.0,))[0]:
            best[entry.supplier.number] = score, entry
    return sorted(best.values(), key=lambda one: (-one[0], one[1].supplier.number))


def _only(same: Sequence[Entry], merchant: Merchant) -> Entry | None:
    """The one supplier that is left when place in the name, form and city are looked at."""
    left = [entry for entry in same if not entry.supplier.blocked]
    for narrower in (
        [entry for entry in left if entry.joined == merchant.with_places],
        [entry for entry in left if merchant.forms & entry.forms],
        [entry for entry in left if _is_in(merchant, entry.supplier.city)],
    ):
        left = narrower or left
    return left[0] if len({entry.supplier.number for entry in left}) == 1 else None


def _is_elsewhere(merchant: Merchant, entry: Entry) -> bool:
    """Whether it is a business of one house, in another city than the supplier."""
    city = entry.supplier.city
    return bool(
        city
        and any(len(place) > _LONGEST_CODE for place in merchant.places)
        and LOCAL & set(entry.core)
        and not _is_in(merchant, city)
    )


def _is_in(merchant: Merchant, city: str) -> bool:
    """Whether the merchant's places are the city, or the beginning of it."""
    placed = " ".join(merchant.places)
    names = [" ".join(words(spelling)) for spelling in spellings(city)]
    return any(
        f"{name} ".startswith(placed) or f"{placed} ".startswith(f"{name} ")
        for name in names
        if name and placed
    )


def _candidates(scored: Sequence[Scored]) -> tuple[SupplierCandidate, ...]:
    active = [(score, e.supplier) for score, e in scored if not e.supplier.blocked]
    return tuple(
        SupplierCandidate(one.number, one.name, score, one.city)
        for score, one in active[:_MOST_CANDIDATES]
    )
