"""What M3 alone shows of documents: batches, the AP ledger beside them, and days of vouchers."""

from datetime import date
from decimal import Decimal
from operator import eq, ge, le

import pytest

from connector.domain.drafts import Outcome
from connector.domain.ledger import ErpDocument, ErpState, Unreadable
from connector.domain.numbers import document_number
from connector.erp.infor.ap_ledger import invoices_of
from connector.erp.infor.ledger import parts, whole_of
from connector.erp.infor.read_only import READS, ReadOnlyM3
from connector.erp.infor.results import Transaction
from connector.errors import RefusedError
from connector.http.peer import ReadOnlyPeer
from connector.ports import Answer
from sandbox.infor.contract import program
from tests.erp.erp_sandbox import FreeBudget
from tests.erp.ledgers import (
    OFFSET,
    LedgerUnderTest,
    m3_batches,
    m3_entries,
    m3_entries_listed,
)
from tests.erp.m3 import AAA, api
from tests.erp.steps import built, opened
from tests.sandbox_process import Sandbox
from tests.waiting import wait_until

DAY = date(2025, 1, 31)


@pytest.fixture
def invoices(sandbox: Sandbox) -> LedgerUnderTest:
    """Batches, and the AP ledger that they get into."""
    return m3_batches(sandbox)


def test_a_batch_stands_as_its_status_says(invoices: LedgerUnderTest):
    for supa, state in ((15, ErpState.REFUSED), (20, ErpState.VALIDATED), (79, ErpState.REFUSED)):
        forced = [{"suno": "730500", "supa": supa}]
        invoices.sandbox.call("PATCH", "/settings", {"infor": {"forced_outcomes": forced}})
        (told,) = invoices.documents(invoices.posted())
        assert (told.state, told.amount) == (state, Decimal("171.75"))


def test_a_status_that_nobody_knows_is_nothing_to_build_on(invoices: LedgerUnderTest):
    document = invoices.at.document()
    forced = [{"sino": document.number, "supa": 88}]
    invoices.sandbox.call("PATCH", "/settings", {"infor": {"forced_outcomes": forced}})
    target = built(invoices.at, document)
    invoices.at.erp.commit([target])

    def unreadable() -> Unreadable | None:
        (told,) = invoices.documents(document)
        return told if isinstance(told, Unreadable) else None

    assert "SUPA 88" in wait_until(unreadable, "the validation").why


def test_a_spare_draft_comes_beside_what_was_posted(invoices: LedgerUnderTest):
    document = invoices.at.document()
    spare = opened(invoices.at, document, 1)
    invoices.posted(document)
    told = {one.state: one for one in invoices.documents(document)}
    assert set(told) == {ErpState.DRAFT, ErpState.POSTED}
    assert told[ErpState.DRAFT].reference == spare.reference


def test_a_batch_that_says_posted_and_is_not_in_the_ledger_was_removed(invoices: LedgerUnderTest):
    document = invoices.posted()
    invoices.remove(document.number)
    (told,) = invoices.documents(document)
    assert told.state is ErpState.REMOVED
    assert told.voucher.startswith("AP1 ")


def test_a_payment_is_no_second_invoice(invoices: LedgerUnderTest):
    document = invoices.posted()
    invoices.sandbox.call("PATCH", f"/infor/ledger/invoices/{document.number}", {"paid": True})
    (told,) = invoices.documents(document)
    assert (told.state, told.amount) == (ErpState.POSTED, document.total)


def test_a_duplicate_of_another_invoice_year_is_found_by_its_batch(invoices: LedgerUnderTest):
    document = invoices.posted()
    head = {"SUNO": "730500", "SINO": document.number, "CUAM": "171.75", "CUCD": "SEK"}
    later = {"IVDT": "20300102", "ACDT": "20300102", "batch": True}
    invoices.sandbox.call("POST", "/infor/ledger/invoices", [head | later])
    told = invoices.documents(document)
    assert [one.state for one in told] == [ErpState.POSTED] * 2
    assert [one.invoice_date.year for one in told] == [2025, 2030]


def test_an_invoice_of_a_year_that_no_date_names_is_not_taken_for_removed(
    invoices: LedgerUnderTest,
):
    document = invoices.posted()
    invoices.sandbox.call("PATCH", f"/infor/ledger/invoices/{document.number}", {"year": "2024"})
    (told,) = invoices.documents(document)
    assert told.state is ErpState.POSTED


def test_an_invoice_that_is_due_in_parts_is_one():
    row = {"SUNO": "1", "SINO": "N", "INYR": "2025", "VSER": "AP1", "VONO": "0007", "CUCD": "SEK"}
    row |= {"TRCD": "40", "IVDT": "20250130", "ACDT": "20250131"}
    (invoice,) = invoices_of((row | {"CUAM": "100.00"}, row | {"CUAM": "71.75"}))
    assert (invoice.amount, invoice.voucher) == (Decimal("171.75"), "AP1 7")


