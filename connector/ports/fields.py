"""Brex's custom fields and their values, as the use cases see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

#: Values in one request: what Brex allows.
MOST_VALUES = 1_000


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field that people code with; `remote_id` is "" where it has none."""

    id: str
    remote_id: str
    name: str


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A value of a field; `remote_id` is the ERP's own, and "" where it has none."""

    id: str
    remote_id: str
    text: str
    disabled: bool


@dataclass(frozen=True, slots=True)
class NewValue:
    """A value to add, or, of a value that is there, how it is to be."""

    remote_id: str
    text: str
    disabled: bool


class FieldRegistry(Protocol):
    """The fields of one Brex account; all calls take the background's budget.

    Raises RetryLaterError, RefusedError or OutcomeUnknownError. What writes is sent once. What adds
    has the same Idempotency-Key for the same content, whoever sends it; `lost` counts how often
    what was added is known to have vanished: with the old key Brex would not add it again.
    """

    def integration(self, vendor: str, account: str) -> str:
        """The id of the accounting integration, made if there is none; none is ever cut off."""
        ...

    def fields(self) -> list[CustomField]:
        """All fields."""
        ...

    def create_field(
        self, remote_id: str, name: str, integration: str, *, lost: int
    ) -> CustomField:
        """Add a field to the group ERP."""
        ...

    def values(self, field_id: str) -> Iterator[Sequence[FieldValue]]:
        """All values of a field, page by page."""
        ...

    def create_values(
        self, field_id: str, values: Sequence[NewValue], *, lost: int
    ) -> list[FieldValue]:
        """Add values, at most `MOST_VALUES`."""
        ...

    def update_values(self, field_id: str, values: Sequence[NewValue]) -> list[FieldValue]:
        """Rename, disable and enable values, by their remote ids, at most `MOST_VALUES`."""
        ...
