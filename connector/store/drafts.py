"""Drafts as they stand in PostgreSQL, with their writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg2 import extensions

from connector.domain.drafts import Draft, DraftState, Outcome, Write, WriteStep
from connector.store.queries import query

#: Columns of `load_drafts` that are the draft's.
_ABOUT = 8


class DraftOf(NamedTuple):
    """A draft, and which of its record's documents it is of."""

    document: int
    draft: Draft


def load_drafts(
    cursor: extensions.cursor, records: Sequence[int]
) -> dict[int, tuple[DraftOf, ...]]:
    """All drafts of each record, in the order of their numbers."""
    cursor.execute(query("load_drafts"), {"ids": list(records)})
    writes_of: dict[tuple[Any, ...], list[Write]] = defaultdict(list)
    for row in cursor.fetchall():
        about, (step, line, outcome, *times) = row[:_ABOUT], row[_ABOUT:]
        writes = writes_of[about]
        if step is not None:
            number = about[2]
            writes.append(Write(number, WriteStep(step), line, Outcome(outcome), *times))
    found: dict[int, list[DraftOf]] = defaultdict(list)
    for (record, document, *draft), writes in writes_of.items():
        number, marker, state, fingerprint, opened_at, reference = draft
        known = number, marker, DraftState(state), fingerprint, opened_at, reference
        found[record].append(DraftOf(document, Draft(*known, tuple(writes))))
    return {record: tuple(drafts) for record, drafts in found.items()}
