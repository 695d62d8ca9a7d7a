"""Over the whole life of spend, every account between two events returns to zero."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

import pytest

from connector.domain.bookkeeping import RULES, Policy
from connector.domain.documents import Ignored, SupplierInvoice
from connector.domain.routes import Vat, VatRoute
from tests.mapping.spend import ACCOUNTS, CONFIG, coding, mapped, record

CARD = ("CARD_EXPENSE_POST", "CARD_EXPENSE_REFUND")
MOVEMENT = "REIMBURSEMENT_EXPENSE_MONEY_MOVEMENT"
EXPENSE, VAT, CASH, REWARDS = "5010", "2641", ACCOUNTS["cash"], ACCOUNTS["rewards"]


class Ledger:
    """The ERP's general ledger, as far as postings from Brex go."""

    def __init__(self, **policies):
        entries = {
            name: "journal" for name, rule in RULES.items() if Policy.JOURNAL in rule.policies
        }
        self.config = replace(CONFIG, types={**entries, **policies})
        self.balances = defaultdict(Decimal)

    def post(self, record_type, *amounts, **changes):
        made = mapped(record(record_type, *amounts, **changes), self.config)
        if isinstance(made, Ignored):
            return self
        for document in made:
            for line in document.lines:
                account = dict(line.dimensions).get("AIT1", VAT if line.vat_code else "")
                self.balances[account] += line.amount
            if isinstance(document, SupplierInvoice):
                self.balances[f"AP {document.supplier}"] -= document.total
        return self

    def settle(self, supplier, against):
        """What people, or a payment run, do in the ERP's AP ledger."""
        self.balances[against] += self.balances.pop(f"AP {supplier}")
        return self

    @property
    def left(self):
        return {account: str(sum_) for account, sum_ in self.balances.items() if sum_}


def test_cards_in_the_general_ledger_alone():
    ledger = Ledger().post("CARD_EXPENSE_POST", "100.00", "25.50")
    assert ledger.left == {EXPENSE: "125.50", ACCOUNTS["card_liability"]: "-125.50"}
    ledger.post("CARD_EXPENSE_REFUND", "25.50").post("REWARD_REDEMPTION", "4.00")
    ledger.post("CARD_PAYMENT", "100.00").post("CARD_PAYMENT_REFUND", "4.00")
    assert ledger.left == {EXPENSE: "100.00", CASH: "-96.00", REWARDS: "-4.00"}


def test_an_employee_who_pays_back_lowers_the_expense_and_not_what_is_owed_to_brex():
    ledger = Ledger().post("CARD_EXPENSE_POST", "100.00").post("CARD_EXPENSE_REPAYMENT", "30.00")
    assert ledger.left[ACCOUNTS["card_liability"]] == "-100.00"
    assert ledger.post("CARD_PAYMENT", "100.00").left == {EXPENSE: "70.00", CASH: "-70.00"}


def test_cards_as_invoices_of_the_merchants_and_a_debt_to_brex():
    ledger = Ledger(**dict.fromkeys(CARD, "invoice_and_journal"))
    ledger.post("CARD_EXPENSE_POST", "100.00")
    assert ledger.left == {
        EXPENSE: "100.00",
        "AP BREX": "-100.00",
        ACCOUNTS["ap_clearing"]: "100.00",
        ACCOUNTS["card_liability"]: "-100.00",
    }
    ledger.post("CARD_EXPENSE_REFUND", "20.00").settle("BREX", against=ACCOUNTS["ap_clearing"])
    assert ledger.left == {EXPENSE: "80.00", ACCOUNTS["card_liability"]: "-80.00"}
    assert ledger.post("CARD_PAYMENT", "80.00").left == {EXPENSE: "80.00", CASH: "-80.00"}


def test_cards_as_invoices_of_brex_that_the_erp_pays():
    paid = dict.fromkeys(("CARD_PAYMENT", "CARD_PAYMENT_REFUND"), "ignore")
    ledger = Ledger(**dict.fromkeys(CARD, "invoice"), **paid)
    ledger.post("CARD_EXPENSE_POST", "100.00").post("CARD_EXPENSE_REFUND", "20.00")
    ledger.post("CARD_PAYMENT", "80.00")
    assert ledger.left == {EXPENSE: "80.00", "AP BREX": "-80.00"}
    assert ledger.settle("BREX", against=CASH).left == {EXPENSE: "80.00", CASH: "-80.00"}


