"""Whatever a valid record looks like, its documents balance, fit, and are always the same."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connector.domain.bookkeeping import RULES, Policy
from connector.domain.connections import ClosedPeriod, Currency
from connector.domain.documents import GlEntry, Ignored, SupplierInvoice, document_of
from connector.domain.money import Money, decimals, plain
from connector.domain.reasons import Hold, Reason
from connector.domain.routes import Vat, VatRoute
from connector.mapping.text import DOCUMENT_TEXT, LINE_TEXT
from connector.mapping.vat import shares_of, vat_in
from tests.mapping.spend import CONFIG, coding, mapped, record

CURRENCIES = ["SEK", "USD", "JPY", "KWD"]
RATES = ["0", "5.5", "12", "25", "99.999"]
VATS = {f"T{rate}": Vat(f"{n:02}", Decimal(rate), f"264{n}") for n, rate in enumerate(RATES)}
TAXED = replace(CONFIG, vat=VatRoute("TAX", VATS), dimensions=(("AIT2", "CC"),))
CODINGS = [coding(GL="5010", TAX=name) for name in VATS] + [coding(GL="5020", CC="10")]
#: The oldest day of any record here, whose period is closed.
OPEN = date(2026, 9, 1)


def money(units, currency):
    return Money(Decimal(units).scaleb(-decimals(currency)), currency)


def _signs(rule):
    return [1, -1] if rule.is_coded or rule.pays_back else [1]


@st.composite
def records(draw):
    """A record of any type that makes a document, with a policy for it."""
    record_type = draw(
        st.sampled_from([n for n, r in RULES.items() if Policy.JOURNAL in r.policies])
    )
    rule = RULES[record_type]
    policy = draw(st.sampled_from(sorted(rule.policies - {Policy.HOLD, Policy.IGNORE})))
    currency, foreign = draw(st.permutations(CURRENCIES))[:2]
    units = draw(st.lists(st.integers(0, 10**13), min_size=1, max_size=6).filter(any))
    others = [draw(st.integers(0, 10**13)) for _ in units] if draw(st.booleans()) else None
    if others is not None and not any(n for n, u in zip(others, units, strict=True) if u):
        others = None
    one = record(record_type, *[str(money(n, currency).amount) for n in units], currency=currency)
    lines = list(one.line_items)
    for place, line in enumerate(lines):
        if rule.is_coded and place < len(units):
            lines[place] = replace(
                line, field_values=draw(st.sampled_from(CODINGS)), memo=draw(MEMOS)
            )
        if others is not None:
            count = others[place] if place < len(units) else sum(others)
            lines[place] = replace(lines[place], original_amount=money(count, foreign))
    one = replace(
        one,
        line_items=tuple(draw(st.permutations(lines))),
        amount=money(sum(units) * draw(st.sampled_from(_signs(rule))), currency),
        original_amount=money(sum(others), foreign) if others is not None else None,
        vendor=draw(st.sampled_from([None, replace(one.vendor, name=draw(st.text()))])),
        user_name=draw(MEMOS),
        memo=draw(MEMOS),
        invoice_number=draw(MEMOS),
        receipt_ids=tuple(draw(st.lists(st.text("ab1_", min_size=1), max_size=4))),
        due_at=draw(st.sampled_from([None, one.posted_at + timedelta(days=30)])),
    )
    config = replace(
        TAXED,
        types={record_type: policy},
        time_zone=draw(st.sampled_from(["UTC", "Asia/Tokyo", "America/Los_Angeles"])),
        currency=draw(st.sampled_from(Currency)),
        closed_period=ClosedPeriod.NEXT_OPEN_PERIOD,
    )
    return one, config, draw(st.sampled_from([None, OPEN]))


MEMOS = st.none() | st.text()


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=300)
@given(records())
def test_documents_balance_and_fit_and_are_always_the_same(case):
    one, config, open_from = case
    documents = mapped(one, config, open_from=open_from)

    assert isinstance(documents, tuple), documents
    assert documents == mapped(one, config, open_from=open_from)
    assert len({document.number for document in documents}) == len(documents)
    assert [type(d) for d in documents] == {
        "invoice": [SupplierInvoice],
        "journal": [GlEntry],
        "invoice_and_journal": [SupplierInvoice, GlEntry],
    }[config.types[one.type]]
    for document in documents:
        _check(document, one)
        assert document.accounting_date == (open_from or document.accounting_date)
        assert ("2026-06-11" in document.text) == bool(open_from)
        if isinstance(document, GlEntry):
            in_front = {line.text.startswith("2026-06-11") for line in document.lines}
            assert in_front == {bool(open_from)}
        assert document_of(document.to_json()) == document


def _check(document, one):
    amounts = [line.amount for line in document.lines]
    posted = {one.amount.currency: one.amount, **_original(one)}[document.currency]
    if isinstance(document, GlEntry):
        assert document.currency == one.amount.currency
        assert sum(amounts) == 0
        assert all(amounts)
        assert sum(amount for amount in amounts if amount > 0) == abs(posted.amount)
        assert all(line.dimensions for line in document.lines)
    else:
        assert sum(amounts) == document.total
        assert abs(document.total) == abs(posted.amount)
        assert all(line.amount or line.vat_code for line in document.lines)
        codes = [line.vat_code for line in document.lines if line.vat_code]
        assert len(codes) == len(set(codes))
    assert [line.number for line in document.lines] == list(range(1, len(amounts) + 1))
    assert all(str(amount) == plain(amount, document.currency) for amount in amounts)
    assert 0 < _units(document.text) <= DOCUMENT_TEXT
    assert all(0 < _units(line.text) <= LINE_TEXT for line in document.lines)


def _original(one):
    return {one.original_amount.currency: one.original_amount} if one.original_amount else {}


def _units(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize("record_type", [n for n, r in RULES.items() if not r.is_coded])
def test_a_payment_of_a_negative_amount_is_held_unless_its_type_pays_back(record_type):
    one = record(record_type, "12.00")
    config = replace(CONFIG, types={record_type: "journal"})
    made = mapped(replace(one, amount=-one.amount), config)
    if "REFUND" in record_type or "REVERSAL" in record_type:
        assert made == mapped(one, config)
    else:
        assert (made.reason, made.field, made.value) == (Reason.UNBALANCED, "amount", "-12.00")


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(records(), st.integers(1, 1000))
def test_a_record_that_is_off_by_anything_is_held(case, off):
    one, config, _ = case
    currency = one.amount.currency
    amount = abs(one.amount.amount) + money(off, currency).amount
    hold = mapped(replace(one, amount=Money(amount, currency)), config)
    assert isinstance(hold, Hold)
    assert hold.reason is Reason.UNBALANCED


@given(
    st.lists(st.integers(0, 10**13), min_size=1, max_size=20),
    st.decimals("0", "99.999", places=3, allow_nan=False),
    st.sampled_from([1, -1]),
)
@example([1, 1, 1], Decimal(25), 1)
def test_the_vat_of_a_code_is_rounded_once_and_shared_out_to_the_cent(gross, rate, sign):
    gross = [sign * one for one in gross]
    shares = shares_of(gross, rate)
    exact = Decimal(abs(sum(gross))) * rate / (100 + rate)
    assert sum(shares) == vat_in(sum(gross), rate)
    assert abs(sum(shares)) - exact.quantize(Decimal(1), ROUND_HALF_UP) == 0
    for one, share in zip(gross, shares, strict=True):
        assert abs(share - Decimal(one) * rate / (100 + rate)) < 1
        assert 0 <= share * sign <= one * sign


def test_a_type_that_is_ignored_or_unknown_makes_nothing():
    one = record("CARD_PAYMENT", "5.00")
    assert isinstance(mapped(one, replace(CONFIG, types={"CARD_PAYMENT": "ignore"})), Ignored)
    unknown = replace(one, type="A_TYPE_OF_NEXT_YEAR")
    for policy in ("invoice", "journal", "hold"):
        hold = mapped(unknown, replace(CONFIG, types={unknown.type: policy}))
        assert (hold.reason, hold.value) == (Reason.TYPE_ON_HOLD, unknown.type)
    assert isinstance(mapped(unknown, replace(CONFIG, types={unknown.type: "ignore"})), Ignored)
