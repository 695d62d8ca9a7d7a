"""The write journal in PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg2.extras import execute_values

from connector.domain.documents import document_of
from connector.domain.drafts import Draft, DraftState, Outcome, Write, WriteStep
from connector.domain.records import Leased
from connector.ports import NewWrite, OpenedDraft, PostingState, SettledWrite
from connector.store.database import Database
from connector.store.queries import query

#: How much of a peer's text is kept.
_MESSAGE = 500
#: Columns of `load_drafts` between a draft's state and its writes.
_ABOUT = 5


class PostgresJournal:
    """Implements `connector.ports.Journal`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, leased: Sequence[Leased]) -> list[PostingState]:
        """What is known of each record, in the order given."""
        ids = {"ids": [row.id for row in leased]}
        with self._database.transaction() as cursor:
            cursor.execute(query("load_postings"), ids)
            records = {row[0]: row for row in cursor.fetchall()}
            cursor.execute(query("load_drafts"), ids)
            drafts = _drafts(cursor.fetchall())
        return [
            PostingState(
                leased=row,
                document=document_of(records[row.id][1]),
                fingerprint=records[row.id][2],
                drafts=drafts.get(row.id, ()),
                decided=records[row.id][3],
                decided_at=records[row.id][4],
                voucher=records[row.id][5],
                now=records[row.id][6],
                mapped_at=records[row.id][7],
            )
            for row in leased
        ]

    def open_drafts(self, drafts: Sequence[OpenedDraft]) -> None:
        """Add drafts that are not there yet."""
        with self._database.transaction() as cursor:
            execute_values(
                cursor,
                "INSERT INTO erp_draft"
                " (record, draft, marker, fingerprint, erp_company, erp_supplier)"
                " SELECT v.record, v.draft, v.marker, v.fingerprint, v.company, v.supplier"
                " FROM (VALUES %s)"
                " AS v (record, attempt, draft, marker, fingerprint, company, supplier)"
                " JOIN record r ON r.id = v.record AND r.attempt = v.attempt"
                " ON CONFLICT (record, draft) DO NOTHING",
                [
                    (
                        draft.leased.id,
                        draft.leased.attempt,
                        draft.number,
                        draft.marker,
                        draft.fingerprint,
                        draft.company,
                        draft.supplier,
                    )
                    for draft in drafts
                ],
                page_size=1000,
            )

    def intend(
        self, writes: Sequence[NewWrite], *, call_s: float, lease_s: float
    ) -> dict[tuple[int, int, WriteStep, int], Write]:
        """Promise writes, and lengthen the leases so that they outlive the call."""
        owners = {write.leased.id: write.leased.attempt for write in writes}
        held = {"ids": list(owners), "attempts": list(owners.values()), "lease_s": lease_s}
        with self._database.transaction() as cursor:
            cursor.execute(query("begin_again"), held)
            cursor.execute(query("hold_on"), held)
            ours = {row[0] for row in cursor.fetchall()}
            rows = [
                (w.leased.id, w.draft, w.step.value, w.line, w.leased.attempt, call_s, w.settle_s)
                for w in writes
                if w.leased.id in ours
            ]
            if not rows:
                return {}
            promised = execute_values(
                cursor,
                query("intend"),
                rows,
                template="(%s, %s, %s, %s, %s, %s::float8, %s::float8)",
                page_size=1000,
                fetch=True,
            )
        return {
            (record, draft, WriteStep(step), line): Write(
                draft, WriteStep(step), line, Outcome.INTENT, sent_at, settles_at
            )
            for record, draft, step, line, sent_at, settles_at in promised
        }

    def settle(self, writes: Sequence[SettledWrite]) -> None:
        """Note what became of writes, and the ERP's number of a head that landed."""
        if not writes:
            return
        references = [
            (w.leased.id, w.leased.attempt, w.draft, w.reference) for w in writes if w.reference
        ]
        with self._database.transaction() as cursor:
            execute_values(
                cursor,
                query("settle_writes"),
                [
                    (
                        w.leased.id,
                        w.draft,
                        w.step.value,
                        w.line,
                        w.leased.attempt,
                        w.outcome.value,
                        w.code[:_MESSAGE],
                        w.message[:_MESSAGE],
                    )
                    for w in writes
                ],
                page_size=1000,
            )
            if references:
                execute_values(
                    cursor,
                    "UPDATE erp_draft d SET erp_reference = v.reference"
                    " FROM (VALUES %s) AS v (record, attempt, draft, reference)"
                    " JOIN record r ON r.id = v.record AND r.attempt = v.attempt"
                    " WHERE d.record = v.record AND d.draft = v.draft AND d.erp_reference IS NULL",
                    references,
                    page_size=1000,
                )

    def look_again(self, leased: Leased, write: Write, until: datetime) -> None:
        """Note that a write was looked for in vain; it is looked for again after `until`."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE erp_write w SET looks = looks + 1, settles_at = %s FROM record r"
                " WHERE w.record = %s AND w.draft = %s AND w.step = %s"
                " AND w.outcome IN ('intent', 'unknown')"
                " AND r.id = w.record AND r.attempt = %s",
                (until, leased.id, write.draft, write.step.value, leased.attempt),
            )

    def abandon(self, rows: Sequence[tuple[Leased, int, str]]) -> None:
        """Give drafts up for good (record, draft, why)."""
        with self._database.transaction() as cursor:
            execute_values(
                cursor,
                query("abandon"),
                [(leased.id, leased.attempt, draft, why[:_MESSAGE]) for leased, draft, why in rows],
                page_size=1000,
            )

    def decide(self, rows: Sequence[tuple[Leased, int, str]]) -> set[int]:
        """Make drafts the documents of their records (record, draft, reference), write-once."""
        with self._database.transaction() as cursor:
            decided = execute_values(
                cursor,
                query("decide"),
                [(leased.id, leased.attempt, draft, ref) for leased, draft, ref in rows],
                page_size=1000,
                fetch=True,
            )
            return {row[0] for row in decided}

    def settle_commit(self, leased: Leased, write: Write, result: str) -> None:
        """Note what a commit led to."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE erp_write w SET result = %s FROM record r"
                " WHERE w.record = %s AND w.draft = %s AND w.step = 'commit' AND w.line = %s"
                " AND r.id = w.record AND r.attempt = %s",
                (result, leased.id, write.draft, write.line, leased.attempt),
            )


def _drafts(rows: list[tuple[Any, ...]]) -> dict[int, tuple[Draft, ...]]:
    """Rows of a record, its draft, and one of the draft's writes, or nulls where it has none."""
    drafts: dict[tuple[int, int], Draft] = {}
    writes: dict[tuple[int, int], list[Write]] = defaultdict(list)
    for record, number, marker, state, *rest in rows:
        about, (step, line, outcome, *times) = rest[:_ABOUT], rest[_ABOUT:]
        if (record, number) not in drafts:
            drafts[record, number] = Draft(number, marker, DraftState(state), *about)
        if step is not None:
            writes[record, number].append(
                Write(number, WriteStep(step), line, Outcome(outcome), *times)
            )
    found: dict[int, list[Draft]] = defaultdict(list)
    for (record, number), draft in drafts.items():
        found[record].append(replace(draft, writes=tuple(writes[record, number])))
    return {record: tuple(of_one) for record, of_one in found.items()}
