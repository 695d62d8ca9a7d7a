"""Pulls from Brex, and what they read, in PostgreSQL."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from typing import Any

from psycopg2 import extensions

from connector.domain.money import Money
from connector.domain.pulls import Part, Pull, PullKind
from connector.domain.transactions import ALL_CARDS
from connector.errors import LeaseLostError
from connector.ports import Pulled, PulledPage
from connector.store.database import Database, as_json
from connector.store.queries import query

#: A pull that keeps no page for so long has died. It waits for a budget for ten minutes at most.
_LEASE_S = 900
#: What was broken off longer ago is begun anew: nothing says how long Brex's cursors last.
_GOES_ON_WITHIN_S = 12 * 3600
_LONGEST_ERROR = 1000

_KEEP = {
    PullKind.CARD_ACCOUNTS: "keep_accounts",
    PullKind.CASH_ACCOUNTS: "keep_accounts",
    PullKind.CARD_TRANSACTIONS: "keep_transactions",
    PullKind.CASH_TRANSACTIONS: "keep_transactions",
    PullKind.CARD_STATEMENTS: "keep_statements",
    PullKind.CASH_STATEMENTS: "keep_statements",
    PullKind.RECORDS: "keep_brex_records",
    PullKind.EXPENSES: "keep_expenses",
}
#: Of a pull, as `_pull_of` reads them.
_COLUMNS = (
    "id, kind, part, since, until, attempt, cursor, started_at, finished_at, pages, rows, new,"
    " changed, gone, error"
)


class PostgresPulls:
    """Implements `connector.ports.Pulls` for one connection."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database = database
        self._connection_id = connection_id

    def now(self) -> datetime:
        """The database's clock."""
        return self._database.now()

    def begin(self, part: Part, since: date, until: date) -> Pull | None:
        """Go on with the pull that was broken off, if it has the same window and is not old."""
        known = {
            **self._of(part),
            "since": since,
            "until": until,
            "lease_s": _LEASE_S,
            "goes_on_within_s": _GOES_ON_WITHIN_S,
        }
        with self._database.transaction() as cursor:
            cursor.execute(query("drop_old_pull"), known)
            cursor.execute(query("begin_pull"), known)
            row = cursor.fetchone()
        return _pull_of(row) if row else None

    def keep(self, pull: Pull, page: PulledPage) -> Pull:
        """Keep the rows of a page and the cursor of the next in one transaction."""
        # one statement takes no row twice: the last one counts
        rows = {row.id: _columns(row) for row in page.rows}
        with self._database.transaction() as cursor:
            cursor.execute(
                query(_KEEP[pull.part.kind]),
                {
                    "connection_id": self._connection_id,
                    "pull": pull.id,
                    "rows": as_json(list(rows.values())),
                },
            )
            new, changed = cursor.fetchone() or (0, 0)
            return self._fenced(
                cursor,
                pull,
                "cursor = %(next)s, pages = pages + 1, rows = rows + %(rows)s,"
                " new = new + %(new)s, changed = changed + %(changed)s,"
                " lease_until = now() + make_interval(secs => %(lease_s)s)",
                next=page.cursor,
                rows=len(rows),
                new=new,
                changed=changed,
                lease_s=_LEASE_S,
            )

    def start_over(self, pull: Pull) -> Pull:
        """Begin at the first page again."""
        with self._database.transaction() as cursor:
            return self._fenced(cursor, pull, "cursor = NULL, pages = 0, rows = 0")

    def put_off(self, pull: Pull, why: str) -> Pull:
        """End the lease, so that whoever comes next goes on."""
        with self._database.transaction() as cursor:
            changes = "lease_until = now() - interval '1 second', error = %(error)s"
            return self._fenced(cursor, pull, changes, error=why[:_LONGEST_ERROR])

    def finish(self, pull: Pull, error: str = "") -> Pull:
        """End a pull, and mark what one that was read whole did not show."""
        gone = 0
        with self._database.transaction() as cursor:
            if not error:
                cursor.execute(
                    query("mark_gone"),
                    {
                        **self._of(pull.part),
                        "account": pull.part.of or ALL_CARDS,
                        "since": pull.since,
                        "pull": pull.id,
                    },
                )
                (gone,) = cursor.fetchone() or (0,)
            return self._fenced(
                cursor,
                pull,
                "finished_at = clock_timestamp(), gone = %(gone)s, error = %(error)s",
                gone=gone,
                error=error[:_LONGEST_ERROR],
            )

    def last_whole(self, part: Part) -> Pull | None:
        """The last pull of a part that was read whole."""
        with self._database.transaction() as cursor:
            cursor.execute(
                f"SELECT {_COLUMNS} FROM brex_pull"  # noqa: S608  ours
                " WHERE connection_id = %(connection_id)s AND kind = %(kind)s AND part = %(part)s"
                " AND finished_at IS NOT NULL AND error = '' ORDER BY id DESC LIMIT 1",
                self._of(part),
            )
            row = cursor.fetchone()
        return _pull_of(row) if row else None

    def cash_accounts(self) -> list[str]:
        """The ids of the cash accounts that Brex shows."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT account_id FROM brex_account WHERE connection_id = %s AND kind = 'cash'"
                " AND gone_at IS NULL ORDER BY account_id",
                (self._connection_id,),
            )
            return [row[0] for row in cursor.fetchall()]

    def waiting_since(self, since: date) -> date | None:
        """The first day, from one on, with a transaction whose expense no record shares yet."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT min(t.posted_on) FROM brex_transaction t"
                " WHERE t.connection_id = %(connection_id)s AND t.posted_on >= %(since)s"
                " AND t.expense_id IS NOT NULL AND t.gone_at IS NULL"
                " AND NOT EXISTS (SELECT FROM brex_record r"
                " WHERE r.connection_id = %(connection_id)s AND r.source_id = t.expense_id)",
                {"connection_id": self._connection_id, "since": since},
            )
            row: tuple[date | None] | None = cursor.fetchone()
        return row[0] if row else None

    def _fenced(self, cursor: extensions.cursor, pull: Pull, changes: str, **values: Any) -> Pull:
        """Change a pull that is this attempt's still. Raises LeaseLostError."""
        cursor.execute(
            f"UPDATE brex_pull SET {changes} WHERE connection_id = %(connection_id)s"  # noqa: S608  ours
            " AND id = %(id)s AND attempt = %(attempt)s AND finished_at IS NULL"
            f" RETURNING {_COLUMNS}",
            {
                "connection_id": self._connection_id,
                "id": pull.id,
                "attempt": pull.attempt,
                **values,
            },
        )
        if (row := cursor.fetchone()) is None:
            raise LeaseLostError(f"the pull of {pull.part} was taken over, or has ended")
        return _pull_of(row)

    def _of(self, part: Part) -> dict[str, Any]:
        return {"connection_id": self._connection_id, "kind": part.kind, "part": part.of}


def _pull_of(row: tuple[Any, ...]) -> Pull:
    """The pull of a row of `_COLUMNS`."""
    number, kind, of, *rest = row
    return Pull(number, Part(PullKind(kind), of), *rest)


def _columns(pulled: Pulled) -> dict[str, Any]:
    row = {one.name: getattr(pulled, one.name) for one in fields(pulled)}
    if isinstance(money := row.get("amount"), Money):
        return {**row, "amount": money.amount, "currency": money.currency}
    return row
