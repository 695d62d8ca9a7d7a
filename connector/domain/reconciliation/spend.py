"""Brex's side: transactions, expenses and accounting records, put together by their ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from connector.domain.money import decimals
from connector.domain.reconciliation.items import direction
from connector.domain.transactions import Expense, RecordSummary, Transaction


@dataclass(slots=True)
class Group:
    """Transactions and records of one expense that belong together.

    A transaction and a record of the same amount are a pair; what is left over of an expense is
    one group for each currency.
    """

    transactions: list[Transaction] = field(default_factory=list)
    records: list[RecordSummary] = field(default_factory=list)
    expense: Expense | None = None
    #: Transactions of the expense that Brex showed once, and shows no more.
    gone: list[str] = field(default_factory=list)
    #: The expense has records, of these transactions or of others.
    is_recorded: bool = False

    @property
    def day(self) -> date:
        """When the money moved: the first transaction's day, else the first record's."""
        if self.transactions:
            return min(one.posted_on for one in self.transactions)
        return min(one.posted_at.date() for one in self.records)

    @property
    def currency(self) -> str:
        """The currency of the first that has one; "" where Brex gave none."""
        of_money = next((one.currency for one in self.transactions if one.currency), "")
        return of_money or next((one.amount.currency for one in self.records), "")

    @property
    def charged(self) -> Decimal | None:
        """What the transactions come to; None where there are none."""
        amounts = [amount_of(one) for one in self.transactions]
        return sum(amounts, Decimal(0)) if amounts else None


def amount_of(one: Transaction) -> Decimal:
    """A transaction's amount in major units."""
    return Decimal(one.amount or 0).scaleb(-decimals(one.currency or ""))


class Spend:
    """Takes in rows of all three kinds in any order, and puts together what belongs together.

    Give it some weeks more than the window on either side: a record comes days after its
    transaction, and belongs to the day of that.
    """

    def __init__(self) -> None:
        self._of_expenses: dict[str, Group] = {}
        self._alone: list[Group] = []

    def add_transaction(self, one: Transaction) -> None:
        """A settled transaction."""
        if one.expense_id:
            self._of(one.expense_id).transactions.append(one)
        else:
            self._alone.append(Group([one]))

    def add_gone(self, one: Transaction) -> None:
        """A transaction that Brex shows no more."""
        if one.expense_id:
            self._of(one.expense_id).gone.append(one.id)

    def add_record(self, one: RecordSummary) -> None:
        """An accounting record, whatever its review status."""
        if one.source_id:
            self._of(one.source_id).records.append(one)
        else:
            self._alone.append(Group([], [one]))

    def add_expense(self, one: Expense) -> None:
        """An expense that transactions name and no record shares."""
        self._of(one.id).expense = one

    def groups(self) -> Iterator[Group]:
        """All groups; each row is in one of them."""
        for group in (*self._alone, *self._of_expenses.values()):
            yield from _pairs(group)

    def _of(self, expense: str) -> Group:
        return self._of_expenses.setdefault(expense, Group())


def _pairs(group: Group) -> Iterator[Group]:
    def made(transactions: list[Transaction], records: list[RecordSummary]) -> Group:
        is_recorded = bool(group.records)
        return Group(transactions, records, group.expense, group.gone, is_recorded)

    records = sorted(group.records, key=lambda one: (one.posted_at, one.id))
    left = sorted(group.transactions, key=lambda one: (one.posted_on, one.id))
    for is_pair in (_is_same, _is_same_size):
        for transaction in list(left):
            mate = next((one for one in records if is_pair(transaction, one)), None)
            if mate is not None:
                left.remove(transaction)
                records.remove(mate)
                yield made([transaction], [mate])
    for charged, recorded in _by_currency(left, records):
        if charged and recorded:
            yield made(charged, recorded)
        else:
            yield from (made([one], []) for one in charged)
            yield from (made([], [one]) for one in recorded)


def _by_currency(
    transactions: list[Transaction], records: list[RecordSummary]
) -> Iterator[tuple[list[Transaction], list[RecordSummary]]]:
    """Both sides, a currency at a time; a transaction without one is of the first record's."""
    first = records[0].amount.currency if records else ""
    for currency in dict.fromkeys(
        (
            *(one.currency or first for one in transactions),
            *(one.amount.currency for one in records),
        )
    ):
        yield (
            [one for one in transactions if (one.currency or first) == currency],
            [one for one in records if one.amount.currency == currency],
        )


def _is_same(transaction: Transaction, record: RecordSummary) -> bool:
    """By amount and the sign that a record of its type has."""
    signed = direction(record.type) * abs(record.amount.amount)
    return _is_same_size(transaction, record) and amount_of(transaction) == signed


def _is_same_size(transaction: Transaction, record: RecordSummary) -> bool:
    same_currency = transaction.currency in {None, record.amount.currency}
    return same_currency and abs(amount_of(transaction)) == abs(record.amount.amount)
