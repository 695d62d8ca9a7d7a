"""What is posted after what stands: reversals that refer to it, then the new documents."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from connector.domain.documents import GlEntry, document_of
from connector.domain.numbers import MOST_DOCUMENTS, document_number
from connector.domain.reposting import Standing, in_force, is_the_same, succession
from tests.store_fixtures import invoice

TODAY = date(2026, 11, 25)


def entry(nth=2):
    return GlEntry(
        number=document_number("accr_1", nth),
        record_id="accr_1",
        company=(("cono", "100"), ("divi", "AAA")),
        currency="SEK",
        accounting_date=date(2026, 10, 31),
        text="Taxi",
        lines=invoice("accr_1").lines,
    )


def posted(nth, document):
    return Standing(nth, document, f"R{nth}", is_posted=True, is_begun=True)


def after(standing, *made):
    return succession("accr_1", standing, made, lambda _: TODAY)


def test_a_reversal_takes_all_back_that_day_and_names_what_it_reverses():
    for document in (invoice("accr_1"), entry(1)):
        reverse = document.reversal("BX-2", TODAY)
        assert [line.amount for line in reverse.lines] == [Decimal("-10.00"), Decimal("-20.00")]
        assert reverse.undoes == document.number
        assert reverse.accounting_date == TODAY
        assert document_of(reverse.to_json()) == reverse
    assert invoice("accr_1").reversal("BX-2", TODAY).total == Decimal("-30.00")


def test_the_last_is_reversed_first_and_the_new_ones_get_the_numbers_behind():
    follows = after(
        [posted(1, invoice("accr_1")), posted(2, entry())], invoice("accr_1", 3), entry()
    )
    assert [(nth, one.number) for nth, one in follows.documents] == [
        (nth, document_number("accr_1", nth)) for nth in (3, 4, 5, 6)
    ]
    assert [one.undoes for _, one in follows.documents] == [
        *(document_number("accr_1", 2), document_number("accr_1", 1)),
        *("", ""),
    ]
    assert follows.principal == 5


def test_what_was_reversed_already_is_not_reversed_again():
    first, second = invoice("accr_1"), invoice("accr_1", 3, nth=3)
    reversal = first.reversal(document_number("accr_1", 2), TODAY)
    standing = [posted(1, first), posted(2, reversal), posted(3, second)]
    assert [one.nth for one in in_force(standing)] == [3]
    follows = after(standing, invoice("accr_1", 1))
    assert [one.undoes for _, one in follows.documents] == [second.number, ""]
    assert follows.principal == 5


def test_a_reversal_that_was_never_posted_is_made_anew():
    first = invoice("accr_1")
    never = Standing(2, first.reversal("BX-2", TODAY), "", is_posted=False, is_begun=True)
    follows = after([posted(1, first), never], invoice("accr_1", 3))
    assert [(nth, one.undoes) for nth, one in follows.documents] == [(3, first.number), (4, "")]


def test_documents_that_say_the_same_are_recognised_whatever_their_numbers():
    standing = [posted(1, invoice("accr_1")), posted(2, entry())]
    assert is_the_same(standing, [replace(invoice("accr_1"), number="BX-3"), entry(4)])
    assert not is_the_same(standing, [invoice("accr_1")])
    assert not is_the_same(standing, [invoice("accr_1", 3), entry()])


def test_a_record_has_as_many_documents_as_there_are_numbers():
    last = [posted(MOST_DOCUMENTS - 1, invoice("accr_1"))]
    with pytest.raises(ValueError, match="at most 99"):
        after(last, invoice("accr_1", 3))
