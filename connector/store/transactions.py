"""Reading what pulls have kept: transactions, records, statements, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

from connector.domain.money import Money
from connector.domain.pulls import Coverage, Part, PullKind
from connector.domain.transactions import (
    AccountKind,
    Expense,
    RecordSummary,
    SpendAccount,
    Statement,
    Transaction,
)
from connector.store.database import Database

T = TypeVar("T")

#: Rows in memory at once.
_PAGE = 2_000

_TRANSACTION = (
    "transaction_id, account_id, kind, type, amount, currency, posted_on, initiated_on,"
    " description, merchant, card_id, expense_id"
)
_RECORD = (
    "record_id, source_id, type, source_type, review_status, amount, currency, erp_posting_date,"
    " posted_at, updated_at, vendor, version"
)


class Transactions:
    """What Brex showed of one connection, as the last pulls read it.

    Windows are from `since` on, and before `until`. What is streamed is read in pages of its own:
    any number of rows take the memory of one page, and no transaction stays open between them.
    """

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database = database
        self._connection_id = connection_id

    def between(self, since: date, until: date) -> Iterator[Transaction]:
        """The transactions that were posted within a window and Brex still shows, oldest first."""
        return self._transactions(since, until, "gone_at IS NULL")

    def gone(self, since: date, until: date) -> Iterator[Transaction]:
        """Those that were posted within a window, and that Brex shows no more."""
        return self._transactions(since, until, "gone_at IS NOT NULL")

    def records(self, since: date, until: date) -> Iterator[RecordSummary]:
        """The accounting records that were posted within a window, oldest first.

        At their last version, whatever their review status.
        """
        return self._pages(
            f"SELECT {_RECORD} FROM brex_record WHERE connection_id = %(connection_id)s"  # noqa: S608  ours
            " AND (posted_at, record_id) > (%(after)s, %(after_id)s) AND posted_at < %(until)s"
            " ORDER BY posted_at, record_id LIMIT %(limit)s",
            _record,
            key=lambda row: row.posted_at,
            since=_midnight(since),
            until=_midnight(until),
        )

    def expenses(self, since: date, until: date) -> Iterator[Expense]:
        """The expenses that transactions of a window name and no record shares: they wait in Brex.

        An expense that Brex has not shown yet is left out.
        """
        return self._pages(
            "SELECT e.expense_id, e.status, e.payment_status, e.merchant, e.amount, e.currency,"
            " e.original_amount, e.original_currency, e.entity FROM brex_expense e"
            " WHERE e.connection_id = %(connection_id)s AND e.expense_id > %(after_id)s"
            " AND EXISTS (SELECT FROM brex_transaction t WHERE t.connection_id = e.connection_id"
            " AND t.expense_id = e.expense_id AND t.gone_at IS NULL"
            " AND t.posted_on >= %(since)s AND t.posted_on < %(until)s)"
            " AND NOT EXISTS (SELECT FROM brex_record r WHERE r.connection_id = e.connection_id"
            " AND r.source_id = e.expense_id)"
            " ORDER BY e.expense_id LIMIT %(limit)s",
            lambda row: Expense(*row),
            key=lambda _: since,
            since=since,
            until=until,
        )

    def accounts(self) -> list[SpendAccount]:
        """The accounts that Brex shows."""
        rows = self._rows(
            "SELECT account_id, kind, name, status, balance, currency FROM brex_account"
            " WHERE connection_id = %(connection_id)s AND gone_at IS NULL ORDER BY kind, account_id"
        )
        return [SpendAccount(row[0], AccountKind(row[1]), *row[2:]) for row in rows]

    def statements(self, since: date, until: date) -> list[Statement]:
        """The statements that have a day in common with a window, oldest first."""
        rows = self._rows(
            "SELECT statement_id, account_id, kind, since, until, start_balance, end_balance,"
            " currency FROM brex_statement WHERE connection_id = %(connection_id)s"
            " AND since < %(until)s AND until > %(since)s"
            " ORDER BY since, kind, account_id, statement_id",
            since=since,
            until=until,
        )
        return [Statement(row[0], row[1], AccountKind(row[2]), *row[3:]) for row in rows]

    def coverage(self) -> list[Coverage]:
        """What was read of each part; each pull begins within the one before it.

        The day on which a pull began is not read whole, nor what came while it went on.
        """
        rows = self._rows(
            "SELECT kind, part, min(since) FILTER (WHERE is_whole), max(least(until,"
            " (started_at AT TIME ZONE 'UTC')::date)) FILTER (WHERE is_whole),"
            " (array_agg(error ORDER BY id DESC))[1], shown_on, gone_on FROM (SELECT *,"
            " finished_at IS NOT NULL AND error = '' AS is_whole FROM brex_pull"
            " WHERE connection_id = %(connection_id)s) AS pull"
            " LEFT JOIN (SELECT account_id, (gone_at AT TIME ZONE 'UTC')::date AS gone_on,"
            " (started_at AT TIME ZONE 'UTC')::date AS shown_on FROM brex_account AS account"
            " JOIN brex_pull ON brex_pull.id = seen_in WHERE gone_at IS NOT NULL"
            " AND account.kind = 'cash' AND account.connection_id = %(connection_id)s) AS gone"
            " ON account_id = part GROUP BY kind, part, shown_on, gone_on ORDER BY 1, 2"
        )
        return [Coverage(Part(PullKind(row[0]), row[1]), *row[2:]) for row in rows]

    def _transactions(self, since: date, until: date, shown: str) -> Iterator[Transaction]:
        return self._pages(
            f"SELECT {_TRANSACTION} FROM brex_transaction WHERE connection_id = %(connection_id)s"  # noqa: S608  ours
            " AND (posted_on, transaction_id) > (%(after)s, %(after_id)s) AND posted_on < %(until)s"
            f" AND {shown} ORDER BY posted_on, transaction_id LIMIT %(limit)s",
            lambda row: Transaction(row[0], row[1], AccountKind(row[2]), *row[3:]),
            key=lambda row: row.posted_on,
            since=since,
            until=until,
        )

    def _pages(
        self,
        statement: str,
        read: Callable[[tuple[Any, ...]], T],
        *,
        key: Callable[[T], date],
        since: date,
        until: date,
    ) -> Iterator[T]:
        """Pages behind the last row's key and id; no id is "", which all others come behind."""
        after, after_id = since, ""
        while True:
            page = self._rows(
                statement,
                since=since,
                until=until,
                after=after,
                after_id=after_id,
                limit=_PAGE,
            )
            for row in page:
                one = read(row)
                yield one
            if len(page) < _PAGE:
                return
            after, after_id = key(one), page[-1][0]

    def _rows(self, statement: str, **values: Any) -> Sequence[tuple[Any, ...]]:
        with self._database.transaction() as cursor:
            cursor.execute(statement, {"connection_id": self._connection_id, **values})
            return cursor.fetchall()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _record(row: tuple[Any, ...]) -> RecordSummary:
    number, source, kind, source_type, status, amount, currency, *rest = row
    return RecordSummary(number, source, kind, source_type, status, Money(amount, currency), *rest)
