"""Company forms: `AB`, `GmbH & Co. KG`, `Limited`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from cleanco import termdata

from connector.suppliers.spelling import folded, words
from connector.suppliers.vocabulary import SAME_FORM

#: Terms of the library that are words in their own right, or the code of a country.
_WORDS = frozenset({"vat", "nl", "private", "et"})
_FURTHER = ("aktiebolag", "aktiebolaget", "publ", "sas", "se", "asbl", "private limited")
#: Forms that stand before a name.
_LEADING = frozenset({("ab",), ("as",), ("oy",), ("ooo",), ("pt",), ("aktiebolaget",)})
#: What is left out too often, or is the code of a country, to tell two companies apart.
_NO_EVIDENCE = frozenset({"co", "publ", "se"})


def without_forms(name: Sequence[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """The name without its forms, and those that say something. A name is never only forms."""
    left, forms = tuple(name), set[str]()
    while form := _form_at_end(left):
        left = left[: -len(form)]
        forms.update(form)
    if len(left) > 1 and left[:1] in _LEADING:
        forms.update(left[:1])
        left = left[1:]
    return left, frozenset(SAME_FORM.get(form, form) for form in forms) - _NO_EVIDENCE


def _form_at_end(name: tuple[str, ...]) -> tuple[str, ...]:
    known, longest = _known()
    for length in range(min(longest, len(name) - 1), 0, -1):
        if name[-length:] in known:
            return name[-length:]
    return ()


@cache
def _known() -> tuple[frozenset[tuple[str, ...]], int]:
    """All forms as words, and how many the longest has."""
    given = {term for terms in termdata.terms_by_type.values() for term in terms}
    forms = {tuple(words(folded(term))) for term in (given - _WORDS) | set(_FURTHER)} - {()}
    return frozenset(forms), max(map(len, forms))
