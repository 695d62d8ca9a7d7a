"""Control totals: both sides by company, currency, day, account and statement, and the proof."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from connector.domain.ledger import ErpDocument
from connector.domain.reconciliation.items import Ending, Item
from connector.domain.reconciliation.spend import Group, amount_of
from connector.domain.transactions import RecordSummary, Statement, Transaction


class Key(NamedTuple):
    """What a line of the totals is of; "" where there is none."""

    company: str
    currency: str
    day: date
    account: str
    statement: str


@dataclass(slots=True)
class Line:
    """Both sides of one key: how many items ended how, and what Brex has more than the ERP."""

    brex: Decimal = Decimal(0)
    erp: Decimal = Decimal(0)
    items: Counter[Ending] = field(default_factory=Counter)
    explained: defaultdict[Ending, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def difference(self) -> Decimal:
        """What Brex has more than the ERP."""
        return self.brex - self.erp

    def add(self, item: Item) -> None:
        """Count an item in."""
        self.brex += item.brex
        self.erp += item.erp
        self.items[item.ending] += 1
        self.explained[item.ending] += item.difference

    def include(self, other: Line) -> None:
        """Count another line in."""
        self.brex += other.brex
        self.erp += other.erp
        self.items += other.items
        for ending, amount in other.explained.items():
            self.explained[ending] += amount


@dataclass(slots=True)
class Tally:
    """How many of one kind, and the sum of their amounts, whatever the currency."""

    count: int = 0
    total: Decimal = Decimal(0)

    def add(self, amounts: Iterable[Decimal]) -> None:
        """Count amounts in."""
        for amount in amounts:
            self.count += 1
            self.total += amount


class ControlTotals:
    """Totals of items, and beside them what was read on both sides, counted apart from matching.

    Documents of the ERP alone that are not ours are no part of it.
    """

    def __init__(self, statements: Sequence[Statement] = ()) -> None:
        self._statements = statements
        self.lines: defaultdict[Key, Line] = defaultdict(Line)
        self._read: defaultdict[str, Tally] = defaultdict(Tally)
        self._ended: defaultdict[str, Tally] = defaultdict(Tally)
        self._unread = 0

    def read_transaction(self, one: Transaction) -> None:
        """A transaction, as it was read."""
        self._read["transactions"].add([amount_of(one)])

    def read_record(self, one: RecordSummary) -> None:
        """An accounting record, as it was read."""
        self._read["records"].add([one.amount.amount])

    def read_document(self, one: ErpDocument) -> None:
        """A live document of ours in the ERP, as it was read."""
        self._read["documents"].add([one.amount])

    def read_nothing(self) -> None:
        """A document that the ERP did not show: nothing says whether it is there."""
        self._unread += 1

    def leave_out(self, group: Group) -> None:
        """What was read and is of another window."""
        self._ended["transactions"].add(amount_of(one) for one in group.transactions)
        self._ended["records"].add(one.amount.amount for one in group.records)

    def add(self, item: Item) -> None:
        """An item that has ended."""
        if not item.is_ours:
            return
        self.lines[self._key(item)].add(item)
        self._ended["documents"].add(item.document_amounts)
        self._ended["records"].add(item.record_amounts)
        if item.charged is not None:
            self._ended["transactions"].count += len(item.transactions)
            self._ended["transactions"].total += item.charged

    @property
    def by_currency(self) -> Mapping[str, Line]:
        """All lines of a currency together."""
        found: defaultdict[str, Line] = defaultdict(Line)
        for key, line in self.lines.items():
            found[key.currency].include(line)
        return dict(sorted(found.items()))

    @property
    def faults(self) -> list[str]:
        """Why the period is not proved; empty where it is.

        It is proved when all that was read on either side has ended as an item, once, and the
        items' differences are the difference of the totals to the cent; and when the ERP showed
        what it was asked for.
        """
        found = [
            f"{what}: {read.count} were read, {ended.count} ended, {read.total - ended.total} apart"
            for what in ("transactions", "records", "documents")
            if (read := self._read[what]) != (ended := self._ended[what])
        ]
        for currency, line in self.by_currency.items():
            if sum(line.explained.values(), Decimal(0)) != line.difference:
                found.append(f"{currency}: the items do not explain {line.difference}")
        if self._unread:
            found.append(f"the ERP did not show {self._unread} of the documents it was asked for")
        return found

    def _key(self, item: Item) -> Key:
        statement = next(
            (
                one.id
                for one in self._statements
                if one.account_id == item.account and one.since <= item.day < one.until
            ),
            "",
        )
        return Key(item.company, item.currency, item.day, item.account, statement)
