"""The write journal in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg2.extras import execute_values

from connector.domain.documents import Document
from connector.domain.drafts import Outcome, Write, WriteStep
from connector.domain.records import Leased
from connector.ports import NewWrite, OpenedDraft, PostingState, SettledWrite
from connector.store.contents import Contents, Key
from connector.store.database import Database
from connector.store.drafts import DraftOf, load_drafts
from connector.store.queries import query

#: How much of a peer's text is kept.
_MESSAGE = 500


class PostgresJournal:
    """Implements `connector.ports.Journal`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._contents = Contents()

    def load(self, leased: Sequence[Leased]) -> list[PostingState]:
        """What is known of the document that each record posts now, in the order given."""
        ids = [row.id for row in leased]
        with self._database.transaction() as cursor:
            cursor.execute(query("load_postings"), {"ids": ids})
            documents = {row[0]: row[1:] for row in cursor.fetchall()}
            drafts = load_drafts(cursor, ids)
            of_documents = {(record, about[1]) for record, about in documents.items()}
            of_drafts = {
                (record, one.draft.fingerprint) for record in drafts for one in drafts[record]
            }
            said = self._contents.read(cursor, of_documents | of_drafts)
        return [
            _state(row, documents[row.id], drafts.get(row.id, ()), said)
            for row in leased
            if row.id in documents
        ]

    def open_drafts(self, drafts: Sequence[OpenedDraft]) -> None:
        """Add drafts that are not there yet."""
        with self._database.transaction() as cursor:
            execute_values(
                cursor,
                query("open_drafts"),
                [
                    (one.leased.id, one.leased.attempt, one.nth, one.number, one.marker)
                    for one in drafts
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
        """Make drafts the documents that they are of (record, draft, reference), write-once."""
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


def _state(
    leased: Leased,
    about: tuple[Any, ...],
    drafts: Sequence[DraftOf],
    said: Mapping[Key, Document],
) -> PostingState:
    """`before` is what the document said when drafts were opened that are otherwise now."""
    nth, fingerprint, decided, decided_at, now, mapped_at = about
    of_this = tuple(one.draft for one in drafts if one.document == nth)
    older = sorted({draft.fingerprint for draft in of_this} - {fingerprint})
    return PostingState(
        leased=leased,
        nth=nth,
        document=said[leased.id, fingerprint],
        fingerprint=fingerprint,
        drafts=of_this,
        next_draft=max((one.draft.number for one in drafts), default=0) + 1,
        decided=decided,
        decided_at=decided_at,
        now=now,
        mapped_at=mapped_at,
        before=tuple(said[leased.id, one] for one in older),
    )
