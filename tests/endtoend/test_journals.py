"""Card spend as entries of the general ledger: one voucher, once, whatever gets lost on the way."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from connector.domain.documents import DocumentKind
from connector.domain.ledger import ErpState
from connector.domain.numbers import document_number
from tests.endtoend.installation import NAME, Installation, expected
from tests.endtoend.test_faults import settled
from tests.waiting import wait_until

MAPPING = """
[mapping.types]
CARD_EXPENSE_POST = "journal"
CARD_EXPENSE_REFUND = "journal"
[mapping.offset_accounts]
card_liability = "2440"
"""


def connection(reads: str = "EXPORTMI") -> dict[str, str]:
    infor = f'journal_interface = "BREX"\njournal_reads = "{reads}"'
    return {"section": infor, "mapping": MAPPING}


def assert_posted_once(installation: Installation, ids: list[str]) -> None:
    """Each record is one voucher, its coding against the liability, and EXPORTED in Brex."""
    installation.assert_exported_once(ids)
    vouchers = installation.sandbox.call("GET", "/infor/journals")["vouchers"]
    lines_of = {voucher["lines"][0]["VTXT"].split(".")[0]: voucher["lines"] for voucher in vouchers}
    assert len(vouchers) == len(ids)
    assert set(lines_of) == {document_number(record_id) for record_id in ids}
    for record_id in ids:
        record = installation.sandbox.call("GET", f"/brex/records/{record_id}")["record"]
        coded = expected(record)
        offset = (-sum(amount for amount, *_ in coded), "2440", "")
        assert Counter(
            (Decimal(line["CUAM"]), line["AIT1"], line.get("AIT2", ""))
            for line in lines_of[document_number(record_id)]
        ) == Counter([*coded, offset])


def assert_in_the_ledger(installation: Installation, ids: list[str]) -> None:
    """The connection's own reading of the ledger has each record's entry, and no other of ours."""
    vouchers = installation.sandbox.call("GET", "/infor/journals")["vouchers"]
    days = [date.fromisoformat(one["ACDT"]) for voucher in vouchers for one in voucher["lines"]]
    ledger = installation.application.wired(NAME).ledger
    told = ledger.others(min(days), max(days), suppliers=())
    entries = [one for one in told if one.kind is DocumentKind.GL_ENTRY]
    assert sorted(one.number for one in entries) == sorted(map(document_number, ids))
    assert {one.state for one in entries} == {ErpState.POSTED}


@pytest.mark.parametrize("reads", ["EXPORTMI", "GLS200MI"])
def test_spend_becomes_vouchers_once_while_answers_are_lost(installation, reads):
    installation.sandbox.call(
        "PATCH", "/settings", {"infor": {"allows_exportmi": reads == "EXPORTMI"}}
    )
    installation.everything(bulk_size=4, **connection(reads))
    for transaction in ("AddBatchHead", "AddBatchLineFld", "CtrlBatch", "UpdBatch"):
        installation.sandbox.fault("drop_after", transaction=transaction, times=1, skip=1)
    ids = installation.spend(12, refunds=0.3)
    installation.release()
    settled(installation, "exported", 12)
    assert_posted_once(installation, ids)
    assert installation.sandbox.fired() == 4
    assert installation.sandbox.operations()["GLS840MI/UpdBatch"] == 12
    assert_in_the_ledger(installation, ids)


def test_a_worker_killed_after_an_update_is_followed_by_one_that_sends_none(installation):
    installation.connect(**connection())
    installation.gateway()
    installation.worker("first", "tests.endtoend.killed_worker:app", KILLED_AFTER="commit")
    ids = installation.spend(3)
    installation.release(max_ids=3)
    wait_until(lambda: installation.died("first"), "the worker is killed")
    installation.worker("second")
    installation.beat()
    settled(installation, "exported", 3)
    assert_posted_once(installation, ids)
    assert installation.sandbox.operations()["GLS840MI/AddBatchHead"] == 3
    assert installation.sandbox.operations()["GLS840MI/UpdBatch"] == 3


def test_a_closed_period_is_named_and_an_update_that_never_arrived_is_left_to_a_person(
    installation,
):
    installation.everything(**connection())
    installation.sandbox.call("PATCH", "/settings", {"infor": {"closed_until": "20991231"}})
    ids = installation.spend(1)
    installation.release()
    settled(installation, "held", 1)
    assert installation.sql("SELECT reason FROM record") == [("period_closed",)]
    installation.sandbox.call("PATCH", "/settings", {"infor": {"closed_until": ""}})
    installation.sandbox.fault("drop_before", transaction="UpdBatch", times=1)
    installation.retry_all()
    wait_until(lambda: installation.sandbox.fired() == 1, "the update is lost")
    settled(installation, "held", 1)
    assert installation.sql("SELECT reason FROM record") == [("outcome_unknown",)]
    installation.retry_all()
    settled(installation, "held", 1)
    ((key,),) = installation.sql("SELECT erp_reference FROM erp_draft")
    installation.sandbox.call("POST", f"/infor/journals/{key}", {"action": "update"})
    installation.retry_all()
    settled(installation, "exported", 1)
    assert_posted_once(installation, ids)
    # the journal of the sandbox counts calls that reached it: none was sent again
    assert installation.sandbox.operations()["GLS840MI/UpdBatch"] == 1


def test_what_m3_refuses_for_its_day_goes_into_the_next_period_where_that_is_the_policy(
    installation,
):
    rules = 'closed_period = "next_open_period"'
    installation.everything(**connection(), rules=rules)
    ids = installation.spend(4, month="2026-05")
    installation.sandbox.call("PATCH", "/settings", {"infor": {"closed_until": "20260630"}})
    installation.release()
    settled(installation, "exported", 4)
    assert_posted_once(installation, ids)
    journals = installation.sandbox.call("GET", "/infor/journals")
    days = {line["ACDT"] for voucher in journals["vouchers"] for line in voucher["lines"]}
    assert days == {"20260701"}
    texts = [line["VTXT"] for voucher in journals["vouchers"] for line in voucher["lines"]]
    assert all(" 2026-05-" in text for text in texts)
    # what was refused is left to a person, and was never updated
    left = installation.sql("SELECT count(*) FROM erp_draft WHERE state = 'spare'")
    assert left == [(len(journals["journals"]) - 4,)]
    assert installation.sandbox.operations()["GLS840MI/UpdBatch"] == 4
    # a person opens the period again and updates one of those after all: that is told
    number, key = installation.sql(
        "SELECT r.record_id, d.erp_reference FROM erp_draft d JOIN record r ON r.id = d.record"
        " WHERE d.state = 'spare' LIMIT 1"
    )[0]
    installation.sandbox.call("PATCH", "/settings", {"infor": {"closed_until": ""}})
    installation.sandbox.call("POST", f"/infor/journals/{key}", {"action": "update"})
    installation.sql("UPDATE erp_draft SET tidy_at = now()")
    installation.sql("UPDATE schedule SET due_at = now() WHERE job = 'spares'")
    settled(installation, "held", 1)
    held = installation.sql("SELECT record_id, reason FROM record WHERE status = 'held'")
    assert held == [(number, "spare_draft_posted")]


def test_an_invoice_and_the_entry_that_settles_it_are_posted_once_each(installation):
    mapping = MAPPING.replace('"journal"', '"invoice_and_journal"') + 'ap_clearing = "7999"\n'
    installation.everything(**connection() | {"mapping": mapping})
    for transaction in ("AddHead", "AddLine", "AddBatchHead", "UpdBatch"):
        installation.sandbox.fault("drop_after", transaction=transaction, times=1)
    ids = installation.spend(3)
    installation.release()
    settled(installation, "exported", 3)
    installation.assert_posted_once(ids, documents=2)
    vouchers = installation.sandbox.call("GET", "/infor/journals")["vouchers"]
    moved = {voucher["lines"][0]["VTXT"].split(".")[0]: voucher["lines"] for voucher in vouchers}
    assert len(vouchers) == 3
    assert set(moved) == {document_number(record_id, 2) for record_id in ids}
    for record_id in ids:
        record = installation.sandbox.call("GET", f"/brex/records/{record_id}")["record"]
        total = sum(amount for amount, *_ in expected(record))
        debit, credit = moved[document_number(record_id, 2)]
        assert (debit["AIT1"], Decimal(debit["CUAM"])) == ("7999", total)
        assert (credit["AIT1"], Decimal(credit["CUAM"])) == ("2440", -total)
