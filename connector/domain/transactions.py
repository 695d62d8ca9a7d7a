"""What Brex shows of money that moved: accounts, settled transactions, statements, expenses.

Source: Brex Transactions API 1.0 (https://developer.brex.com/openapi/transactions_api) and Expenses
API 0.1. All amounts are whole minor units (cents) with their sign, exactly as Brex sent them, and
all days are days without a time, as Brex has them (UTC).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from connector.domain.money import Money

#: Brex lists the transactions and statements of all card accounts together, and under this name.
ALL_CARDS = "primary"


class AccountKind(StrEnum):
    """What kind of account money moved on."""

    CARD = "card"
    CASH = "cash"


@dataclass(frozen=True, slots=True)
class SpendAccount:
    """A card or cash account. `name` and `status` are "" where Brex gives none.

    `balance` is the current one, in minor units; None where Brex gives none.
    """

    id: str
    kind: AccountKind
    name: str = ""
    status: str = ""
    balance: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """A settled transaction, `CardTransaction` or `CashTransaction` of the API.

    `account_id` is the cash account's id, and `ALL_CARDS` for a card transaction. `type` is Brex's
    own word (`PURCHASE`, `REFUND`, `COLLECTION`, `CARD_COLLECTION`, …), "" where there is none.
    `amount` is in minor units of `currency`: a purchase is positive, a refund negative. Brex may
    leave out the amount of a cash transaction, and any currency. `merchant` is the descriptor of
    the card network, "" for none.
    """

    id: str
    account_id: str
    kind: AccountKind
    type: str
    amount: int | None
    currency: str | None
    posted_on: date
    initiated_on: date
    description: str = ""
    merchant: str = ""
    card_id: str | None = None
    expense_id: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A finalised statement: from `since` on, and before `until`, which Brex excludes.

    The balances are in minor units of `currency`; None where Brex gives none.
    """

    id: str
    account_id: str
    kind: AccountKind
    since: date
    until: date
    start_balance: int | None = None
    end_balance: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class RecordSummary:
    """An accounting record without its lines, at any review status.

    `amount` is in major units, as the Accounting API has it. `source_id` is the expense's id.
    `review_status` and `type` are Brex's own words.
    """

    id: str
    source_id: str | None
    type: str
    source_type: str
    review_status: str
    amount: Money
    erp_posting_date: datetime
    posted_at: datetime
    updated_at: datetime
    vendor: str
    version: int


@dataclass(frozen=True, slots=True)
class Expense:
    """An expense that a transaction names. `amount` is what is billed, in minor units.

    `status`, `payment_status`, `merchant` and `entity` (the billing entity's id in accounting) are
    "" where Brex gives none.
    """

    id: str
    status: str = ""
    payment_status: str = ""
    merchant: str = ""
    amount: int | None = None
    currency: str | None = None
    original_amount: int | None = None
    original_currency: str | None = None
    entity: str = ""
