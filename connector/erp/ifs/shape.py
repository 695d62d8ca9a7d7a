"""How documents of one kind look in IFS. Pure: nothing here calls IFS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from connector.domain.documents import Document, DocumentKind
from connector.domain.posting import Phase
from connector.domain.reasons import Hold
from connector.erp.ifs.literals import Value
from connector.erp.ifs.names import DocumentNames
from connector.erp.ifs.results import Entity


@dataclass(frozen=True, slots=True)
class Need:
    """A field that is written or read: the types that do, and how long it has to be."""

    field: str
    types: tuple[str, ...] = ()
    length: int = 0


class Numbered(Protocol):
    """A document, or what is known of one."""

    @property
    def number(self) -> str:
        """Our number of it."""
        ...


class Shape(Protocol):
    """Posting proposals, or manual vouchers."""

    kind: ClassVar[DocumentKind]
    names: DocumentNames

    @property
    def keys(self) -> Sequence[str]:
        """The fields of a head's key."""
        ...

    def check(self, document: Document) -> Hold | None:
        """Why IFS cannot take the document, whatever the lengths of its fields."""
        ...

    def head(self, document: Document, marker: str) -> dict[str, str]:
        """The body of the head. Raises ValueError for an amount that would be rounded."""
        ...

    def line(self, document: Document, number: int, marker: str) -> dict[str, str]:
        """The body of a line. Raises ValueError for an amount that would be rounded."""
        ...

    def search(self, documents: Sequence[Numbered]) -> str:
        """A filter that finds the heads of these documents, whatever company."""
        ...

    def number_of(self, head: Entity) -> str:
        """The document number that a head carries; "" where it carries none."""
        ...

    def marker_of(self, head: Entity, document: Document) -> str:
        """The marker that a head of the document carries; "" where it carries none."""
        ...

    def reference_of(self, head: Entity) -> str:
        """The reference by which we know a document; "" where its key is not whole."""
        ...

    def key_of(self, reference: str) -> Mapping[str, Value]:
        """The key of a head by its reference. Raises ValueError for what is no reference."""
        ...

    def phase_of(self, head: Entity) -> Phase:
        """How far a document has come."""
        ...

    def detail_of(self, head: Entity) -> str:
        """A document's status in IFS's own words."""
        ...

    def voucher_of(self, head: Entity) -> str:
        """The voucher of a document; "" while it has none."""
        ...

    def differences(
        self, head: Entity, rows: Sequence[Entity], document: Document, marker: str
    ) -> tuple[str, ...]:
        """What the head shows differently from ours, a sentence each."""
        ...

    def head_needs(self) -> Sequence[Need]:
        """The fields of heads that have to be there."""
        ...

    def line_needs(self) -> Sequence[Need]:
        """The fields of lines that have to be there."""
        ...


TEXT = ("Edm.String",)
DAY = ("Edm.Date",)
AMOUNT = ("Edm.Decimal", "Edm.Double")
NUMBER = ("Edm.Int64", "Edm.Int32", "Edm.Decimal")


def different(name: str, shown: object, ours: object) -> tuple[str, ...]:
    """A sentence where a field does not show what it should."""
    return () if shown == ours else (f"{name} is {str(shown)!r} and not {str(ours)!r}",)
