"""What is written to M3, and what is not since it does not fit."""

from decimal import Decimal
from typing import Any

import pytest

from connector.domain.documents import DocumentLine
from connector.domain.drafts import Outcome
from connector.domain.posting import Phase
from connector.domain.reasons import Reason
from connector.ports import NewLine
from tests.erp.erp_sandbox import (
    ErpUnderTest,
    aps100,
    aps450,
)
from tests.erp.m3 import batches
from tests.erp.steps import opened
from tests.sandbox_process import Sandbox


def test_the_head_says_what_m3_needs(at: ErpUnderTest):
    document = at.document()
    opened(at, document)
    (there,) = batches(at.sandbox)
    assert there["head"] == {
        "SUNO": "730500",
        "SPYN": "732002",
        "SINO": document.number,
        "DIVI": "AAA",
        "IVDT": "20250130",
        "ACDT": "20250131",
        "CUCD": "SEK",
        "CUAM": "171.75",
        "CORI": f"{document.number}.1",
        "IBTP": "20",
        "IMCD": "0",
        "CRTP": "1",
        "TXIN": "0",
        "SDA1": "Kött & Fisk / Åsa",
        "PPYR": document.record_id,
        "TEPY": "30",
    }


@pytest.mark.parametrize(("release", "prefix"), [("ait", "AIT"), ("ao", "AO0")])
def test_the_lines_name_the_dimensions_as_the_release_does(
    sandbox: Sandbox, release: str, prefix: str
):
    at = aps450(sandbox, line_dimensions=release)
    document = at.document()
    target = opened(at, document)
    at.erp.add_lines([NewLine(document, target.reference, 1)])
    (there,) = batches(sandbox)
    (line,) = there["lines"]
    text = {"VTXT": "Lunch"} if release == "ait" else {}
    assert line == {
        "TRNO": "1",
        "RDTP": "8",
        "NLAM": "100.00",
        f"{prefix}1": "7500",
        f"{prefix}2": "CC10",
        **text,
    }


def test_a_release_without_dimensions_takes_no_line_of_ours(sandbox: Sandbox):
    at = aps450(sandbox, line_dimensions="none", unknown_fields="ignore")
    document = at.document()
    assert at.erp.check(document) is None  # nobody has asked M3 yet
    target = opened(at, document)
    (answer,) = at.erp.add_lines([NewLine(document, target.reference, 1)])
    assert answer.outcome is Outcome.REFUSED
    assert batches(sandbox)[0]["lines"] == []
    hold = at.erp.check(document)
    assert hold
    assert "AIT1, AIT2" in hold.message


def test_a_given_up_draft_gets_a_number_of_its_own(at: ErpUnderTest):
    target = opened(at, at.document())
    at.erp.discard([target])
    (there,) = batches(at.sandbox)
    assert there["sino"] == f"VOID-{target.reference}-1"
    assert there["cori"] == target.marker


def test_the_ledger_gives_a_voucher(sandbox: Sandbox):
    at = aps450(sandbox, final_supa=90, validation_s=0.0, update_s=0.0)
    document = at.document()
    target = opened(at, document)
    at.erp.add_lines([NewLine(document, target.reference, line.number) for line in document.lines])
    at.erp.commit([target])
    (answer,) = at.erp.read([target])
    assert answer.value
    assert answer.value.phase is Phase.LEDGER
    (posted,) = sandbox.call("GET", "/infor/invoices")["ledger"]
    assert answer.value.voucher == f"AP1 {posted['vono']}/2025"


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"number": "BX" + "A" * 23}, Reason.TOO_LONG, "SINO"),
        ({"text": "x" * 181}, Reason.TOO_LONG, "SDA3"),
        ({"total": Decimal("12345678901234.00")}, Reason.TOO_LONG, "CUAM"),
        ({"total": Decimal("1.005")}, Reason.UNBALANCED, "amount"),
        ({"lines": (DocumentLine(1, Decimal(1), (), "x" * 41),)}, Reason.TOO_LONG, "VTXT"),
        ({"lines": (DocumentLine(1, Decimal(1), (), "🍽" * 21),)}, Reason.TOO_LONG, "VTXT"),
        (
            {"lines": (DocumentLine(1, Decimal(1), (("CodeB", "1"),), ""),)},
            Reason.ERP_REFUSED,
            "CodeB",
        ),
    ],
)
def test_what_does_not_fit_is_named_by_field(
    at: ErpUnderTest, change: Any, reason: Reason, field: str
):
    hold = at.erp.check(at.document(**change))
    assert hold
    assert (hold.reason, hold.field) == (reason, field)


def test_the_second_profile_refuses_what_does_not_fit_as_well(sandbox: Sandbox):
    at = aps100(sandbox)
    assert at.erp.check(at.document(text="x" * 500)) is None  # it takes no text of the head
    hold = at.erp.check(at.document(total=Decimal("1.005")))
    assert hold
    assert hold.reason is Reason.UNBALANCED
    hold = at.erp.check(at.document(lines=(DocumentLine(1, Decimal(1), (("CodeB", "1"),), ""),)))
    assert hold
    assert hold.reason is Reason.ERP_REFUSED
