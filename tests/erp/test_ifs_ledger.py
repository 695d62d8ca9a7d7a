"""What IFS alone shows of documents: states of proposals, the hold table, pages, hidden companies."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from connector.domain.documents import DocumentKind
from connector.domain.ledger import ErpState, Unreadable
from connector.domain.numbers import document_number
from connector.erp.ifs.multipart import ChangeSet, Request
from connector.erp.ifs.read_only import ReadOnlyOData
from connector.errors import RefusedError
from connector.http.peer import ReadOnlyPeer
from tests.erp.erp_sandbox import FreeBudget
from tests.erp.ledgers import (
    OFFSET,
    SINCE,
    UNTIL,
    LedgerUnderTest,
    expected,
    ifs_proposals,
    ifs_vouchers,
)
from tests.erp.steps import built
from tests.sandbox_process import Sandbox

DAY = date(2025, 1, 31)


@pytest.fixture
def proposals(sandbox: Sandbox) -> LedgerUnderTest:
    return ifs_proposals(sandbox)


@pytest.fixture
def vouchers(sandbox: Sandbox) -> LedgerUnderTest:
    return ifs_vouchers(sandbox)


@pytest.fixture(params=[ifs_proposals, ifs_vouchers], ids=lambda make: make.__name__)
def either(request: pytest.FixtureRequest, sandbox: Sandbox) -> LedgerUnderTest:
    return request.param(sandbox)


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("authorize", ErpState.VALIDATED),
        ("cancel", ErpState.CANCELLED),
        ("delete_lines", ErpState.DRAFT),
        ("post", ErpState.POSTED),
    ],
)
def test_a_proposal_stands_as_people_have_left_it(proposals: LedgerUnderTest, action, state):
    document = proposals.at.document()
    target = built(proposals.at, document)
    (before,) = proposals.documents(document)
    assert (before.state, before.voucher) == (ErpState.VALIDATED, None)
    proposals.sandbox.call("POST", f"/ifs/proposals/{target.reference}", {"action": action})
    (told,) = proposals.documents(document)
    assert told.state is state
    assert (told.voucher is not None) is (state is ErpState.POSTED)


def test_a_voucher_waits_in_the_hold_table_until_the_gl_update(vouchers: LedgerUnderTest):
    document = vouchers.at.document()
    target = built(vouchers.at, document)
    (held,) = vouchers.documents(document)
    vouchers.finish(target.reference)
    (posted,) = vouchers.documents(document)
    assert (held.state, posted.state) == (ErpState.VALIDATED, ErpState.POSTED)
    assert replace(held, state=ErpState.POSTED) == posted


def test_a_voucher_of_our_form_in_the_hold_table_is_among_the_others(vouchers: LedgerUnderTest):
    document = vouchers.at.document()
    built(vouchers.at, document)
    (told,) = (one for one in vouchers.others() if one.kind is DocumentKind.GL_ENTRY)
    assert (told.number, told.state) == (document.number, ErpState.VALIDATED)


def test_the_voucher_of_an_invoice_is_no_entry(vouchers: LedgerUnderTest):
    vouchers.plant("Bank fee", Decimal("10.00"), DAY, OFFSET)
    vouchers.plant("4711", Decimal("10.00"), DAY, OFFSET, kind="I")
    told = [one for one in vouchers.others() if one.kind is DocumentKind.GL_ENTRY]
    assert [one.number for one in told] == ["Bank fee"]


@pytest.mark.parametrize("paging", ["next_link", "none", "default_cut"])
def test_however_ifs_pages_everything_comes_once(either: LedgerUnderTest, paging):
    settings = {"paging": paging, "page_size": 3}
    either.sandbox.call("PATCH", "/settings", {"ifs": settings})
    ours = [document_number(f"paged {paging} {n}") for n in range(10)]
    for number in (*ours, *(f"Their {n}" for n in range(10))):
        either.plant(number, Decimal("10.00"), DAY, either.partner)
    told = [one.number for one in either.others() if one.kind is either.at.kind]
    assert sorted(told) == sorted((*ours, *(f"Their {n}" for n in range(10))))
    known = [replace(expected(either.at.document()), number=number) for number in ours]
    read = either.at.erp.ledger.documents(iter(known), SINCE, UNTIL)
    assert sorted(one.number for one in read) == sorted(ours)


def test_of_rows_that_have_many_fields_those_are_asked_for_that_are_read(either: LedgerUnderTest):
    document = either.posted()
    either.documents(document)
    asked = either.sandbox.call("GET", "/log?peer=ifs&limit=2")["calls"]
    assert any("$select=" in str(one["parameters"]) for one in asked)


def test_where_a_projection_does_not_take_the_choice_of_fields_all_are_read(sandbox: Sandbox):
    vouchers = ifs_vouchers(sandbox)
    document = vouchers.posted()
    changes = {"field_changes": ["GenLedVoucherRow.ReferenceSerie="]}
    sandbox.call("PATCH", "/settings", {"ifs": changes})
    for _ in range(2):
        (told,) = vouchers.documents(document)
        assert (told.number, told.state) == (document.number, ErpState.POSTED)


def test_of_a_company_that_is_hidden_nothing_counts_as_absent(either: LedgerUnderTest):
    document = either.posted()
    either.sandbox.call("PATCH", "/settings", {"ifs": {"allowed_companies": ["20"]}})
    told = either.documents(document)
    told += [one for one in either.others() if one.kind is either.at.kind]
    assert [type(one) for one in told] == [Unreadable] * 2
    assert all("Allowed Companies" in one.why for one in told)


def test_a_connection_without_invoices_cannot_read_any(
    proposals: LedgerUnderTest, sandbox: Sandbox
):
    invoice = proposals.at.document()
    (told,) = ifs_vouchers(sandbox).documents(invoice)
    assert isinstance(told, Unreadable)


def test_the_client_that_reads_sends_no_change(sandbox: Sandbox):
    sandbox.call("POST", "/reset", {})
    peer = ReadOnlyPeer("ifs", sandbox.url, tokens=None, budget=FreeBudget(), allow_http=True)
    odata = ReadOnlyOData(peer, "main", wait_s=1.0, batch_size=50)
    change = ChangeSet((Request("POST", "VoucherSet", {}),))
    with pytest.raises(RefusedError, match="only read"):
        odata.change("ManualVoucherHandling", [change], send_until=float("inf"))
    assert sandbox.call("GET", "/calls").get("ifs", {}).get("http_calls", 0) == 0
