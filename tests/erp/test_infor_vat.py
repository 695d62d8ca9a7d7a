"""VAT, due dates, the supplier's own number, and credits, in both invoice programs."""

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from connector.domain.documents import DocumentLine, SupplierInvoice
from connector.domain.drafts import Outcome
from connector.domain.posting import Phase
from connector.domain.reasons import Reason
from tests.erp.erp_sandbox import ErpUnderTest, aps450
from tests.erp.m3 import batches, rebuilt
from tests.erp.steps import built, open_one, read, read_when_settled
from tests.sandbox_process import Sandbox


def with_vat(at: ErpUnderTest) -> SupplierInvoice:
    """100.00 with 25.00 of VAT 1, and 71.75 with 8.61 of VAT 2."""
    document = at.document(due_date=date(2025, 3, 1), their_number="INV/77")
    vat = [
        DocumentLine(3, Decimal("25.00"), (), "VAT 25 %", "1"),
        DocumentLine(4, Decimal("8.61"), (), "VAT 12 %", "2"),
    ]
    return replace(document, lines=(*document.lines, *vat), total=Decimal("205.36"))


def test_an_invoice_with_vat_reads_back_equal(m3_invoices: ErpUnderTest):
    document = with_vat(m3_invoices)
    keys = m3_invoices.erp.line_keys(document)
    assert (keys[3], keys[4]) == ("3 25.00 VTCD=1", "3 8.61 VTCD=2")
    target = built(m3_invoices, document)
    shown = read(m3_invoices, target)
    assert shown.differences == ()
    assert Counter(shown.lines) == Counter(keys.values())
    for change in (
        {"due_date": date(2025, 3, 2)},
        {"lines": (*document.lines[:3], replace(document.lines[3], amount=Decimal("8.60")))},
    ):
        other = replace(target, document=replace(document, **change))
        assert len(read(m3_invoices, other).differences) == 1


def test_a_vat_line_of_another_code_or_amount_is_seen(m3_invoices: ErpUnderTest):
    document = with_vat(m3_invoices)
    target = built(m3_invoices, document)
    for change in ({"vat_code": "3"}, {"amount": Decimal("25.01")}):
        lines = (*document.lines[:2], replace(document.lines[2], **change), document.lines[3])
        other = replace(document, lines=lines)
        shown = read(m3_invoices, replace(target, document=other))
        assert Counter(shown.lines) != Counter(m3_invoices.erp.line_keys(other).values())


def test_an_invoice_with_vat_is_validated(at: ErpUnderTest):
    document = with_vat(at)
    target = built(at, document)
    (there,) = batches(at.sandbox)
    head = {name: there["head"][name] for name in ("CUAM", "VTAM", "DUDT", "SDA1", "SDA2")}
    assert head == {
        "CUAM": "205.36",
        "VTAM": "33.61",
        "DUDT": "20250301",
        "SDA1": "INV/77",
        "SDA2": "Kött & Fisk / Åsa",
    }
    assert there["lines"][2] == {"TRNO": "3", "RDTP": "3", "VTCD": "1", "VTA1": "25.00"}
    at.erp.commit([target])
    assert read_when_settled(at, target).phase is Phase.VALIDATED


def test_a_vat_code_that_m3_does_not_know_is_refused_by_it(m3_invoices: ErpUnderTest):
    document = m3_invoices.document()
    vat = DocumentLine(2, Decimal("71.75"), (), "VAT", "99")
    document = replace(document, lines=(document.lines[0], vat))
    if m3_invoices.rules.has_drafts:
        target = built(m3_invoices, document)
        m3_invoices.erp.commit([target])
        assert read_when_settled(m3_invoices, target).phase is Phase.REFUSED
    else:
        with pytest.raises(AssertionError, match="VAT code 99 does not exist"):
            built(m3_invoices, document)


def test_gross_that_is_not_net_and_vat_is_held_before_anything_is_sent(m3_invoices: ErpUnderTest):
    document = replace(with_vat(m3_invoices), total=Decimal("205.37"))
    hold = m3_invoices.erp.check(document)
    assert hold
    assert (hold.reason, hold.value) == (Reason.UNBALANCED, "205.37")
    assert open_one(m3_invoices, document).outcome is Outcome.REFUSED
    assert m3_invoices.sandbox.writes() == 0


def test_a_credit_names_the_invoice_that_it_credits_and_its_year(at: ErpUnderTest):
    original = at.document(invoice_date=date(2024, 12, 30))
    first = built(at, original)
    at.erp.commit([first])
    read_when_settled(at, first)
    credit = replace(at.credit(), credits=original.number)
    target = built(at, credit)
    there = batches(at.sandbox)[-1]["head"]
    assert (there["DNOI"], there["OYEA"]) == (original.number, "2024")
    at.erp.commit([target])
    shown = read_when_settled(at, target)
    assert (shown.phase, shown.differences) == (Phase.VALIDATED, ())
    other = replace(target, document=replace(credit, credits="BXOTHER"))
    assert len(read(at, other).differences) == 1


def test_a_credit_of_an_invoice_that_m3_has_not_is_left_to_its_validation(at: ErpUnderTest):
    target = built(at, replace(at.credit(), credits="BXELSEWHERE"))
    assert "OYEA" not in batches(at.sandbox)[0]["head"]
    at.erp.commit([target])
    assert read_when_settled(at, target).phase is Phase.REFUSED


def test_the_exchange_rate_type_is_a_setting(sandbox: Sandbox):
    at = aps450(sandbox)
    at.erp = rebuilt(sandbox, exchange_rate_type="3")
    built(at, at.document())
    assert batches(sandbox)[0]["head"]["CRTP"] == "3"
