"""What runs of master data keep, as the use cases see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connector.domain.master_data import Entry, Kept, Kind
from connector.domain.sync import Change, SyncOutcome, Target
from connector.ports.fields import FieldValue


class MasterStore(Protocol):
    """The ERP's master data as it was last read whole."""

    def entries(self, kind: Kind, part: str | None = None) -> list[Kept]:
        """All entries of a kind, or of one dimension of it, gone ones included."""
        ...

    def keep(self, kind: Kind, entries: Sequence[Entry], read_at: datetime) -> bool:
        """Keep a whole reading, all or nothing; False if a newer one is kept already."""
        ...


@dataclass(frozen=True, slots=True)
class KnownField:
    """A field as Brex last showed it. `known` is False where a write to it may have been lost."""

    field_id: str
    known: bool
    lost: int
    values: Mapping[str, FieldValue]


class FieldMirror(Protocol):
    """The fields and values that Brex has, so that it need not be asked each time."""

    def find(self, name: str) -> KnownField | None:
        """The field that the mapping has by this name."""
        ...

    def found(self, name: str, field_id: str) -> None:
        """Note which field that is; what it has is not known yet."""
        ...

    def vanished(self, name: str) -> None:
        """Note that the field, with all its values, is not in Brex any more: its id is "" then."""
        ...

    def may_write(self) -> bool:
        """Whether the connection writes at all: it is neither paused nor in shadow."""
        ...

    def listed(self, name: str, values: Sequence[FieldValue]) -> None:
        """Note all values that Brex has: from now on, what it has is known."""
        ...

    def begin_write(self, name: str) -> bool:
        """Note, before a write, that its answer may be lost; False where nothing may be written."""
        ...

    def written(self, name: str, values: Sequence[FieldValue]) -> None:
        """Note the answer to a write."""
        ...


class SyncRuns(Protocol):
    """The runs of one connection, one at a time for each target."""

    def begin(self, target: Target, *, dry_run: bool) -> int | None:
        """The number of a new run; None while another one of the target goes on."""
        ...

    def keep_on(self, run: int) -> None:
        """Say that the run goes on. Raises LeaseLostError where it was given up."""
        ...

    def note(self, run: int, entries: int, changes: Sequence[Change]) -> None:
        """Keep the difference that a run found."""
        ...

    def is_confirmed(self, run: int) -> bool:
        """Whether a person has confirmed everything that a run, as it was noted, changes."""
        ...

    def finish(self, run: int, outcome: SyncOutcome, detail: str) -> None:
        """Note how a run ended."""
        ...

    def waiting_records(self, field: str, ids: Sequence[str]) -> Mapping[str, int]:
        """How many unfinished records have each value id in a field."""
        ...
