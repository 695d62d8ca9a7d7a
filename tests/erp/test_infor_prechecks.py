"""What M3's registers say of a document before it is written, and of the days of its periods."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from connector.domain.documents import DocumentLine
from connector.domain.drafts import Outcome
from connector.domain.periods import PeriodState
from connector.domain.reasons import Reason
from connector.ports import Verdict
from tests.erp.erp_sandbox import ErpUnderTest, aps100, aps450, gls840
from tests.erp.steps import built, open_one, opened
from tests.sandbox_process import Sandbox

AAA = (("cono", "100"), ("divi", "AAA"))


def checked(at, document):
    (checks,) = at.erp.pre_check([document])
    return {check.name: (check.verdict, check.detail) for check in checks}


def not_passed(at, document):
    return {
        name: verdict
        for name, (verdict, _) in checked(at, document).items()
        if verdict is not Verdict.PASSED
    }


def test_nothing_but_the_period_is_in_doubt_of_a_document_that_m3_takes(of_m3: ErpUnderTest):
    document = of_m3.document()
    names = set(checked(of_m3, document))
    supplier = {f"supplier {document.partner}"} if document.partner else set()
    always = {"AIT1 7500", "AIT2 CC10", "currency SEK", "period", f"number {document.number}"}
    assert names == supplier | always
    assert not_passed(of_m3, document) == {"period": Verdict.NOT_RUN}
    assert of_m3.sandbox.writes() == 0


def test_each_thing_that_m3_would_refuse_fails_by_its_name(at: ErpUnderTest):
    document = at.document(supplier=at.blocked_supplier, accounting_date=date(2019, 12, 31))
    account = replace(document.lines[0], dimensions=(("AIT1", "6999"), ("AIT2", "CC99")))
    vat = DocumentLine(3, Decimal("10.00"), (), "VAT", "99")
    known = DocumentLine(4, Decimal("10.00"), (), "VAT", "01")
    lines = (account, document.lines[1], vat, known)
    document = replace(document, lines=lines, total=Decimal("191.75"))
    assert not_passed(at, document) == {
        f"supplier {at.blocked_supplier}": Verdict.FAILED,
        "AIT1 6999": Verdict.FAILED,
        "AIT2 CC99": Verdict.FAILED,
        "period": Verdict.FAILED,
        "VAT code 99": Verdict.FAILED,
    }
    details = checked(at, document)
    assert "blocked" in details["AIT1 6999"][1]
    assert "2020-01-01" in details["period"][1]


@pytest.mark.parametrize(
    ("account", "vat_code", "verdict", "why"),
    [
        ("7500", "", Verdict.PASSED, ""),
        ("2440", "", Verdict.FAILED, "AP ledger"),
        ("2441", "", Verdict.NOT_RUN, "manual entry"),
        ("2641", "", Verdict.FAILED, "for VAT"),
        ("2641", "1", Verdict.NOT_RUN, "manual entry"),
    ],
)
def test_an_account_that_m3_keeps_for_itself_is_named(sandbox, account, vat_code, verdict, why):
    at = gls840(sandbox)
    document = at.document()
    line = replace(document.lines[0], dimensions=(("AIT1", account),), vat_code=vat_code)
    told = checked(at, replace(document, lines=(line, document.lines[1])))
    assert told[f"AIT1 {account}"][0] is verdict
    assert why in told[f"AIT1 {account}"][1]


@pytest.mark.parametrize(
    ("currency", "amount", "verdict"),
    [
        ("SEK", "10.25", Verdict.PASSED),
        ("JPY", "1000", Verdict.PASSED),
        ("JPY", "1000.5", Verdict.FAILED),
        ("KWD", "1.001", Verdict.PASSED),
        ("XTS", "1.00", Verdict.FAILED),
    ],
)
def test_the_decimals_of_a_currency_are_those_of_m3(sandbox, currency, amount, verdict):
    at = gls840(sandbox)
    document = at.document()
    lines = tuple(replace(line, amount=Decimal(amount)) for line in document.lines)
    told = checked(at, replace(document, lines=lines, currency=currency))
    assert told[f"currency {currency}"][0] is verdict


def test_a_number_that_m3_has_fails_unless_it_is_a_draft_of_ours(at: ErpUnderTest):
    document = at.document()
    opened(at, document)
    assert f"number {document.number}" not in not_passed(at, document)
    opened(at, replace(document), draft=7)
    at.sandbox.fault("rewrite", find=rf"{document.number}\.7", replacement="somebody")
    assert not_passed(at, document)[f"number {document.number}"] is Verdict.FAILED


def test_what_cannot_be_asked_could_not_run(at: ErpUnderTest):
    document = at.document()
    vat = DocumentLine(3, Decimal(0), (), "VAT", "1")
    document = replace(document, lines=(*document.lines, vat))
    at.sandbox.fault("refuse", code="XAU0008", message="User is not authorized")
    assert set(not_passed(at, document).values()) == {Verdict.NOT_RUN}
    assert "VAT code 1" in not_passed(at, document)
    at.sandbox.call("DELETE", "/faults")
    assert not_passed(at, document)["period"] is Verdict.NOT_RUN


def test_the_registers_are_asked_once_for_many_documents(at: ErpUnderTest):
    at.erp.pre_check([at.document() for _ in range(20)])
    operations = at.sandbox.operations()
    assert operations["CRS630MI/GetAccountID"] == 2
    assert operations["CRS620MI/GetBasicData"] == 1
    assert operations["CRS910MI/Select"] == 1


def test_a_day_of_a_period_may_be_open_and_one_of_none_is_closed(at: ErpUnderTest):
    days = [date(2025, 1, 31), date(2019, 5, 1), date(2036, 1, 1)]
    inside, before, after = at.erp.periods(AAA, days)
    assert (inside.state, inside.open_from) == (PeriodState.UNKNOWN, date(2025, 2, 1))
    assert (before.state, before.open_from) == (PeriodState.CLOSED, date(2020, 1, 1))
    assert (after.state, after.open_from) == (PeriodState.CLOSED, None)
    at.erp.periods(AAA, days)
    assert at.sandbox.operations()["CRS910MI/Select"] == 1


@pytest.mark.parametrize("kind", ["500_before", "refuse"])
def test_a_register_of_periods_that_cannot_be_read_closes_nothing(at: ErpUnderTest, kind):
    at.sandbox.fault(kind)
    (period,) = at.erp.periods(AAA, [date(2019, 5, 1)])
    assert period.state is PeriodState.UNKNOWN
    assert period.detail


def test_b41_a_register_of_periods_that_may_be_cut_closes_nothing(sandbox: Sandbox):
    at = aps450(sandbox, max_list=100)
    (period,) = at.erp.periods(AAA, [date(2035, 5, 1)])
    assert (period.state, period.open_from) == (PeriodState.UNKNOWN, None)
    assert period.detail == "M3 lists 100 periods and may have left some out"


def test_a_refused_accounting_date_is_a_closed_period(sandbox: Sandbox):
    direct = aps100(sandbox)
    sandbox.call("PATCH", "/settings", {"infor": {"closed_until": "20250131"}})
    answer = open_one(direct, direct.document())
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, Reason.PERIOD_CLOSED.value)
    assert answer.message == "Accounting date 20250131 is invalid (WAC0101)"
    journals = gls840(sandbox, closed_until="20250131")
    (answer,) = journals.erp.commit([built(journals, journals.document())])
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, Reason.PERIOD_CLOSED.value)
    aps450(sandbox)
