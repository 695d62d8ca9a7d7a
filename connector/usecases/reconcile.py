"""Reconcile: read both sides of a window, and say how every item ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from connector.domain.documents import DocumentKind, company_key
from connector.domain.ledger import ErpDocument, NotOffered, Unreadable
from connector.domain.pulls import PullKind
from connector.domain.reconciliation import (
    LIVE,
    ControlTotals,
    ErpSide,
    Group,
    Item,
    OurDocument,
    OurRecord,
    Reconciliation,
    Spend,
    end_all,
    suggest,
)
from connector.ports import Books, DocumentReader, PulledSpend

#: A record comes so long after its transaction, or before it, at the most; pulls reach so far back.
MARGIN = timedelta(days=45)
_DAY = timedelta(days=1)
#: Without these there is nothing to prove; a tenant may have no cash account, or no statement yet.
_NEEDED = frozenset({PullKind.CARD_TRANSACTIONS, PullKind.RECORDS})
#: So many numbers are looked up in our books at a time.
_CHUNK = 2_000

_Identity = tuple[DocumentKind, str, str, str | None, date | None, Decimal]


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Reconciles one connection. It can read both sides, and write to neither."""

    connection: str
    spend: PulledSpend
    books: Books
    erp: DocumentReader
    is_told: bool
    now: Callable[[], datetime]

    def run(self, since: date, until: date) -> Reconciliation:
        """Reconcile what moved from `since` on and before `until`, as pulls have read it."""
        started_at = self.now()
        totals = ControlTotals(self.spend.statements(since, until))
        groups = list(self._groups(since, until, totals))
        ours = {one.record_id: one for one in self.books.records(_ids(groups))}
        without_brex = list(self._without_brex(since, until))
        unread = list(self._unread(since, until))
        lacking = [told for kind, told in unread if kind in _NEEDED | {PullKind.CASH_TRANSACTIONS}]
        unlisted = [told for _, told in unread if told not in lacking]
        kinds = {kind for kind, _ in unread}
        known = [one for record in (*ours.values(), *without_brex) for one in record.documents]
        side = ErpSide()
        for told in self._told(known, since, until, side, totals):
            (lacking if isinstance(told, Unreadable) else unlisted).append(
                f"{told.kind} of {company_key(told.company)}: {told.why}"
            )
        ended = end_all(
            groups,
            ours,
            side,
            is_told=self.is_told,
            has_cards=PullKind.CARD_TRANSACTIONS not in kinds,
            has_expenses=PullKind.EXPENSES not in kinds,
            without_brex=without_brex,
        )
        items: list[Item] = suggest(ended, self.books.supplier_names())
        for item in items:
            totals.add(item)
        return Reconciliation(
            self.connection, since, until, started_at, items, totals, lacking, unlisted
        )

    def _told(
        self,
        known: Sequence[OurDocument],
        since: date,
        until: date,
        side: ErpSide,
        totals: ControlTotals,
    ) -> Iterator[Unreadable | NotOffered]:
        """Take in what the ERP has; what it could not list, or does not let be listed."""
        seen: set[_Identity] = set()
        for one in self._asked(known):
            side.add(one)
            if isinstance(one, Unreadable):
                totals.read_nothing()
            elif one.state in LIVE:
                totals.read_document(one)
                seen.add(_identity(one))
        expected = {one.number for one in known}
        for other in self._others(known, since, until, seen):
            if not isinstance(other, ErpDocument):
                yield other
                continue
            if other.number in expected:
                side.add(other)
            else:
                side.others.append(other)
            if other.ours:
                totals.read_document(other)

    def _groups(self, since: date, until: date, totals: ControlTotals) -> Iterator[Group]:
        spend = Spend()
        wide = (since - MARGIN, until + MARGIN)
        for transaction in self.spend.between(*wide):
            totals.read_transaction(transaction)
            spend.add_transaction(transaction)
        for transaction in self.spend.gone(*wide):
            spend.add_gone(transaction)
        for record in self.spend.records(*wide):
            totals.read_record(record)
            spend.add_record(record)
        for expense in self.spend.expenses(*wide):
            spend.add_expense(expense)
        for group in spend.groups():
            if since <= group.day < until:
                yield group
            else:
                totals.leave_out(group)

    def _without_brex(self, since: date, until: date) -> Iterator[OurRecord]:
        """What was posted for these days, maybe later, of records that Brex does not show."""
        posted = self.books.unshown(since, until + MARGIN)
        for record in self.books.records(posted):
            if any(since <= one.accounting_date < until for one in record.documents):
                yield record

    def _unread(self, since: date, until: date) -> Iterator[tuple[PullKind, str]]:
        """What pulls have not read of the window, by kind."""
        coverage = self.spend.coverage()
        kinds = {one.part.kind for one in coverage}
        yield from ((kind, f"{kind} of Brex were not read yet") for kind in _NEEDED - kinds)
        last = min(until, self.now().date())
        for one in coverage:
            if one.gone_on and one.gone_on <= since:
                continue
            shown = min(last, one.shown_on or last)
            if one.since is None or one.until is None:
                yield one.part.kind, f"{one.part} of Brex: {one.why or 'still being read'}"
            elif one.part.kind is PullKind.EXPENSES:
                continue  # they are read from the first on that waits
            elif one.since > since or one.until < shown:
                days = f"{one.since} to {one.until - _DAY}"
                why = f" ({one.why})" if one.why else ""
                yield one.part.kind, f"{one.part} of Brex were read from {days} alone{why}"
            elif one.until < min(last, one.gone_on or last):
                told = (
                    f"{one.part} of Brex were read to {one.until - _DAY}, and it is shown no more"
                )
                yield PullKind.CASH_ACCOUNTS, told

    def _asked(self, known: Sequence[OurDocument]) -> Iterator[ErpDocument | Unreadable]:
        """What the ERP has under our numbers."""
        if known:
            expected = sorted((one.expected for one in known), key=lambda it: it.accounting_date)
            days = expected[0].accounting_date, expected[-1].accounting_date
            yield from self.erp.documents(expected, *days)

    def _others(
        self, known: Sequence[OurDocument], since: date, until: date, seen: AbstractSet[_Identity]
    ) -> Iterator[ErpDocument | Unreadable | NotOffered]:
        """What else the ERP has of these days: all but what was seen, or is of another window."""
        expected = {one.number for one in known}
        suppliers = {one.supplier for one in known if one.supplier}
        found: list[ErpDocument] = []
        for one in self.erp.others(since, until - _DAY, suppliers=suppliers):
            if not isinstance(one, ErpDocument):
                yield one
            elif one.state in LIVE and _identity(one) not in seen:
                found.append(one)
        for start in range(0, len(found), _CHUNK):
            some = found[start : start + _CHUNK]
            mine = self.books.known_numbers([one.number for one in some]) - expected
            yield from (one for one in some if one.number not in mine)


def _identity(one: ErpDocument) -> _Identity:
    """What both readings of an ERP tell alike of one document."""
    return one.kind, one.number, one.company_key, one.supplier, one.accounting_date, one.amount


def _ids(groups: Sequence[Group]) -> list[str]:
    return [record.id for group in groups for record in group.records]
