"""Whatever a valid record looks like, its document balances and fits."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.domain.accounting import (
    AccountingRecord,
    EntryType,
    FieldValue,
    LineItem,
    ReviewStatus,
    SourceType,
    Vendor,
)
from connector.domain.connections import MappingConfig
from connector.domain.documents import SupplierInvoice, document_of
from connector.domain.money import Money, decimals, plain
from connector.domain.reasons import Hold, Reason
from connector.mapping import map_record
from connector.mapping.text import DOCUMENT_TEXT, LINE_TEXT
from connector.suppliers import SupplierDirectory

CONFIG = MappingConfig(gl_account="GL", dimensions=(("AIT2", "CC"),), time_zone="Asia/Tokyo")
MOMENTS = st.datetimes(
    datetime(1990, 1, 1),
    datetime(2100, 1, 1),
    timezones=st.just(UTC),
)


@st.composite
def records(draw):
    currency = draw(st.sampled_from(["SEK", "USD", "JPY", "KWD"]))
    units = draw(st.lists(st.integers(0, 10**14), min_size=1, max_size=6).filter(any))
    refund = draw(st.booleans())
    coded, offset = list(EntryType) if refund is False else list(EntryType)[::-1]

    def money(count):
        trailing = draw(st.sampled_from([Decimal(1), Decimal("1.00")]))
        return Money(Decimal(count).scaleb(-decimals(currency)) * trailing, currency)

    lines = [
        LineItem(
            f"accrli_{index}",
            coded,
            money(count),
            draw(st.none() | st.text()),
            (
                FieldValue(
                    "extended_field_1", "GL", "efo_1", draw(st.sampled_from(["7500", "7600 "]))
                ),
                *draw(
                    st.sampled_from([(), (FieldValue("extended_field_2", "CC", "efo_2", "10"),)])
                ),
            ),
        )
        for index, count in enumerate(units)
    ]
    total = sum(units)
    if draw(st.booleans()):
        lines.append(LineItem("accrli_offset", offset, money(total), None, ()))
    return AccountingRecord(
        id=draw(st.text(min_size=1)),
        type="CARD_EXPENSE_REFUND" if refund else "CARD_EXPENSE_POST",
        review_status=ReviewStatus.READY_FOR_EXPORT,
        source_type=SourceType.CARD,
        source_id=None,
        version=1,
        updated_at=draw(MOMENTS),
        posted_at=draw(MOMENTS),
        erp_posting_date=draw(MOMENTS),
        amount=money(total * draw(st.sampled_from([1, -1]))),
        vendor=draw(st.none() | st.builds(Vendor, st.text(), st.text())),
        user_name=draw(st.none() | st.text()),
        memo=draw(st.none() | st.text()),
        line_items=tuple(draw(st.permutations(lines))),
    )


def mapped(record):
    return map_record(
        record,
        CONFIG,
        company={"company": "10"},
        dimension_of_gl="AIT1",
        suppliers=SupplierDirectory({}, "BREX"),
    )


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(records())
def test_a_document_balances_and_fits_and_is_always_the_same(record):
    document = mapped(record)

    assert isinstance(document, SupplierInvoice)
    assert sum(line.amount for line in document.lines) == document.total
    assert abs(document.total) == abs(record.amount.amount)
    assert (document.total < 0) == (record.type == "CARD_EXPENSE_REFUND")
    assert all(line.amount for line in document.lines)
    assert str(document.total) == plain(document.total, document.currency)
    assert len(document.text) <= DOCUMENT_TEXT
    assert all(len(line.text) <= LINE_TEXT for line in document.lines)
    assert mapped(record) == document
    assert mapped(record).fingerprint() == document.fingerprint()
    assert document_of(document.to_json()) == document


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(records(), st.integers(1, 1000))
def test_a_record_that_is_off_by_anything_is_held(record, off):
    amount = abs(record.amount.amount) + Decimal(off).scaleb(-decimals(record.amount.currency))
    hold = mapped(replace(record, amount=Money(amount, record.amount.currency)))
    assert isinstance(hold, Hold)
    assert hold.reason is Reason.UNBALANCED
