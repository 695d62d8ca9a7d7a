"""The write journal in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connector.domain.documents import Document
from connector.domain.drafts import Outcome, Write, WriteStep
from connector.domain.records import Leased
from connector.ports import NewWrite, OpenedDraft, PostingState, SettledWrite
from connector.store.contents import Contents, Key
from connector.store.database import Database, as_json, row_of, with_rows
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
            with_rows(
                cursor,
                query("open_drafts"),
                [
                    row_of(one.leased, document=one.nth, draft=one.number, marker=one.marker)
                    for one in drafts
                ],
            )

    def intend(
        self, writes: Sequence[NewWrite], *, call_s: float, lease_s: float
    ) -> dict[tuple[int, int, WriteStep, int], Write]:
        """Promise writes, and lengthen the leases so that they outlive the call."""
        owners = {write.leased.id: write.leased for write in writes}
        held = [row_of(leased) for leased in owners.values()]
        with self._database.transaction() as cursor:
            with_rows(cursor, query("begin_again"), held)
            cursor.execute(query("hold_on"), {"rows": as_json(held), "lease_s": lease_s})
            ours = {row[0] for row in cursor.fetchall()}
            rows = [
                row_of(
                    write.leased,
                    draft=write.draft,
                    step=write.step,
                    line=write.line,
                    call_s=call_s,
                    settle_s=write.settle_s,
                )
                for write in writes
                if write.leased.id in ours
            ]
            promised = with_rows(cursor, query("intend"), rows) if rows else ()
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
        settled = [
            row_of(
                write.leased,
                draft=write.draft,
                step=write.step,
                line=write.line,
                outcome=write.outcome,
                code=write.code[:_MESSAGE],
                message=write.message[:_MESSAGE],
            )
            for write in writes
        ]
        numbered = [
            row_of(write.leased, draft=write.draft, reference=write.reference)
            for write in writes
            if write.reference
        ]
        with self._database.transaction() as cursor:
            with_rows(cursor, query("settle_writes"), settled)
            if numbered:
                with_rows(cursor, query("number_drafts"), numbered)

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
            with_rows(
                cursor,
                query("abandon"),
                [row_of(row, draft=draft, why=why[:_MESSAGE]) for row, draft, why in rows],
            )

    def decide(self, rows: Sequence[tuple[Leased, int, str]]) -> set[int]:
        """Make drafts the documents that they are of (record, draft, reference), write-once."""
        with self._database.transaction() as cursor:
            decided = with_rows(
                cursor,
                query("decide"),
                [row_of(row, draft=draft, reference=reference) for row, draft, reference in rows],
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
