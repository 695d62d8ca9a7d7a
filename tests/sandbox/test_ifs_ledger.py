"""What others post in the simulated IFS, and that indexes find what a filter states."""

import pytest

from tests.sandbox.ifs_client import PROPOSALS

HEADS = f"{PROPOSALS}/PostingProposalHeadSet"
ROWS = "GLVoucherRowsProjAnalysis.svc/GenLedProjVoucherRowSet"


@pytest.fixture
def filled(ifs, sandbox):
    heads = [
        {
            "Identity": "730500",
            "InvoiceNo": f"N{n}",
            "InvoiceDate": f"2026-01-0{n}",
            "GrossCurrAmount": str(n),
        }
        for n in range(1, 6)
    ]
    sandbox.control("POST", "ifs/ledger/proposals", heads)
    return ifs


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("InvoiceNo eq 'N1' or InvoiceNo eq 'N4'", "14"),
        ("VoucherDate ge 2026-01-02 and VoucherDate lt 2026-01-04", "23"),
        ("startswith(InvoiceNo,'N') and VoucherDate gt 2026-01-03", "45"),
        ("startswith(InvoiceNo,'N5') or InvoiceNo eq 'N1'", "15"),
        ("not startswith(InvoiceNo,'N5')", "1234"),
        ("VoucherDate le 2026-01-01 or InvoiceNo eq 'N3'", "13"),
    ],
)
def test_a_filter_finds_the_same_by_an_index_as_row_by_row(filled, condition, found):
    rows = filled.rows(HEADS, **{"$filter": condition})
    assert sorted(row["InvoiceNo"] for row in rows) == [f"N{n}" for n in found]


def test_what_others_posted_is_changed_and_taken_out(filled, sandbox):
    rows = [{"Account": "2441", "CurrencyAmount": "-5", "VoucherDate": "2026-01-01"}]
    sandbox.control("POST", "ifs/ledger/vouchers", [{"rows": [rows[0] | {"ReferenceNumber": "V"}]}])
    sandbox.control("PATCH", "ifs/ledger/V", {"amount": "7"})
    asked = {"$filter": "startswith(ReferenceNumber,'V')"}
    (row,) = filled.rows(ROWS, **asked)
    assert float(row["CurrencyAmount"]) == -7
    sandbox.control("DELETE", "ifs/ledger/V")
    assert filled.rows(ROWS, **asked) == []
