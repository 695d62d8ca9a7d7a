"""What becomes of records that look like those Brex sends."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from connector.domain.accounting import EntryType, FieldValue
from connector.domain.connections import MappingConfig
from connector.domain.documents import Ignored, SupplierInvoice
from connector.domain.money import Money
from connector.domain.numbers import document_number
from connector.domain.reasons import Hold, Reason
from connector.domain.routes import CompanyRoute
from connector.errors import ConfigurationError
from connector.mapping import map_record
from connector.mapping.books import zone_of
from connector.suppliers import SupplierDirectory

CONFIG = MappingConfig(
    gl_account="GL_ACCOUNT",
    time_zone="Europe/Stockholm",
    dimensions=(("AIT2", "COST_CENTER"),),
    values={"GL_ACCOUNT": {"efo_01": "7500"}},
)


def mapped(record, config=CONFIG, *, suppliers=None, **given):
    """The one document of a record, or why there is none."""
    made = map_record(
        record,
        config,
        company={"cono": "100", "divi": "AAA"},
        dimension_of_gl="AIT1",
        suppliers=suppliers or SupplierDirectory({"pmch_01": "732000"}, "BREX"),
        **given,
    )
    if isinstance(made, tuple):
        (made,) = made
    return made


def amounts(document):
    return [str(line.amount) for line in document.lines]


def test_a_live_card_expense_becomes_an_invoice(sample):
    document = mapped(sample("live_card_expense"))

    assert isinstance(document, SupplierInvoice)
    assert document.number == document_number("accr_01")
    assert document.record_id == "accr_01"
    assert document.company == (("cono", "100"), ("divi", "AAA"))
    assert (document.supplier, document.currency) == ("732000", "USD")
    assert str(document.total) == "171.75"
    assert document.invoice_date == document.accounting_date == date(2026, 6, 11)
    assert document.text == "Vendor H / Cardholder Three"
    (line,) = document.lines
    assert (line.number, str(line.amount), line.text) == (1, "171.75", "Vendor H")
    assert line.dimensions == (("AIT1", "7500"),)


@pytest.mark.parametrize(
    ("receipts", "note"),
    [
        ((), ""),
        (("receipt_1",), " (R55D4A60)"),
        (("receipt_1", "receipt_2"), " (R55D4A60 R08A132F)"),
        (("receipt_1", "receipt_2", "receipt_3", "receipt_4"), " (R55D4A60 R08A132F +2)"),
    ],
)
def test_the_text_names_the_receipts_that_brex_has(sample, receipts, note):
    record = replace(sample("live_card_expense"), receipt_ids=receipts)
    assert mapped(record).text == f"Vendor H / Cardholder Three{note}"
    assert (
        mapped(replace(record, memo="x" * 80)).text
        == f"{'Vendor H xx'.ljust(60 - len(note), 'x')}{note}"
    )


def test_a_split_keeps_its_lines_and_their_coding(sample):
    document = mapped(sample("split"))

    assert amounts(document) == ["60.05", "40.05"]
    assert str(document.total) == "100.10"
    assert [line.dimensions for line in document.lines] == [
        (("AIT1", "7500"), ("AIT2", "CC10")),
        (("AIT1", "7600"),),
    ]
    assert [line.text for line in document.lines] == ["Team lunch", "Offsite"]


@pytest.mark.parametrize(
    ("name", "lines", "total"),
    [
        ("refund", ["-25.50"], "-25.50"),
        ("single_entry", ["12.00"], "12.00"),
        ("yen", ["1200"], "1200"),
        ("dinar", ["1.125"], "1.125"),
        ("zero_line", ["5.00"], "5.00"),
    ],
)
def test_b42_amounts_are_exact_in_every_currency(sample, name, lines, total):
    document = mapped(sample(name))
    assert (amounts(document), str(document.total)) == (lines, total)
    assert [line.number for line in document.lines] == list(range(1, len(lines) + 1))


def test_b49_awkward_texts_stay_readable_and_on_one_line(sample):
    document = mapped(sample("awkward_texts"))

    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    assert (
        document.text
        == f"Bistro Nord Lunch with txt.exe caf\u00e9 {family} \u05e9\u05dc\u05d5\u05dd / Cardhold"
    )
    assert document.lines[0].text == '=HYPERLINK("http://x.example")'


@pytest.mark.parametrize(
    ("name", "reason", "field", "value"),
    [
        ("uncoded", Reason.GL_ACCOUNT_MISSING, "line_items", "arli_1"),
        ("half_coded", Reason.GL_ACCOUNT_MISSING, "GL_ACCOUNT", "arli_2"),
        ("both_sides_coded", Reason.UNBALANCED, "line_items", ""),
    ],
)
def test_miscoded_records_are_held(sample, name, reason, field, value):
    hold = mapped(sample(name))
    assert isinstance(hold, Hold)
    assert (hold.reason, hold.field, hold.value) == (reason, field, value)


def test_a_value_that_is_not_the_erps_own_is_held(sample):
    hold = mapped(sample("live_card_expense"), replace(CONFIG, values={}))
    assert (hold.reason, hold.field, hold.value) == (
        Reason.VALUE_UNMAPPED,
        "GL_ACCOUNT",
        "efo_01",
    )


def test_a_field_is_known_by_its_brex_id_too(sample):
    config = replace(
        CONFIG, gl_account="extended_field_01", values={"extended_field_01": {"efo_01": "7500"}}
    )
    assert mapped(sample("live_card_expense"), config).lines[0].dimensions == (("AIT1", "7500"),)


@pytest.mark.parametrize("known_as", ["7500", "efo_7500"])
def test_configured_values_go_before_remote_ids(sample, known_as):
    config = replace(CONFIG, values={"GL_ACCOUNT": {known_as: "4010"}})
    assert mapped(sample("single_entry"), config).lines[0].dimensions == (("AIT1", "4010"),)


def test_two_values_of_one_field_are_held(sample):
    record = sample("single_entry")
    line = record.line_items[0]
    more = FieldValue("extended_field_gl", "GL_ACCOUNT", "efo_2", "7600")
    record = replace(record, line_items=(replace(line, field_values=(*line.field_values, more)),))
    hold = mapped(record)
    assert (hold.reason, hold.value) == (Reason.VALUE_UNMAPPED, "7500 and 7600")


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"amount": Money(Decimal("12.01"), "SEK")}, "amount", "12.00 and 12.01 SEK"),
        ({"amount": Money(Decimal("12.001"), "SEK")}, "amount", "12.001"),
        ({"amount": Money(Decimal(12), "EUR")}, "currency", "SEK and EUR"),
        ({"amount": Money(Decimal("1e30"), "SEK")}, "amount", "1E+30"),
    ],
)
def test_b42_what_does_not_add_up_is_held(sample, change, field, value):
    hold = mapped(replace(sample("single_entry"), **change))
    assert (hold.reason, hold.field, hold.value) == (Reason.UNBALANCED, field, value)


@pytest.mark.parametrize(
    ("amount", "field"),
    [("5.01", "line_items"), ("5.001", "amount"), ("-5", "amount"), ("0", "line_items")],
)
def test_b42_an_offset_that_differs_is_held(sample, amount, field):
    record = sample("zero_line")
    first, coded, offset = record.line_items
    offset = replace(offset, amount=Money(Decimal(amount), "SEK"))
    hold = mapped(replace(record, line_items=(first, coded, offset)))
    assert (hold.reason, hold.field) == (Reason.UNBALANCED, field)


def test_a_record_of_zero_is_held(sample):
    record = sample("single_entry")
    nothing = Money(Decimal(0), "SEK")
    line = replace(record.line_items[0], amount=nothing)
    assert mapped(replace(record, amount=nothing, line_items=(line,))).reason is Reason.UNBALANCED
    assert mapped(replace(record, amount=nothing, line_items=())).reason is Reason.UNBALANCED


def test_a_refund_whose_coded_lines_are_debits_is_held(sample):
    hold = mapped(replace(sample("single_entry"), type="CARD_EXPENSE_REFUND"))
    assert (hold.reason, hold.field) == (Reason.UNBALANCED, "type")


def test_an_expense_coded_on_the_credit_side_is_a_credit_invoice(sample):
    record = sample("single_entry")
    line = replace(record.line_items[0], type=EntryType.CREDIT)
    assert str(mapped(replace(record, line_items=(line,))).total) == "-12.00"


@pytest.mark.parametrize(
    ("record_type", "policies", "outcome"),
    [
        ("CARD_EXPENSE_POST", {}, SupplierInvoice),
        ("CARD_EXPENSE_POST", {"CARD_EXPENSE_POST": "hold"}, Hold),
        ("CARD_EXPENSE_POST", {"CARD_EXPENSE_POST": "ignore"}, Ignored),
        ("BILL_EXPENSE", {}, Hold),
        ("BILL_EXPENSE", {"BILL_EXPENSE": "invoice"}, SupplierInvoice),
        ("A_TYPE_OF_NEXT_YEAR", {}, Hold),
        ("A_TYPE_OF_NEXT_YEAR", {"A_TYPE_OF_NEXT_YEAR": "journal"}, Hold),
    ],
)
def test_the_policy_of_the_type_decides(sample, record_type, policies, outcome):
    result = mapped(
        replace(sample("single_entry"), type=record_type), replace(CONFIG, types=policies)
    )
    assert isinstance(result, outcome)
    if outcome is Hold:
        assert (result.reason, result.value) == (Reason.TYPE_ON_HOLD, record_type)


def test_a_merchant_without_supplier_is_held_and_named(sample):
    hold = mapped(sample("live_card_expense"), suppliers=SupplierDirectory({"pmch_9": "1"}))
    assert (hold.reason, hold.field, hold.value) == (
        Reason.SUPPLIER_UNKNOWN,
        "vendor",
        "pmch_01 Vendor H",
    )
    hold = mapped(
        replace(sample("live_card_expense"), vendor=None), suppliers=SupplierDirectory({"x": "1"})
    )
    assert (hold.reason, hold.value) == (Reason.SUPPLIER_UNKNOWN, "")


def test_a_merchant_without_supplier_gets_the_fallback(sample):
    assert mapped(replace(sample("split"), vendor=None)).supplier == "BREX"


ROUTE = CompanyRoute("COST_CENTER", {"CC10": {"divi": "BBB", "cono": "200"}})


def test_the_company_follows_a_field_in_the_erps_own_order(sample):
    record = sample("split")
    record = replace(
        record,
        amount=Money(Decimal("60.05"), "EUR"),
        line_items=record.line_items[:1],
    )
    document = mapped(record, replace(CONFIG, company=ROUTE))
    assert document.company == (("cono", "200"), ("divi", "BBB"))


@pytest.mark.parametrize(
    ("name", "route"),
    [
        ("split", ROUTE),  # the second line has no cost centre
        ("single_entry", ROUTE),
        ("single_entry", CompanyRoute("GL_ACCOUNT", {"9999": {"cono": "1", "divi": "A"}})),
        ("single_entry", CompanyRoute("GL_ACCOUNT", {"7500": {"cono": "1"}})),
        (
            "split",
            CompanyRoute(
                "GL_ACCOUNT",
                {"7500": {"cono": "1", "divi": "A"}, "7600": {"cono": "1", "divi": "B"}},
            ),
        ),
    ],
)
def test_a_company_that_is_not_plain_is_held(sample, name, route):
    hold = mapped(sample(name), replace(CONFIG, company=route))
    assert (hold.reason, hold.field) == (Reason.COMPANY_UNKNOWN, route.field)


def test_dates_are_days_of_the_configured_zone(sample):
    late = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    record = replace(sample("single_entry"), posted_at=late, erp_posting_date=late)
    assert mapped(record).accounting_date == date(2026, 7, 1)
    assert mapped(record, replace(CONFIG, time_zone="UTC")).invoice_date == date(2026, 6, 30)


def test_a_company_has_its_own_time_zone_or_that_of_the_mapping():
    values = {"JP": {"cono": "100", "divi": "JPN"}, "SE": {"cono": "100", "divi": "AAA"}}
    route = CompanyRoute("ENTITY", values, time_zones={"JP": "Asia/Tokyo"})
    config = replace(CONFIG, company=route, time_zone="Europe/Stockholm")
    zones = [zone_of((("cono", "100"), ("divi", one)), config).key for one in ("JPN", "AAA")]
    assert zones == ["Asia/Tokyo", "Europe/Stockholm"]
    assert zone_of((("cono", "1"),), replace(config, company=None)).key == "Europe/Stockholm"


def test_b48_a_date_beyond_the_calendar_is_held(sample):
    end = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert mapped(replace(sample("single_entry"), posted_at=end)).reason is Reason.RECORD_UNREADABLE


def test_the_gl_accounts_dimension_is_not_mapped_twice(sample):
    config = replace(CONFIG, dimensions=(("AIT1", "COST_CENTER"),))
    with pytest.raises(ConfigurationError, match=r"mapping\.dimensions\.AIT1"):
        mapped(sample("single_entry"), config)
