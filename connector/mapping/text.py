"""Free text made fit for an ERP: what people typed, on one line, in a documented length."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from connector.domain.receipts import reference_of
from connector.domain.texts import ZWJ, cut

__all__ = ["DOCUMENT_TEXT", "LINE_TEXT", "clean", "cut", "document_text", "receipts_note"]

#: The text of a document (M3: SDA1, A60).
DOCUMENT_TEXT = 60
#: The text of a line (M3: VTXT, A40).
LINE_TEXT = 40
#: What receipts may take of a document's: two of them and how many more there are.
_RECEIPTS = 21

#: Joiners between letters and emoji stay; other invisible format characters go.
_KEPT_FORMATS = {"\u200c", ZWJ}
_DROPPED = {"Cc", "Cf", "Cs"}
_NONCHARACTER = re.compile(
    "[\ufdd0-\ufdef"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
    )
    + "]"
)


def clean(text: str) -> str:
    """The text in NFC, on one line, single-spaced, without control and direction characters."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    spaced = " ".join(_NONCHARACTER.sub("", text).split())
    kept = "".join(char for char in spaced if char in _KEPT_FORMATS or _is_shown(char))
    return " ".join(unicodedata.normalize("NFC", kept).split())


def document_text(
    merchant: str, memo: str, user: str, notes: Sequence[str] = (), receipts: Sequence[str] = ()
) -> str:
    """The text of a document: `<merchant> <memo> / <user> (<notes>)`, as far as they are known.

    What is too long is cut before the notes, which stay whole; the last of them names receipts.
    """
    if receipts:
        room = DOCUMENT_TEXT - len(f"({', '.join([*notes, ''])})")
        notes = [*notes, receipts_note(receipts, min(room, _RECEIPTS))]
    what = " ".join(part for part in (clean(merchant), clean(memo)) if part)
    about = " / ".join(part for part in (what, clean(user)) if part)
    noted = f"({', '.join(notes)})" if notes else ""
    if not noted:
        return cut(about, DOCUMENT_TEXT)
    left = max(0, DOCUMENT_TEXT - len(noted) - 1)
    return f"{cut(about, left)} {noted}".strip()


def receipts_note(receipts: Sequence[str], room: int) -> str:
    """The references of receipts, as many as fit, then how many more there are: `R3F9A1C2 +2`."""
    for named in range(len(receipts), 0, -1):
        more = len(receipts) - named
        note = " ".join([*map(reference_of, receipts[:named]), *([f"+{more}"] if more else [])])
        if len(note) <= room:
            return note
    return f"+{len(receipts)}"


def _is_shown(char: str) -> bool:
    return unicodedata.category(char) not in _DROPPED
