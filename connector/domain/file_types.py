"""What a file is by its first bytes, whatever anybody called it."""

from __future__ import annotations

import re

#: Of what receipts usually are. https://en.wikipedia.org/wiki/List_of_file_signatures
_BEGINNINGS = (
    (re.compile(rb"%PDF-"), ".pdf"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), ".png"),
    (re.compile(rb"\xff\xd8\xff"), ".jpg"),
    (re.compile(rb"GIF8[79]a"), ".gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), ".webp"),
    (re.compile(rb"II\*\0|MM\0\*"), ".tif"),
    (re.compile(rb"....ftyp(heic|heix|mif1)", re.DOTALL), ".heic"),
)


def suffix_of(content: bytes) -> str:
    """The ending of the file's name; `.bin` for what is none of these, so that nothing opens it."""
    return next((suffix for begin, suffix in _BEGINNINGS if begin.match(content)), ".bin")
