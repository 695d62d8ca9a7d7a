"""Texts cut to the length of an ERP's field."""

from __future__ import annotations

import itertools
import unicodedata

#: The joiner inside emoji that are one to the eye.
ZWJ = "\u200d"


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


def _fitting(text: str, length: int) -> int:
    if text.isascii():
        return min(len(text), length)
    units = 0
    for index, char in enumerate(text):
        units += 2 if ord(char) > 0xFFFF else 1  # noqa: PLR2004  the end of the first plane
        if units > length:
            return index
    return len(text)


def _belongs_together(text: str, index: int) -> bool:
    """Whether the characters on both sides of a cut are one to the eye (UAX #29, in essence)."""
    before, after = text[index - 1], text[index]
    if ZWJ in {before, after} or unicodedata.category(after).startswith("M"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff":  # the skin tone of the emoji before
        return True
    if not (_is_flag_half(before) and _is_flag_half(after)):
        return False
    halves = itertools.takewhile(_is_flag_half, reversed(text[:index]))
    return sum(1 for _ in halves) % 2 == 1


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"
