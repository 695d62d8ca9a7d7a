"""The document number of a record, and the marker of one of its drafts."""

from __future__ import annotations

import base64
import hashlib
import re

#: Documents that a record can have, whatever becomes of it; the schema has the same limit.
MOST_DOCUMENTS = 99
#: What all numbers begin with, and what comes after all that begins so; and the beginnings with one
#: character more, over which numbers are spread evenly.
BEGINNING, AFTER = "BX", "BY"
BEGINNINGS = tuple(BEGINNING + one for one in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_FORM = re.compile(rf"{BEGINNING}[A-Z2-7]{{20}}", re.ASCII)


def document_number(record_id: str, nth: int = 1) -> str:
    """The number under which the ERP knows the nth document of a Brex record, always the same.

    `BX` and 20 base32 characters (100 bits of SHA-256): it fits M3's SINO (A24) uncut, and depends
    on nothing but the id and the place. Brex's ids have no slash.
    """
    name = record_id if nth == 1 else f"{record_id}/{nth}"
    digest = hashlib.sha256(name.encode()).digest()
    return BEGINNING + base64.b32encode(digest)[:20].decode("ascii")


def is_document_number(text: str) -> bool:
    """Whether a text has the form of our numbers, whoever made it."""
    return _FORM.fullmatch(text) is not None


def draft_marker(number: str, draft: int) -> str:
    """What the ERP carries on one draft of a document (M3's CORI, A36): `<number>.<draft>`."""
    return f"{number}.{draft}"


def draft_of(marker: str, number: str) -> int | None:
    """Which draft of the document a marker names; None where it is not a marker of ours."""
    prefix, _, draft = marker.strip().rpartition(".")
    if prefix != number or not (draft.isascii() and draft.isdigit()):
        return None
    return int(draft)
