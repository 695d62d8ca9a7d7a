"""The ending of a file's name says what its first bytes are."""

import pytest

from connector.domain.file_types import suffix_of


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (b"%PDF-1.7\n", ".pdf"),
        (b"\x89PNG\r\n\x1a\n\0", ".png"),
        (b"\xff\xd8\xff\xe0", ".jpg"),
        (b"GIF89a", ".gif"),
        (b"RIFF\n\0\0\0WEBPVP8 ", ".webp"),
        (b"II*\0", ".tif"),
        (b"MM\0*", ".tif"),
        (b"\0\0\0\x18ftypheic", ".heic"),
        (b"\0\0\n\x18ftypmif1", ".heic"),
        *((other, ".bin") for other in (b"", b"<html>", b" %PDF-1.7", b"MZ", b"#!/bin/sh", b"PK")),
    ],
)
def test_a_file_is_what_it_begins_with(content, suffix):
    assert suffix_of(content) == suffix
