"""What the rules need to know is asked once, and what could not be asked is tried again."""

from dataclasses import replace
from datetime import date

import pytest

from connector.domain.accounting import BillingEntity
from connector.domain.connections import ClosedPeriod
from connector.domain.periods import Period, PeriodState
from connector.domain.reasons import Hold, Reason
from connector.domain.routes import CompanyRoute, RoutedBy
from connector.errors import RateLimitedError, RefusedError, RetryLaterError
from connector.mapping import Rules
from connector.suppliers import SupplierDirectory
from connector.usecases.make_documents import KEPT_S, LONGEST_S, MakeDocuments, Unasked
from connector.usecases.open_days import REFUSED_KEPT_S
from tests.mapping.spend import CONFIG, coding, record
from tests.usecases.memory_erp import MemoryErp
from tests.usecases.memory_merchants import find_suppliers

VALUES = {"SE": {"cono": "100", "divi": "AAA"}, "NO": {"cono": "100", "divi": "BBB"}}
BY_ENTITY = CompanyRoute("", VALUES, RoutedBy.BILLING_ENTITY)
COMPANY = {"cono": "100", "divi": "AAA"}


class Kept(dict):
    """Implements `connector.ports.EntityStore`."""

    def known(self, expense_ids, *, within_s=None):
        assert within_s == KEPT_S
        return {one: self[one] for one in expense_ids if one in self}

    def keep(self, entities):
        self.update(entities)


class Brex:
    """Implements what is asked of `connector.ports.SpendSource`."""

    def __init__(self, **entities):
        self.entities = entities
        self.asked = []

    def read(self, payload):
        if isinstance(payload, str):
            raise RefusedError(payload, field="amount")
        return payload

    def billing_entity(self, expense_id):
        self.asked.append(expense_id)
        entity = self.entities.get(expense_id)
        if isinstance(entity, Exception):
            raise entity
        return BillingEntity((entity,)) if entity else None


@pytest.fixture
def kept():
    return Kept()


class Refused(set):
    """Implements what is asked of `connector.ports.RefusedDays`."""

    def known(self, *, within_s):
        assert within_s == REFUSED_KEPT_S
        return frozenset(self)


@pytest.fixture
def erp():
    return MemoryErp()


@pytest.fixture
def refused():
    return Refused()


@pytest.fixture
def make(kept, erp, refused):
    def build(brex=None, clock=lambda: 0.0, **changes):
        config = replace(CONFIG, **{"company": BY_ENTITY, **changes})
        rules = Rules(config, COMPANY, "AIT1", SupplierDirectory({}, "BREX"))
        return MakeDocuments(
            rules,
            source=brex or Brex(),
            entities=kept,
            erp=erp,
            suppliers=find_suppliers(),
            refused_days=refused,
            clock=clock,
        )

    return build


def spend(expense_id, record_type="CARD_EXPENSE_POST", **changes):
    return record(record_type, "10.00", source_id=expense_id, **changes)


def companies(made):
    return [one.reason if isinstance(one, Hold) else one[0].company_key for one in made]


def test_each_expense_is_asked_for_once_and_remembered(make, kept):
    brex = Brex(e1="SE", e2="NO")
    records = [spend("e1"), spend("e2"), spend("e1", "CARD_EXPENSE_REFUND")]
    assert companies(make(brex).run(records, keep=True)) == ["100/AAA", "100/BBB", "100/AAA"]
    assert companies(make(brex).run(records, keep=True)) == ["100/AAA", "100/BBB", "100/AAA"]
    assert brex.asked == ["e1", "e2"]
    assert set(kept) == {"e1", "e2"}


def test_a_record_that_cannot_be_read_is_held_and_the_others_go_on(make):
    made = make(Brex(e1="SE")).run(["amount: is no number", spend("e1")])
    assert (made[0].reason, made[0].field) == (Reason.RECORD_UNREADABLE, "amount")
    assert companies(made[1:]) == ["100/AAA"]


def test_a_preview_remembers_nothing(make, kept):
    make(Brex(e1="SE")).run([spend("e1")])
    assert kept == {}


def test_an_entity_that_leads_to_no_company_is_asked_for_again(make, kept):
    brex = Brex(e1="DK")
    for _ in range(2):
        records = [spend("e1"), spend("e2"), spend(None)]
        assert companies(make(brex).run(records, keep=True)) == [Reason.COMPANY_UNKNOWN] * 3
    assert (brex.asked, kept) == (["e1", "e2"] * 2, {})


@pytest.mark.parametrize("error", [RetryLaterError("away"), RefusedError("odd", code="409")])
def test_what_could_not_be_asked_is_no_hold_and_the_others_go_on(make, kept, error):
    kept["e3"] = BillingEntity(("SE",))
    brex = Brex(e1="SE", e2=error, e4="NO")
    made = make(brex).run([spend("e1"), spend("e2"), spend("e3"), spend("e4"), spend(None)])
    assert (made[1], made[3]) == (Unasked(error), Unasked(error))
    assert companies([made[0], made[2], made[4]]) == ["100/AAA", "100/AAA", Reason.COMPANY_UNKNOWN]
    assert brex.asked == ["e1", "e2"]


def test_a_batch_asks_for_no_longer_than_its_lease_allows(make):
    seconds = iter([0.0, 1.0, LONGEST_S + 1])
    brex = Brex(e1="SE", e2="NO")
    made = make(brex, lambda: next(seconds)).run([spend("e1"), spend("e2")])
    assert companies(made[:1]) == ["100/AAA"]
    assert isinstance(made[1].error, RateLimitedError)
    assert brex.asked == ["e1"]


