"""Every line that would change is told, and nothing else."""

from dataclasses import replace
from decimal import Decimal

import pytest

from connector.domain.changes import changes
from connector.domain.connections import MappingConfig
from connector.domain.documents import Ignored
from connector.domain.reasons import Hold, Reason
from tests.mapping.spend import CONFIG, mapped, record

SPEND = record("CARD_EXPENSE_POST", "60.00", "40.05")
OLD = mapped(SPEND)


def told(old, new):
    return [(one.place, one.old, one.new) for one in changes(old, new)]


def test_documents_that_are_the_same_have_no_changes():
    assert told(OLD, mapped(SPEND)) == []
    assert told(Ignored("x"), Ignored("y")) == []
    hold = Hold(Reason.SUPPLIER_UNKNOWN, "one text")
    assert told(hold, replace(hold, message="another text")) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"values": {"GL": {"5010": "7600"}}},
            [
                (
                    "document 1 line 1",
                    '60.00 AIT1=5010 "Bistro Nord"',
                    '60.00 AIT1=7600 "Bistro Nord"',
                ),
                (
                    "document 1 line 2",
                    '40.05 AIT1=5010 "Bistro Nord"',
                    '40.05 AIT1=7600 "Bistro Nord"',
                ),
            ],
        ),
        (
            {"types": {"CARD_EXPENSE_POST": "journal"}},
            [("document 1", "supplier_invoice of 100.05 SEK", "gl_entry of 100.05 SEK")],
        ),
        (
            {"types": {"CARD_EXPENSE_POST": "invoice_and_journal"}},
            [("document 2", "", "gl_entry of 100.05 SEK")],
        ),
        (
            {"types": {"CARD_EXPENSE_POST": "hold"}},
            [("record", "supplier_invoice of 100.05 SEK", "held: type_on_hold")],
        ),
        (
            {"types": {"CARD_EXPENSE_POST": "ignore"}},
            [("record", "supplier_invoice of 100.05 SEK", "ignored")],
        ),
        ({"time_zone": "Pacific/Kiritimati"}, []),
    ],
)
def test_what_another_mapping_would_change_is_told(changed, expected):
    config: MappingConfig = replace(CONFIG, **changed)
    assert told(OLD, mapped(SPEND, config)) == expected
    assert told(mapped(SPEND, config), OLD) == [(place, new, old) for place, old, new in expected]


def test_what_differs_in_a_head_is_told_by_name():
    (document,) = OLD
    other = replace(document, supplier="732000", company=(("cono", "100"), ("divi", "BBB")))
    assert told(OLD, (other,)) == [
        ("document 1 company", "100/AAA", "100/BBB"),
        ("document 1 supplier", "BREX", "732000"),
    ]


def test_a_line_that_is_new_or_gone_is_told():
    (document,) = OLD
    shorter = replace(document, lines=document.lines[:1], total=Decimal("60.00"))
    assert told(OLD, (shorter,)) == [
        ("document 1 total", "100.05", "60.00"),
        ("document 1 line 2", '40.05 AIT1=5010 "Bistro Nord"', ""),
    ]