def test_one_document_that_m3_refuses_to_show_leaves_the_others_readable(invoices: LedgerUnderTest):
    ours = [invoices.posted() for _ in range(3)]
    invoices.sandbox.fault(
        "refuse", program="APS200MI", transaction="LstInvoiceTrans", times=1, skip=1
    )
    told = invoices.documents(*ours)
    assert [type(one) for one in told] == [ErpDocument, Unreadable, ErpDocument]
    assert told[1].number == ours[1].number


def test_what_the_ap_ledger_posts_is_no_entry_of_the_general_ledger(sandbox: Sandbox):
    entries = m3_entries(sandbox)
    entries.plant("Bank fee", Decimal("10.00"), DAY, OFFSET)
    entries.plant("Invoice 4711", Decimal("10.00"), DAY, OFFSET, origin="AP50")
    told = [one for one in entries.others() if one.kind is entries.at.kind]
    assert [one.number for one in told] == ["Bank fee"]


@pytest.mark.parametrize("ledger", [m3_entries, m3_entries_listed])
def test_a_day_of_which_m3_may_have_left_out_rows_is_told(sandbox: Sandbox, ledger):
    entries = ledger(sandbox)
    entries.plant("Next day", Decimal("1.00"), date(2025, 2, 1), OFFSET)
    for n in range(100 if ledger is m3_entries else 50):
        entries.plant(f"Fee {n}", Decimal("1.00"), DAY, OFFSET)
    told = [one for one in entries.others() if one.kind is entries.at.kind]
    (unread,) = (one for one in told if isinstance(one, Unreadable))
    assert (unread.since, unread.until, unread.code) == (DAY, DAY, "cut_off")
    assert [one.number for one in told if one is not unread] == ["Next day"]


@pytest.mark.parametrize("ledger", [m3_batches, m3_entries])
def test_a_day_with_more_of_ours_than_m3_lists_at_once_is_asked_for_in_parts(
    sandbox: Sandbox, ledger
):
    at = ledger(sandbox)
    sandbox.call("PATCH", "/settings", {"infor": {"max_list": 100}})
    numbers = [document_number(f"busy day {n}") for n in range(120)]
    theirs = ["Theirs", "BX", "BX 2026", "BX-1", "BX1", "BX8", "BXA", "BXa", "BXÖ", "BY", "bx"]
    for number in (*numbers, *theirs):
        at.plant(number, Decimal("1.00"), DAY, at.partner)
    told = [one for one in at.others() if one.kind is at.at.kind]
    assert sorted(one.number for one in told) == sorted([*numbers, *theirs])
    assert {one.amount for one in told} == {Decimal("1.00")}


@pytest.mark.parametrize(
    "order", [str.encode, lambda text: text.encode("cp037"), str.casefold], ids=["A", "E", "fold"]
)
def test_the_parts_of_a_day_lose_no_row_in_whatever_order_m3_has_characters(order):
    texts = ["", "BW", "BX", *("BX" + chr(n) for n in range(33, 256) if n != 0xAD), "BY", "C"]
    rows = [{"VTXT": text, "AIT1": "2441", "nth": str(nth)} for nth in (1, 2) for text in texts]
    holds = {"=": eq, ">=": ge, "<=": le}
    answers = [
        Answer(
            Outcome.DONE,
            tuple(
                row
                for row in rows
                if all(holds[op](order(row[name]), order(value)) for name, op, value in tests)
            ),
        )
        for tests in parts("VTXT", "AIT1", ["2441"])
    ]
    told = whole_of("VTXT", answers, Answer(Outcome.REFUSED)).value
    assert sorted(map(str, told)) == sorted(map(str, rows))


def test_the_client_that_reads_sends_nothing_else(sandbox: Sandbox):
    api(sandbox)
    peer = ReadOnlyPeer("infor", sandbox.url, tokens=None, budget=FreeBudget(), allow_http=True)
    client = ReadOnlyM3(peer, "/nowhere")
    for name, write in (("AddHead", True), ("AddHead", False), ("GetHead", True)):
        with pytest.raises(RefusedError, match="only read"):
            client.execute_bulk("APS450MI", [Transaction(name, {})], company=AAA, write=write)
    with pytest.raises(RefusedError, match="only reads"):
        peer.write("POST", "/nowhere")
    assert sandbox.call("GET", "/calls").get("infor", {}).get("http_calls", 0) == 0


def test_no_transaction_that_it_may_ask_for_changes_anything_in_m3():
    for name, transactions in READS.items():
        known = program(name)
        assert known
        assert transactions <= set(known)
        assert all(one.startswith(("Get", "Lst", "Select")) for one in transactions)
