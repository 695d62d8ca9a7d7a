"""Drafts that were given up, on their way out of the ERP."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg2.extras import execute_values

from connector.domain.documents import document_of
from connector.domain.records import Leased, Status
from connector.ports import Spare
from connector.store.database import Database
from connector.store.drafts import load_drafts
from connector.store.queries import query


class PostgresSpares:
    """Implements `connector.ports.Spares`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lease(self, connection_id: int, batch: int, lease_s: float) -> list[Leased]:
        """Take finished records that have drafts to remove."""
        with self._database.transaction() as cursor:
            cursor.execute(
                query("lease_spare"),
                {"connection_id": connection_id, "batch": batch, "lease_s": lease_s},
            )
            return [
                Leased(row[0], row[1], row[2], Status(row[3]), *row[4:])
                for row in cursor.fetchall()
            ]

    def load(self, leased: Sequence[Leased]) -> list[Spare]:
        """The drafts of these records that may be left in the ERP."""
        by_id = {row.id: row for row in leased}
        with self._database.transaction() as cursor:
            drafts = {
                (record, one.draft.number): one.draft
                for record, of_record in load_drafts(cursor, list(by_id)).items()
                for one in of_record
            }
            cursor.execute(query("load_spares"), {"ids": list(by_id)})
            return [
                Spare(by_id[record], drafts[record, draft], document_of(content), decided, now)
                for record, draft, content, decided, now in cursor.fetchall()
            ]

    def locate(self, rows: Sequence[tuple[Leased, int, str]]) -> None:
        """Note the ERP's numbers of drafts (record, draft, reference) that turned up late."""
        self._each(
            "UPDATE erp_draft d SET erp_reference = v.value FROM (VALUES %s)"
            " AS v (record, attempt, draft, value) JOIN record r"
            " ON r.id = v.record AND r.attempt = v.attempt"
            " WHERE d.record = v.record AND d.draft = v.draft AND d.erp_reference IS NULL",
            rows,
        )

    def removed(self, rows: Sequence[tuple[Leased, int, str]]) -> None:
        """Note drafts (record, draft, how) that are gone from the ERP."""
        self._each(
            "UPDATE erp_draft d SET state = 'removed', why = d.why || '; ' || v.value"
            " FROM (VALUES %s) AS v (record, attempt, draft, value) JOIN record r"
            " ON r.id = v.record AND r.attempt = v.attempt"
            " WHERE d.record = v.record AND d.draft = v.draft AND d.state = 'spare'",
            rows,
        )

    def validated(self, rows: Sequence[tuple[Leased, int, str]]) -> None:
        """Note drafts (record, draft, how) that somebody validated: a person was told of them."""
        self._each(
            "UPDATE erp_draft d SET validated_at = now(), why = d.why || '; ' || v.value"
            " FROM (VALUES %s) AS v (record, attempt, draft, value) JOIN record r"
            " ON r.id = v.record AND r.attempt = v.attempt"
            " WHERE d.record = v.record AND d.draft = v.draft AND d.state = 'spare'",
            rows,
        )

    def later(self, rows: Sequence[tuple[Leased, int, str]]) -> None:
        """Look again later (record, draft, why); after enough looks a draft counts as gone.

        One that is known to be in the ERP is looked at every half hour, because somebody may
        validate it. Of one that is not, the looks are ever further apart (10 minutes, an hour and
        a half, 13 hours …), because a request may land very late; four in vain are enough.
        """
        self._each(
            "UPDATE erp_draft d SET tidy_tries = least(d.tidy_tries + 1, 1000), why = v.value,"
            " tidy_at = now() + CASE WHEN d.erp_reference IS NULL"
            " THEN interval '10 minutes' * power(9, least(d.tidy_tries, 3))"
            " ELSE interval '30 minutes' END,"
            " state = CASE WHEN d.erp_reference IS NULL AND d.tidy_tries >= 3"
            " THEN 'removed' ELSE d.state END"
            " FROM (VALUES %s) AS v (record, attempt, draft, value) JOIN record r"
            " ON r.id = v.record AND r.attempt = v.attempt"
            " WHERE d.record = v.record AND d.draft = v.draft AND d.state = 'spare'",
            rows,
        )

    def release(self, leased: Sequence[Leased]) -> None:
        """End the leases. What waits for its export is due again."""
        with self._database.transaction() as cursor:
            execute_values(
                cursor,
                "UPDATE record r SET lease_until = NULL,"
                " due_at = CASE WHEN r.due_at IS NOT NULL THEN clock_timestamp() END"
                " FROM (VALUES %s) AS v (id, attempt)"
                " WHERE r.id = v.id AND r.attempt = v.attempt",
                [(row.id, row.attempt) for row in leased],
            )

    def _each(self, sql: str, rows: Sequence[tuple[Leased, int, str]]) -> None:
        if not rows:
            return
        with self._database.transaction() as cursor:
            execute_values(
                cursor,
                sql,
                [(leased.id, leased.attempt, draft, value) for leased, draft, value in rows],
            )
