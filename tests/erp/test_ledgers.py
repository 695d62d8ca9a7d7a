"""What every ERP's ledger is read by, whatever our store remembers; over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from connector.domain.ledger import ErpState, Expected, NotOffered, Unreadable
from connector.domain.numbers import document_number
from tests.erp.ledgers import (
    CLOSABLE,
    LEDGERS,
    SHOWING_DRAFTS,
    SINCE,
    UNTIL,
    LedgerUnderTest,
    expected,
    ifs_proposals,
    m3_batches,
    same,
)
from tests.erp.steps import built
from tests.sandbox_process import Sandbox

DAY = date(2025, 1, 31)


@pytest.fixture(params=LEDGERS, ids=lambda make: make.__name__)
def ledger(request: pytest.FixtureRequest, sandbox: Sandbox) -> LedgerUnderTest:
    """Each ledger of each ERP."""
    return request.param(sandbox)


def test_of_a_number_that_the_erp_does_not_know_nothing_comes(ledger: LedgerUnderTest):
    assert ledger.documents(ledger.at.document()) == []


def test_what_was_posted_comes_back_as_the_erp_has_it(ledger: LedgerUnderTest):
    ours = [ledger.posted(), ledger.posted()]
    told = ledger.documents(*ours)
    assert [one.state for one in told] == [ErpState.POSTED] * 2
    assert all(same(one, document) for one, document in zip(told, ours, strict=True))
    assert all(one.voucher and one.reference for one in told)


def test_a_credit_comes_with_its_sign(ledger: LedgerUnderTest):
    document = ledger.posted(ledger.at.credit())
    (told,) = ledger.documents(document)
    assert same(told, document)


@pytest.mark.parametrize("ledger", SHOWING_DRAFTS, indirect=True)
def test_a_draft_is_told_from_what_is_posted(ledger: LedgerUnderTest):
    document = ledger.at.document()
    target = built(ledger.at, document)
    (told,) = ledger.documents(document)
    assert (told.state, told.voucher, told.reference) == (
        ErpState.DRAFT,
        None,
        target.reference,
    )
    assert same(told, document)


def test_two_documents_under_one_number_both_come(ledger: LedgerUnderTest):
    document = ledger.posted()
    ledger.plant(document.number, Decimal("99.00"), DAY, ledger.partner)
    told = ledger.documents(document)
    assert {one.number for one in told} == {document.number}
    assert sorted(one.amount for one in told) == sorted(
        [getattr(document, "total", document.size), Decimal("99.00")]
    )
    assert len({one.voucher for one in told}) == 2


def test_an_amount_that_somebody_changed_is_the_erps(ledger: LedgerUnderTest):
    document = ledger.posted()
    ledger.change(document.number, Decimal("12.34"))
    (told,) = ledger.documents(document)
    assert told.amount == Decimal("12.34")


def test_what_somebody_removed_is_not_told_as_posted(ledger: LedgerUnderTest):
    removed, kept = ledger.posted(), ledger.posted()
    ledger.remove(removed.number)
    told = ledger.documents(removed, kept)
    states = {one.number: one.state for one in told}
    assert states[kept.number] is ErpState.POSTED
    assert states.get(removed.number) is not ErpState.POSTED


def test_what_could_not_be_read_is_told_and_is_not_taken_for_absent(ledger: LedgerUnderTest):
    ours = [ledger.posted(), ledger.at.document()]
    ledger.sandbox.fault("500_before", times=50)
    told = ledger.documents(*ours)
    ledger.sandbox.call("DELETE", "/faults")
    assert [(type(one), one.number) for one in told] == [
        (Unreadable, document.number) for document in ours
    ]
    assert all(one.why for one in told)
    assert [one.number for one in ledger.documents(*ours)] == [ours[0].number]


@pytest.mark.parametrize("ledger", [m3_batches, ifs_proposals], indirect=True)
def test_a_reading_has_time_and_waits_where_the_erp_says_not_now(ledger: LedgerUnderTest):
    document = ledger.posted()
    ledger.sandbox.fault("429", times=1, retry_after="0")
    (told,) = ledger.documents(document)
    assert told.state is ErpState.POSTED
    assert ledger.sandbox.fired() == 1


def test_a_document_of_no_company_of_the_erp_cannot_be_read(ledger: LedgerUnderTest):
    document = ledger.posted()
    elsewhere = replace(expected(document), company=(("plant", "1"),))
    known = iter([elsewhere, expected(document)])
    told = list(ledger.at.erp.ledger.documents(known, SINCE, UNTIL))
    assert sorted(type(one).__name__ for one in told) == ["ErpDocument", "Unreadable"]


def test_others_of_the_same_partner_and_unknown_numbers_of_ours_come(ledger: LedgerUnderTest):
    ours, unknown = ledger.posted(), document_number("nobody's")
    ledger.plant("Their own 1", Decimal("10.00"), DAY, ledger.partner)
    ledger.plant("Their own 2", Decimal("20.00"), DAY, ledger.stranger)
    ledger.plant(unknown, Decimal("30.00"), DAY, ledger.stranger)
    ledger.plant("Their own 3", Decimal("40.00"), date(2025, 3, 1), ledger.partner)
    told = [one for one in ledger.others() if one.kind is ledger.at.kind]
    assert sorted((one.number, one.ours) for one in told) == sorted(
        [("Their own 1", False), (unknown, True), (ours.number, True)]
    )
    assert {one.amount for one in told if one.number in {"Their own 1", unknown}} == {
        Decimal("10.00"),
        Decimal("30.00"),
    }
    assert all(one.company == ledger.at.company for one in told)


@pytest.mark.parametrize("ledger", CLOSABLE, indirect=True)
def test_where_the_tenant_lets_nothing_be_listed_that_is_said(ledger: LedgerUnderTest):
    settings, what = ledger.forbids
    ledger.sandbox.call("PATCH", "/settings", settings)
    told = [one for one in ledger.others() if one.kind is ledger.at.kind]
    assert [type(one) for one in told] == [NotOffered]
    assert what in told[0].why


def test_a_ledger_that_cannot_be_reached_is_not_one_without_others(ledger: LedgerUnderTest):
    ledger.plant("Their own", Decimal("10.00"), DAY, ledger.partner)
    ledger.others()  # what it remembers of the set-up, it has
    ledger.sandbox.fault("500_before", times=500)
    told = [one for one in ledger.others() if one.kind is ledger.at.kind]
    assert {type(one) for one in told} == {Unreadable}
    assert min(one.since for one in told) == SINCE
    assert max(one.until for one in told) == UNTIL


def test_reading_writes_nothing_and_costs_a_tenth_of_a_call_for_a_document(
    ledger: LedgerUnderTest,
):
    ledger.posted()
    before = ledger.sandbox.writes()
    asked = [ledger.at.document() for _ in range(300)]
    ledger.documents(*asked)
    calls = calls_of(ledger.sandbox)
    assert ledger.documents(*asked) == []
    assert calls_of(ledger.sandbox) - calls <= 30
    ledger.others()
    assert ledger.sandbox.writes() == before


def test_what_is_expected_is_taken_bit_by_bit(ledger: LedgerUnderTest):
    document, taken = ledger.posted(), count()

    def endless() -> Iterator[Expected]:
        while True:
            next(taken)
            yield expected(document)

    first: Any = next(iter(ledger.at.erp.ledger.documents(endless(), SINCE, UNTIL)))
    assert first.number == document.number
    assert next(taken) <= 1000


def calls_of(sandbox: Sandbox) -> int:
    """How many requests the ERPs have had."""
    calls = sandbox.call("GET", "/calls")
    return sum(calls.get(peer, {}).get("http_calls", 0) for peer in ("infor", "ifs"))
