"""What becomes of a record's documents when a later version of it is posted.

Nothing that stands in the ERP is changed: each document that is in force is reversed by another one
that refers to it, and the new ones follow under numbers of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from connector.domain.documents import Document
from connector.domain.numbers import MOST_DOCUMENTS, document_number

#: The day on which a document may be reversed.
DayOf = Callable[[Document], date]


@dataclass(frozen=True, slots=True)
class Standing:
    """One of a record's documents: its place, the ERP's number once decided, how far it came.

    `is_begun`: something was written for it, or may have been.
    """

    nth: int
    document: Document
    reference: str
    is_posted: bool
    is_begun: bool


@dataclass(frozen=True, slots=True)
class Succession:
    """What is posted after what stands: (place, document), in order.

    `principal` is the place of the document that stands for the record from then on.
    """

    documents: tuple[tuple[int, Document], ...]
    principal: int


def in_force(standing: Sequence[Standing]) -> list[Standing]:
    """The documents that count: posted, and neither a reversal nor reversed by a posted one."""
    posted = [one for one in standing if one.is_posted]
    undone = {one.document.undoes for one in posted}
    return [one for one in posted if not one.document.undoes and one.document.number not in undone]


def is_the_same(standing: Sequence[Standing], made: Sequence[Document]) -> bool:
    """Whether the new documents say what those in force say, but for their numbers."""
    before = [replace(one.document, number="") for one in in_force(standing)]
    return before == [replace(one, number="") for one in made]


def succession(
    record_id: str, standing: Sequence[Standing], made: Sequence[Document], day_of: DayOf
) -> Succession:
    """The reversal of each document in force, the last first, then the new documents.

    Raises ValueError where the record would have more documents than there are numbers.
    """
    first = 1 + max(one.nth for one in standing)
    undone = in_force(standing)[::-1]
    if first + len(undone) + len(made) - 1 > MOST_DOCUMENTS:
        raise ValueError(f"a record has at most {MOST_DOCUMENTS} documents")
    documents: list[tuple[int, Document]] = []
    for nth, one in enumerate(undone, start=first):
        number = document_number(record_id, nth)
        documents.append((nth, one.document.reversal(number, day_of(one.document))))
    principal = first + len(undone)
    for nth, document in enumerate(made, start=principal):
        documents.append((nth, replace(document, number=document_number(record_id, nth))))
    return Succession(tuple(documents), principal)
