"""What a document in IFS carries of ours: `<Brex id>.<draft>`, to be found and told by."""

from __future__ import annotations

from connector.domain.documents import Document
from connector.domain.numbers import draft_marker, draft_of

#: The longest Brex ids that have been seen, with the number of a draft.
LENGTH = 40


def written(document: Document, marker: str) -> str:
    """What is written for a marker: people find the Brex record by it."""
    draft = draft_of(marker, document.number)
    return marker if draft is None else f"{document.record_id}.{draft}"


def marker_of(value: str, document: Document) -> str:
    """The marker that a value stands for; "" where it is none of ours."""
    record_id, _, draft = value.strip().rpartition(".")
    is_ours = record_id == document.record_id and draft.isascii() and draft.isdigit()
    return draft_marker(document.number, int(draft)) if is_ours else ""
