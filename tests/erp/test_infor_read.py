"""What M3 shows, in the terms of the protocol."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from connector.domain.documents import DocumentLine, as_invoice
from connector.domain.posting import Phase
from connector.erp.infor import heads
from connector.erp.infor.lines import line_keys, shown_lines
from tests.erp.erp_sandbox import (
    ErpUnderTest,
)


@pytest.mark.parametrize(
    ("supa", "bist", "phase"),
    [
        ("10", "0", Phase.DRAFT),
        ("10", "", Phase.DRAFT),
        ("10", "8", Phase.BUSY),
        ("15", "0", Phase.REFUSED),
        ("20", "0", Phase.VALIDATED),
        ("20", "9", Phase.BUSY),
        ("50", "0", Phase.VALIDATED),
        ("78", "0", Phase.REFUSED),
        ("79", "0", Phase.REFUSED),
        ("90", "0", Phase.LEDGER),
        ("33", "0", Phase.BUSY),
        ("", "", Phase.BUSY),
    ],
)
def test_each_status_has_a_phase(supa: str, bist: str, phase: Phase):
    head = {"SUPA": supa, "BIST": bist}
    assert heads.phase(head) is phase
    assert heads.detail(head)


def test_a_detail_has_the_error_flags_and_a_voucher_its_year():
    head = {"SUPA": "15", "BIST": "0", "IBHE": "1", "IBLE": "2"}
    assert heads.detail(head) == (
        "SUPA 15 Validated with errors, IBLE 2: errors in the lines, see APS450"
    )
    assert heads.voucher({"VONO": "07", "VSER": "AP1", "YEA4": "2025"}) == "AP1 7/2025"
    assert heads.voucher({"VONO": "0", "VSER": "AP1", "YEA4": "0"}) == ""


def test_heads_are_compared_by_value_and_not_by_spelling(at: ErpUnderTest):
    document = at.document()
    shown = {
        "SINO": document.number,
        "SUNO": "730500",
        "CUCD": "SEK",
        "CUAM": "171.750",
        "CORI": "m",
        "IVDT": "2025-01-30",
        "ACDT": "20250131",
    }
    assert heads.differences(shown, document, "m") == ()
    different = shown | {"CUAM": "171.70", "IVDT": "0", "SUNO": ""}
    assert [one[:4] for one in heads.differences(different, document, "m")] == [
        "SUNO",
        "CUAM",
        "IVDT",
    ]


class ReadHead(dict[str, str]):
    """A head that notes which of its columns are read."""

    def __init__(self, shown: dict[str, str]) -> None:
        super().__init__(shown)
        self.read: set[str] = set()

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        self.read.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)


def test_each_column_that_is_read_of_a_head_is_asked_for(at: ErpUnderTest):
    document = as_invoice(at.document())
    whole = replace(
        document,
        credits="BXA",
        due_date=date(2025, 2, 28),
        lines=(*document.lines, DocumentLine(3, Decimal(0), (), "", "1")),
    )
    head = ReadHead({"DNOI": "BXA", "VONO": "7"})
    heads.phase(head)
    heads.detail(head)
    heads.voucher(head)
    heads.differences(head, whole, "m")
    assert head.read == set(heads.COLUMNS)


def test_lines_are_compared_in_all_that_the_release_shows(at: ErpUnderTest):
    document = at.document()
    keys = line_keys(document)
    assert keys == {1: "8 100.00 AIT1=7500 AIT2=CC10", 2: "8 71.75 AIT1=7500 AIT2=CC10"}
    bare = ({"RDTP": "8", "NLAM": "71.7500"}, {"RDTP": "8", "NLAM": "100"})
    assert shown_lines(bare, document).keys == (keys[2], keys[1])
    full = {"RDTP": "8", "NLAM": "100.00", "AIT1": "7500", "AIT2": "CC20", "AIT3": ""}
    assert shown_lines((full,), document).keys == ("8 100.00 AIT1=7500 AIT2=CC20",)
    objects = {"RDTP": "8", "NLAM": "100.00", "AO01": "7500", "AO02": "CC10"}
    assert shown_lines((objects,), document).keys == (keys[1],)
    assert shown_lines(({"RDTP": "5", "NLAM": "x"},), document).keys == ("5 x",)
    assert shown_lines(({"RDTP": "8", "NLAM": "71.755"},), document).keys == ("8 71.755",)
