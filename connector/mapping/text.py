"""Free text made fit for an ERP: what people typed, on one line, in a documented length."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence

#: The text of a document (M3: SDA1, A60).
DOCUMENT_TEXT = 60
#: The text of a line (M3: VTXT, A40).
LINE_TEXT = 40

_ZWJ = "\u200d"
#: Joiners between letters and emoji stay; other invisible format characters go.
_KEPT_FORMATS = {"\u200c", _ZWJ}
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
    spaced = " ".join(_NONCHARACTER.sub("", text).split())
    kept = "".join(char for char in spaced if char in _KEPT_FORMATS or _is_shown(char))
    return " ".join(unicodedata.normalize("NFC", kept).split())


def cut(text: str, length: int) -> str:
    """The longest beginning that fits and splits no character as people see it.

    Length counts UTF-16 code units, as M3 and IFS (Java) do: an emoji is two. A letter under so
    many marks that it alone is too long loses marks.
    """
    end = _fitting(text, length)
    if end == len(text):
        return text
    whole = end
    while whole and _belongs_together(text, whole):
        whole -= 1
    return text[: whole or end].rstrip()


def document_text(merchant: str, memo: str, user: str, notes: Sequence[str] = ()) -> str:
    """The text of a document: `<merchant> <memo> / <user> (<notes>)`, as far as they are known.

    What is too long is cut before the notes, which stay whole.
    """
    what = " ".join(part for part in (clean(merchant), clean(memo)) if part)
    about = " / ".join(part for part in (what, clean(user)) if part)
    noted = f"({', '.join(notes)})" if notes else ""
    if not noted:
        return cut(about, DOCUMENT_TEXT)
    return f"{cut(about, DOCUMENT_TEXT - len(noted) - 1)} {noted}".strip()


def _is_shown(char: str) -> bool:
    return unicodedata.category(char) not in _DROPPED


def _fitting(text: str, length: int) -> int:
    units = 0
    for index, char in enumerate(text):
        units += 2 if ord(char) > 0xFFFF else 1  # noqa: PLR2004  the end of the first plane
        if units > length:
            return index
    return len(text)


def _belongs_together(text: str, index: int) -> bool:
    """Whether the characters on both sides of a cut are one to the eye (UAX #29, in essence)."""
    before, after = text[index - 1], text[index]
    if _ZWJ in {before, after} or unicodedata.category(after).startswith("M"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff":  # the skin tone of the emoji before
        return True
    if not (_is_flag_half(before) and _is_flag_half(after)):
        return False
    halves = itertools.takewhile(_is_flag_half, reversed(text[:index]))
    return sum(1 for _ in halves) % 2 == 1


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"
