"""A merchant's name, read against a register of suppliers."""

from __future__ import annotations

from dataclasses import dataclass

from connector.suppliers.catalogue import Catalogue
from connector.suppliers.descriptors import read_descriptor
from connector.suppliers.forms import without_forms
from connector.suppliers.places import Name
from connector.suppliers.spelling import in_one_form

#: A part of a word that is written as one has as many letters.
_SHORTEST_PART = 3
#: What is left of a word that was cut after as many letters says nothing.
_STUMP = 2


@dataclass(frozen=True, slots=True)
class Merchant:
    """`name` has to agree with a supplier's, without form and place; `beside` may.

    `joined` is the name as one word, `with_places` the same with the places behind it.
    """

    name: Name
    joined: str
    with_places: str
    places: Name
    beside: Name
    forms: frozenset[str]
    is_cut: bool


def read_merchant(text: str, catalogue: Catalogue) -> Merchant:
    """The parts of a descriptor, as the register knows words and cities."""
    read = read_descriptor(text)
    name, beside = read.name, read.beside
    if read.is_cut and len(name) > 1 and len(name[-1]) <= _STUMP and not _is_place(name, catalogue):
        name, beside = name[:-1], (*beside, name[-1])
    name, places = catalogue.places.part(name, is_cut=read.is_cut)
    is_cut = read.is_cut and not places and name == read.name
    for column in read.columns:
        if catalogue.places.is_place(column) or catalogue.places.begins(column):
            places += column
        else:
            beside += column
    name, forms = without_forms(name)
    return Merchant(
        name=in_one_form(_as_written(name, catalogue)),
        joined="".join(name),
        with_places="".join((*name, *places)),
        places=places,
        beside=in_one_form(beside),
        forms=forms,
        is_cut=is_cut,
    )


def _is_place(name: Name, catalogue: Catalogue) -> bool:
    return catalogue.places.is_place(name[-1:])


def _as_written(name: Name, catalogue: Catalogue) -> Name:
    """Words that suppliers write as one, or as two, as they write them."""
    written: list[str] = []
    for word in name:
        if catalogue.knows(word):
            written.append(word)
        elif written and catalogue.knows(written[-1] + word):
            written[-1] += word
        else:
            written += _parts(word, catalogue)
    return tuple(written)


def _parts(word: str, catalogue: Catalogue) -> tuple[str, ...]:
    for nth in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        if catalogue.knows(word[:nth]) and catalogue.knows(word[nth:]):
            return word[:nth], word[nth:]
    return (word,)