@pytest.mark.parametrize("policy", ["journal", "invoice"])
def test_a_bill_that_brex_pays(policy):
    ledger = Ledger(BILL_EXPENSE=policy).post("BILL_EXPENSE", "900.00")
    if policy == "invoice":
        ledger.settle("BREX", against=ACCOUNTS["ap_clearing"])
    assert ledger.left == {EXPENSE: "900.00", ACCOUNTS["ap_clearing"]: "-900.00"}
    ledger.post("BILL_MONEY_MOVEMENT_PAYIN", "900.00")
    assert ledger.left[ACCOUNTS["money_in_transit"]] == "900.00"
    ledger.post("BILL_EXPENSE_PAYMENT", "900.00")
    assert ledger.left == {EXPENSE: "900.00", CASH: "-900.00"}


def test_a_bill_that_a_card_pays():
    ledger = Ledger().post("BILL_EXPENSE", "900.00").post("BILL_EXPENSE_CARD_PAYMENT", "900.00")
    assert ledger.left == {EXPENSE: "900.00", ACCOUNTS["card_liability"]: "-900.00"}
    assert ledger.post("CARD_PAYMENT", "900.00").left == {EXPENSE: "900.00", CASH: "-900.00"}


@pytest.mark.parametrize("policy", ["journal", "invoice"])
def test_a_reimbursement_on_accrual_basis(policy):
    ledger = Ledger(REIMBURSEMENT_EXPENSE_APPROVAL=policy)
    ledger.post("REIMBURSEMENT_EXPENSE_APPROVAL", "60.00")
    if policy == "invoice":
        assert ledger.left == {EXPENSE: "60.00", "AP EMP1": "-60.00"}
        ledger.settle("EMP1", against=ACCOUNTS["reimbursements_payable"])
    assert ledger.left == {EXPENSE: "60.00", ACCOUNTS["reimbursements_payable"]: "-60.00"}
    ledger.post(f"{MOVEMENT}_PAYIN", "60.00").post(f"{MOVEMENT}_PAYOUT", "60.00")
    assert ledger.left == {EXPENSE: "60.00", CASH: "-60.00"}
    ledger.post("REIMBURSEMENT_EXPENSE_REPAYMENT", "10.00")
    assert ledger.left == {EXPENSE: "50.00", CASH: "-50.00"}


def test_a_reimbursement_that_could_not_be_paid_is_owed_again_until_it_is():
    ledger = Ledger().post("REIMBURSEMENT_EXPENSE_APPROVAL", "60.00")
    for _ in range(2):
        ledger.post(f"{MOVEMENT}_PAYIN", "60.00").post(f"{MOVEMENT}_PAYOUT", "60.00")
        paid = ledger.left
        ledger.post(f"{MOVEMENT}_PAYOUT_REVERSAL", "60.00").post(f"{MOVEMENT}_REFUND", "60.00")
        assert ledger.left == {EXPENSE: "60.00", ACCOUNTS["reimbursements_payable"]: "-60.00"}
    assert paid == {EXPENSE: "60.00", CASH: "-60.00"}


def test_a_reimbursement_on_cash_basis():
    ignored = dict.fromkeys(("REIMBURSEMENT_EXPENSE_APPROVAL", f"{MOVEMENT}_PAYOUT"), "ignore")
    ledger = Ledger(**ignored).post("REIMBURSEMENT_EXPENSE_APPROVAL", "60.00")
    assert ledger.left == {}
    ledger.post(f"{MOVEMENT}_PAYIN", "60.00").post("REIMBURSEMENT_EXPENSE_POST", "60.00")
    ledger.post(f"{MOVEMENT}_PAYOUT", "60.00")
    assert ledger.left == {EXPENSE: "60.00", CASH: "-60.00"}


@pytest.mark.parametrize("policy", ["journal", "invoice_and_journal"])
def test_the_vat_of_spend_stays_on_its_own_account(policy):
    ledger = Ledger(**dict.fromkeys(CARD, policy))
    vat = VatRoute("TAX", {"SE25": Vat("20", Decimal(25), VAT)})
    ledger.config = replace(ledger.config, vat=vat)
    taxed = {"field_values": coding(GL=EXPENSE, TAX="SE25")}
    ledger.post("CARD_EXPENSE_POST", "100.00", "25.50", **taxed)
    ledger.post("CARD_EXPENSE_REFUND", "25.50", **taxed)
    ledger.post("CARD_PAYMENT", "100.00")
    if policy != "journal":
        ledger.settle("BREX", against=ACCOUNTS["ap_clearing"])
    assert ledger.left == {EXPENSE: "80.00", VAT: "20.00", CASH: "-100.00"}
