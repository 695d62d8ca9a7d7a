"""The main job into IFS Cloud, through real processes: each record is one document, once."""

from collections import Counter
from decimal import Decimal

import pytest

from connector.domain.numbers import document_number
from tests.endtoend.erps import IFS
from tests.endtoend.installation import Installation, expected
from tests.endtoend.test_faults import settled
from tests.waiting import wait_until

ENTRIES = """
[mapping.types]
CARD_EXPENSE_POST = "journal"
CARD_EXPENSE_REFUND = "journal"
[mapping.offset_accounts]
card_liability = "2440"
"""
POLL = "GET /v3/accounting/records"
SUBSCRIPTION = "POST /v1/webhooks"
CREATION = "POST PostingProposalHeadSet"


@pytest.fixture
def running(installation: Installation) -> Installation:
    installation.everything(erp=IFS)
    return installation


def proposals(installation):
    return installation.sandbox.call("GET", "/ifs/documents")["proposals"]


def changes_in_brex(installation):
    return {one for one in installation.sandbox.operations("brex") if not one.startswith("GET ")}


def creations(installation):
    return installation.sandbox.operations("ifs")[f"PostingProposalHandling/{CREATION}"]


@pytest.mark.parametrize("count", [1, 300])
def test_released_records_become_proposals_once_and_are_exported(running, count):
    ids = running.spend(count, refunds=0.1)
    running.release()
    running.wait_for("exported", count)
    running.assert_posted_once(ids)
    assert {one["state"] for one in proposals(running)} == {"Balanced"}


def test_a_backlog_costs_few_calls_per_record(installation):
    installation.connect(erp=IFS)
    ids = installation.spend(200)
    installation.gateway()
    installation.release()
    wait_until(lambda: installation.statuses()["received"] == 200, "all are received")
    installation.worker()
    installation.beat()
    installation.wait_for("exported", 200)
    installation.assert_posted_once(ids)
    assert installation.sandbox.call("GET", "/calls")["ifs"]["http_calls"] < 0.3 * 200


def test_spend_becomes_balanced_vouchers_that_the_gl_update_may_take_on(installation):
    installation.everything(erp=IFS, program="manual_voucher", mapping=ENTRIES)
    ids = installation.spend(12, refunds=0.3)
    installation.release()
    installation.wait_for("exported", 12)
    installation.assert_exported_once(ids)
    ledger = installation.ledger()
    assert set(ledger) == {document_number(record_id) for record_id in ids}
    for record_id in ids:
        record = installation.sandbox.call("GET", f"/brex/records/{record_id}")["record"]
        coded = [(amount, account, centre or None) for amount, account, centre in expected(record)]
        offset = (-sum((amount for amount, *_ in coded), Decimal(0)), "2440", None)
        assert ledger[document_number(record_id)] == [Counter([*coded, offset])]


@pytest.mark.parametrize("fault", ["drop_after", "504_after"])
def test_a_change_set_whose_answer_is_lost_is_looked_up_and_not_resent(running, fault):
    running.sandbox.fault(fault, transaction=CREATION, times=1)
    ids = running.spend(5)
    running.release()
    settled(running, "exported", 5)
    running.assert_posted_once(ids)
    assert running.sandbox.fired() == 1
    assert creations(running) == 5


def test_without_webhooks_the_poll_brings_what_is_ready(installation):
    installation.connect(erp=IFS, brex="webhooks = false", poll_every="1s")
    installation.worker()
    installation.beat()
    ids = installation.spend(10)
    installation.release(send=False)
    installation.wait_for("exported", 10)
    installation.assert_posted_once(ids)
    assert not [one for one in installation.sandbox.operations("brex") if "webhooks" in one]


def test_of_what_is_posted_brex_is_told_the_result_and_nothing_else(running):
    running.spend(5)
    running.release()
    running.wait_for("exported", 5)
    assert changes_in_brex(running) == {SUBSCRIPTION, "POST /v3/accounting/records/export-results"}


def test_what_brex_is_not_told_of_is_final_and_not_brought_back_by_the_poll(installation):
    installation.everything(erp=IFS, mark_exported=False, poll_every="1s")
    ids = installation.spend(5)
    installation.release()
    installation.wait_for("posted", 5)
    polled = installation.sandbox.operations("brex")[POLL]
    wait_until(
        lambda: installation.sandbox.operations("brex")[POLL] >= polled + 10,
        "it is polled twice more",
    )
    assert installation.statuses() == {"posted": 5}
    assert creations(installation) == 5
    for record_id in ids:
        seen = installation.sandbox.call("GET", f"/brex/records/{record_id}")
        assert (seen["review_status"], seen["export_count"]) == ("READY_FOR_EXPORT", 0)
    assert changes_in_brex(installation) == {SUBSCRIPTION}
