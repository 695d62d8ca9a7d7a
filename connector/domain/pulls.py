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


@dataclass(frozen=True, slots=True)
class PullSettings:
    """The `[brex.transactions]` section: how often, and how much is read anew each time."""

    every: timedelta = timedelta(days=1)
    overlap: timedelta = timedelta(days=14)


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
