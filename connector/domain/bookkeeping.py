"""What each type of accounting record is to a bookkeeper: a debit, a credit, what it may become.

Brex codes one side of spend, and leaves the other side, and both sides of payments, to the ledger:
https://developer.brex.com/openapi/accounting_api (`AccountingRecordDetailed.type`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Policy(StrEnum):
    """What becomes of the records of a type."""

    #: An invoice of the merchant, vendor or employee; a credit invoice where the lines are credits.
    INVOICE = "invoice"
    #: An entry of the general ledger.
    JOURNAL = "journal"
    #: The invoice, and an entry that moves the debt from AP clearing to where it is really owed.
    INVOICE_AND_JOURNAL = "invoice_and_journal"
    #: A person decides.
    HOLD = "hold"
    #: Nothing: the record is skipped.
    IGNORE = "ignore"


#: Those that make an invoice of somebody.
INVOICES = frozenset({Policy.INVOICE, Policy.INVOICE_AND_JOURNAL})


class Account(StrEnum):
    """An account of a side that Brex leaves uncoded, as `[mapping.offset_accounts]` names it."""

    #: What is owed to Brex for spend with its cards.
    CARD_LIABILITY = "card_liability"
    #: Between the invoices in the AP ledger and what pays them through Brex.
    AP_CLEARING = "ap_clearing"
    #: What is owed to employees.
    REIMBURSEMENTS_PAYABLE = "reimbursements_payable"
    #: Money that has left the bank, and that Brex has not paid out yet.
    MONEY_IN_TRANSIT = "money_in_transit"
    #: The bank account that Brex draws on and pays into.
    CASH = "cash"
    #: The income that redeemed rewards are.
    REWARDS = "rewards"


#: A side that people code in Brex, line by line.
CODED = None


@dataclass(frozen=True, slots=True)
class Rule:
    """The entry of a type, and the policies that make sense for it.

    Coded debits may come as credits: a correction, and the entry turns round. Coded credits may
    not come as debits. `owed_to_spender`: the creditor is the employee, not the merchant.
    `pays_back`: it undoes a payment, so that a negative amount of it is no other direction.
    """

    debit: Account | None
    credit: Account | None
    policies: frozenset[Policy]
    default: Policy = Policy.HOLD
    owed_to_spender: bool = False
    pays_back: bool = False

    @property
    def is_coded(self) -> bool:
        """Whether people code one of its sides."""
        return CODED in {self.debit, self.credit}

    def offset(self) -> Account:
        """The account against the coded lines. Raises ValueError where both sides are accounts."""
        if self.is_coded and (account := self.debit or self.credit):
            return account
        raise ValueError("no side of this entry is an offset")

    def accounts(self, policy: Policy) -> tuple[Account, ...]:
        """The accounts that a policy needs."""
        sides = tuple(account for account in (self.debit, self.credit) if account is not CODED)
        match policy:
            case Policy.JOURNAL:
                return sides
            case Policy.INVOICE_AND_JOURNAL:
                return (Account.AP_CLEARING, *sides)
            case _:
                return ()


_CARD, _CLEARING, _STAFF = (
    Account.CARD_LIABILITY,
    Account.AP_CLEARING,
    Account.REIMBURSEMENTS_PAYABLE,
)
_TRANSIT, _CASH, _REWARDS = Account.MONEY_IN_TRANSIT, Account.CASH, Account.REWARDS

_UNDESCRIBED = frozenset({Policy.HOLD, Policy.IGNORE})
_ENTRY = _UNDESCRIBED | {Policy.JOURNAL}
_OWED = _ENTRY | {Policy.INVOICE}
_PAID_BY_CARD = _OWED | {Policy.INVOICE_AND_JOURNAL}

#: Every type that Brex documents: its debit, its credit, what it may become, its default.
RULES: Mapping[str, Rule] = {
    # cards
    "CARD_EXPENSE_POST": Rule(CODED, _CARD, _PAID_BY_CARD, Policy.INVOICE),
    "CARD_EXPENSE_REFUND": Rule(_CARD, CODED, _PAID_BY_CARD, Policy.INVOICE),
    "CARD_EXPENSE_REPAYMENT": Rule(_CASH, CODED, _ENTRY),
    "CARD_PAYMENT": Rule(_CARD, _CASH, _ENTRY),
    "CARD_PAYMENT_REFUND": Rule(_CASH, _CARD, _ENTRY, pays_back=True),
    "REWARD_REDEMPTION": Rule(_CARD, _REWARDS, _ENTRY),
    # bills
    "BILL_EXPENSE": Rule(CODED, _CLEARING, _OWED),
    "BILL_EXPENSE_PAYMENT": Rule(_CLEARING, _TRANSIT, _ENTRY),
    "BILL_EXPENSE_CARD_PAYMENT": Rule(_CLEARING, _CARD, _ENTRY),
    "BILL_MONEY_MOVEMENT_PAYIN": Rule(_TRANSIT, _CASH, _ENTRY),
    # listed by Brex without a word of what they are
    "INVOICE": Rule(CODED, CODED, _UNDESCRIBED),
    "INVOICE_PAYMENT": Rule(CODED, CODED, _UNDESCRIBED),
    # reimbursements
    "REIMBURSEMENT_EXPENSE_APPROVAL": Rule(CODED, _STAFF, _OWED, owed_to_spender=True),
    "REIMBURSEMENT_EXPENSE_POST": Rule(CODED, _TRANSIT, _ENTRY),
    "REIMBURSEMENT_EXPENSE_REPAYMENT": Rule(_CASH, CODED, _ENTRY),
    "REIMBURSEMENT_EXPENSE_MONEY_MOVEMENT_PAYIN": Rule(_TRANSIT, _CASH, _ENTRY),
    "REIMBURSEMENT_EXPENSE_MONEY_MOVEMENT_PAYOUT": Rule(_STAFF, _TRANSIT, _ENTRY),
    "REIMBURSEMENT_EXPENSE_MONEY_MOVEMENT_PAYOUT_REVERSAL": Rule(
        _TRANSIT, _STAFF, _ENTRY, pays_back=True
    ),
    "REIMBURSEMENT_EXPENSE_MONEY_MOVEMENT_REFUND": Rule(_CASH, _TRANSIT, _ENTRY, pays_back=True),
}


def policy_of(record_type: str, types: Mapping[str, str]) -> Policy:
    """The policy of a type: as configured, else its default.

    A type that is not known is held unless it is ignored, and so is one with a policy that it
    cannot have.
    """
    rule = RULES.get(record_type)
    chosen = types.get(record_type, rule.default if rule else Policy.HOLD)
    allowed = rule.policies if rule else _UNDESCRIBED
    return Policy(chosen) if chosen in allowed else Policy.HOLD


def choices_of(record_type: str) -> list[str]:
    """The policies that a type may have, in the order of `Policy`."""
    rule = RULES.get(record_type)
    return [one.value for one in Policy if one in (rule.policies if rule else _UNDESCRIBED)]