@pytest.mark.parametrize(
    ("record_type", "changes", "asked"),
    [
        ("CARD_EXPENSE_POST", {}, ["e1"]),
        ("CARD_EXPENSE_POST", {"company": None}, []),
        ("CARD_EXPENSE_POST", {"company": CompanyRoute("ENTITY", VALUES)}, []),
        ("CARD_EXPENSE_POST", {"types": {"CARD_EXPENSE_POST": "ignore"}}, []),
        ("CARD_PAYMENT", {}, []),
        ("CARD_PAYMENT", {"types": {"CARD_PAYMENT": "journal"}}, ["e1"]),
        (
            "CARD_PAYMENT",
            {"types": {"CARD_PAYMENT": "journal"}, "company": replace(BY_ENTITY, payments="SE")},
            [],
        ),
    ],
)
def test_brex_is_only_asked_where_it_matters(make, record_type, changes, asked):
    brex = Brex(e1="SE")
    make(brex, **changes).run([spend("e1", record_type)])
    assert brex.asked == asked


MOVE = {"company": None, "closed_period": ClosedPeriod.NEXT_OPEN_PERIOD}
CLOSED = Period(PeriodState.CLOSED, date(2026, 7, 1), "closed")


@pytest.mark.parametrize(
    ("period", "booked"),
    [
        (CLOSED, date(2026, 7, 1)),
        (Period(PeriodState.OPEN), date(2026, 6, 11)),
        (Period(PeriodState.UNKNOWN, date(2026, 7, 1), "M3 is away"), date(2026, 6, 11)),
    ],
)
def test_a_closed_day_is_moved_and_one_of_which_nothing_is_known_is_not(make, erp, period, booked):
    erp.periods = lambda company, days: [period for _ in days]
    ((document,),) = make(**MOVE).run([spend("e1")])
    assert document.accounting_date == booked
    assert ("2026-06-11" in document.text) == (booked > date(2026, 6, 11))


def test_a_day_after_which_nothing_is_open_is_held(make, erp):
    erp.periods = lambda company, days: [Period(PeriodState.CLOSED, None, "no period")]
    (hold,) = make(**MOVE).run([spend("e1")])
    assert (hold.reason, hold.value) == (Reason.PERIOD_CLOSED, "2026-06-11")


def months(company, days):
    """The periods of an ERP that says nothing of them but their days."""
    return [Period(PeriodState.UNKNOWN, date(2026, day.month + 1, 1)) for day in days]


@pytest.mark.parametrize(
    ("days", "booked"),
    [
        ([], date(2026, 6, 11)),
        ([date(2026, 6, 12)], date(2026, 6, 11)),
        ([date(2026, 6, 11)], date(2026, 7, 1)),
        ([date(2026, 6, 11), date(2026, 7, 1)], date(2026, 8, 1)),
    ],
)
def test_a_day_that_the_erp_has_refused_of_late_is_moved(make, erp, refused, days, booked):
    erp.periods = months
    refused |= {("100/AAA", day) for day in days}
    refused.add(("100/BBB", date(2026, 6, 11)))
    ((document,),) = make(**MOVE).run([spend("e1")])
    assert document.accounting_date == booked
    ((document,),) = make(company=None).run([spend("e1")])
    assert document.accounting_date == date(2026, 6, 11), "the policy is to hold"


def test_a_refused_day_of_which_no_later_one_is_known_stays_until_its_next_refusal(make, refused):
    refused.add(("100/AAA", date(2026, 6, 11)))
    ((document,),) = make(**MOVE).run([spend("e1")])
    assert document.accounting_date == date(2026, 6, 11)


def test_the_erp_is_asked_once_for_all_days_of_a_company_and_only_where_it_matters(make, erp):
    asked = []

    def periods(company, days):
        asked.append((dict(company)["divi"], days))
        return [Period(PeriodState.OPEN) for _ in days]

    erp.periods = periods
    later = spend("e1", erp_posting_date=record("CARD_PAYMENT", "1").posted_at.replace(day=30))
    make(**MOVE).run([spend("e1"), later, spend("e2"), spend("e1", "INVOICE")])
    assert asked == [("AAA", [date(2026, 6, 11), date(2026, 6, 30)])]
    make(company=None).run([spend("e1")])
    assert len(asked) == 1


def test_an_erp_that_is_slow_to_say_is_not_asked_of_every_company(make, erp):
    asked = []
    erp.periods = lambda company, days: [asked.append(company) or CLOSED for _ in days]
    seconds = iter([0.0, 1.0, LONGEST_S + 1])
    by_field = CompanyRoute("ENTITY", VALUES)
    records = [spend("e1", field_values=coding(GL="1", ENTITY=one)) for one in VALUES]
    changes = {**MOVE, "company": by_field}
    made = make(Brex(), lambda: next(seconds), **changes).run(records)
    assert len(asked) == 1
    assert [one[0].accounting_date for one in made] == [date(2026, 7, 1), date(2026, 6, 11)]


def test_what_the_erp_cannot_take_is_held(make, erp):
    hold = Hold(Reason.TOO_LONG, "SUNO takes 10 characters")
    erp.check = lambda document: hold if document.kind == "gl_entry" else None
    both = {"types": {"CARD_EXPENSE_POST": "invoice_and_journal"}, "company": None}
    assert make(**both).run([spend("e1")]) == [hold]
    assert make(company=None).run([spend("e1")]) != [hold]
