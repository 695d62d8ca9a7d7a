"""Pulls: what is read from Brex page by page, each part by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class PullKind(StrEnum):
    """What a pull reads. Each kind has a scope of its own."""

    CARD_ACCOUNTS = "card_accounts"
    CARD_TRANSACTIONS = "card_transactions"
    CARD_STATEMENTS = "card_statements"
    CASH_ACCOUNTS = "cash_accounts"
    CASH_TRANSACTIONS = "cash_transactions"
    CASH_STATEMENTS = "cash_statements"
    #: Accounting records, narrowed to one review status, or to bills.
    RECORDS = "records"
    #: Expenses that transactions name, and no record shares.
    EXPENSES = "expenses"


#: What a token needs for each kind. https://developer.brex.com/guides/roles_permissions_scopes
SCOPES = {
    PullKind.CARD_ACCOUNTS: "accounts.card.readonly",
    PullKind.CARD_TRANSACTIONS: "transactions.card.readonly",
    PullKind.CARD_STATEMENTS: "statements.card.readonly",
    PullKind.CASH_ACCOUNTS: "accounts.cash.readonly",
    PullKind.CASH_TRANSACTIONS: "transactions.cash.readonly",
    PullKind.CASH_STATEMENTS: "statements.cash.readonly",
    PullKind.RECORDS: "accounting.record.read",
    PullKind.EXPENSES: "expenses.card.readonly",
}
#: What is read for each cash account.
OF_AN_ACCOUNT = (PullKind.CASH_TRANSACTIONS, PullKind.CASH_STATEMENTS)


def needs(kind: PullKind) -> str:
    """What the token needs for a kind, as a sentence for whoever grants it."""
    cash = ", and an account with cash" if kind in (PullKind.CASH_ACCOUNTS, *OF_AN_ACCOUNT) else ""
    return f"needs the scope {SCOPES[kind]}{cash}"


@dataclass(frozen=True, slots=True)
class PullSettings:
    """The `[brex.transactions]` section: how often, and how much is read anew each time.

    Each pull is followed by a reconciliation of `reconciled`, up to yesterday. What is only in Brex
    raises an alarm after `patience`.
    """

    every: timedelta = timedelta(days=1)
    overlap: timedelta = timedelta(days=14)
    reconciled: timedelta = timedelta(days=35)
    patience: timedelta = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Part:
    """What one pull reads: `of` is a cash account, or what records are narrowed to, else ""."""

    kind: PullKind
    of: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.of}".rstrip()


@dataclass(frozen=True, slots=True)
class Pull:
    """One reading of a part: what is dated from `since` on, and before `until`.

    `cursor` is where its next page begins, None at its beginning. It was read whole if it is
    `finished_at` without an `error`; one that is not finished is gone on with. `new` rows were not
    known before, `changed` ones were with another amount or day, `gone` ones are shown no more.
    """

    id: int
    part: Part
    since: date
    until: date
    attempt: int
    cursor: str | None
    started_at: datetime
    finished_at: datetime | None = None
    pages: int = 0
    rows: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    error: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether everything was read."""
        return self.finished_at is not None and not self.error


@dataclass(frozen=True, slots=True)
class Coverage:
    """What pulls of a part have read whole by now: the days from `since` on, before `until`.

    Both None where none was read whole. `why` is what the latest pull failed of, else "". Of a cash
    account that Brex shows no more: the days on which it was shown last, and found to be gone.
    """

    part: Part
    since: date | None
    until: date | None
    why: str
    shown_on: date | None = None
    gone_on: date | None = None
