"""Numbers of documents: never cut, never shared, whatever the Brex id is."""

import re

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.numbers import document_number, is_document_number

#: SINO of M3.
LONGEST = 24


@given(st.sets(st.text("abcXYZ0189_-", min_size=1, max_size=128), min_size=2, max_size=50))
def test_b30_a_number_fits_and_is_of_one_record_alone(ids: set[str]) -> None:
    numbers = {document_number(one) for one in ids}
    assert len(numbers) == len(ids)
    assert all(re.fullmatch(r"[A-Z0-9]+", number) and len(number) <= LONGEST for number in numbers)
    assert numbers == {document_number(one) for one in ids}


def test_b30_ids_that_differ_in_their_end_or_their_case_have_numbers_of_their_own() -> None:
    ids = [f"accr_{'0' * 100}{n}" for n in range(5_000)] + ["accr_a", "accr_A"]
    assert len({document_number(one) for one in ids}) == len(ids)


@given(st.text("abcXYZ0189_-", min_size=1, max_size=128), st.integers(2, 9))
def test_the_first_document_has_the_number_of_the_record_and_each_further_one_its_own(
    record_id: str, nth: int
) -> None:
    assert document_number(record_id, 1) == document_number(record_id)
    numbers = {document_number(record_id, n) for n in range(1, nth + 1)}
    assert len(numbers) == nth
    assert all(len(number) <= LONGEST for number in numbers)


def test_the_number_of_a_record_is_for_ever() -> None:
    assert document_number("accr_abc123") == "BXGQMIYWFVVX7Q42TCYLED"
    assert document_number("accr_abc123", 2) == "BXGZKDNEVOJILBV3IP4ACI"


def test_a_text_has_the_form_of_our_numbers_or_it_has_not() -> None:
    assert is_document_number(document_number("accr_abc123", 7))
    others = (
        "",
        "BX1",
        "BXGQMIYWFVVX7Q42TCYLED.1",
        "bxgqmiywfvvx7q42tcyled",
        "AXGQMIYWFVVX7Q42TCYLED",
    )
    assert [is_document_number(one) for one in others] == [False] * len(others)
