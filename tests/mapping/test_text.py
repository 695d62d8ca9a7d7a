"""Texts fit, stay on one line, and keep whole what people see as one character."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector.domain.receipts import reference_of
from connector.mapping.text import DOCUMENT_TEXT, clean, cut, document_text

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"


def utf16(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("lunch", 5, "lunch"),
        ("lunch with", 6, "lunch"),
        ("a" + FAMILY, 8, "a"),
        ("a" + FAMILY, 9, "a" + FAMILY),
        ("ab\U0001f44d\U0001f3fd", 4, "ab"),
        ("q\u0323x", 1, "q"),  # a letter that alone is too long loses its marks
        ("aq\u0323x", 2, "a"),
        ("\U0001f1f8\U0001f1ea\U0001f1f3\U0001f1f4", 6, "\U0001f1f8\U0001f1ea"),
        ("\U0001f1f8\U0001f1ea\U0001f1f3\U0001f1f4", 4, "\U0001f1f8\U0001f1ea"),
        ("", 5, ""),
    ],
)
def test_b49_a_cut_splits_no_character(text, length, expected):
    assert cut(text, length) == expected


@given(st.text(), st.integers(1, 80))
@example("\U0001f600", 1)
def test_a_cut_always_fits_and_is_a_beginning(text, length):
    short = cut(text, length)
    assert text.startswith(short)
    assert utf16(short) <= length


@given(st.text())
@example("a\x00\r\n\u202eb\ufffe")
def test_b49_cleaning_is_done_once_and_for_all(text):
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == cleaned.strip()
    assert not {unicodedata.category(char) for char in cleaned} & {"Cc", "Cs", "Zl", "Zp"}


@given(
    st.text(),
    st.sampled_from([(), ("2026-06-11",), ("12345678901234567.89 USD", "2026-06-11")]),
    st.lists(st.text("abc_1", min_size=1), min_size=1, max_size=200),
)
@example("Taxi", ("12345678901234567.89 USD", "2026-06-11"), ["a", "b", "c"])
def test_a_documents_text_names_a_receipt_at_least_and_counts_the_others(memo, notes, receipts):
    text = document_text("", memo, "", notes, receipts)
    assert utf16(text) <= DOCUMENT_TEXT
    *said, named = text[text.rindex("(") + 1 : -1].split(", ")
    assert tuple(said) == notes
    *references, more = named.split() if "+" in named else [*named.split(), "+0"]
    assert references == [reference_of(one) for one in receipts[: len(references)]]
    assert len(references) + int(more) == len(receipts)
    assert references


@given(
    st.text(), st.text(), st.text(), st.sampled_from([(), ("42.50 USD",), ("5 JPY", "2026-06-11")])
)
@example("a" * 80, "", "", ("42.50 USD",))
@example("", "", "", ("42.50 USD",))
def test_a_documents_text_fits_and_its_notes_are_never_cut(merchant, memo, user, notes):
    text = document_text(merchant, memo, user, notes)
    assert utf16(text) <= DOCUMENT_TEXT
    assert text.endswith(f"({', '.join(notes)})" if notes else "")
    assert text == text.strip()
