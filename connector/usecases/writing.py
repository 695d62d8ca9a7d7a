"""Promise, send, settle: how a batch of writes leaves for an ERP."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from connector.domain import moves
from connector.domain.drafts import WITHOUT_EFFECT, Outcome, WriteStep
from connector.domain.posting import FoundDocument, PostingRules, ReadDocument
from connector.domain.records import Leased
from connector.ports import (
    Answer,
    Erp,
    Journal,
    NewDraft,
    NewLine,
    NewWrite,
    OpenedDraft,
    PostingState,
    SettledWrite,
    Target,
)

ItemT = TypeVar("ItemT")


@dataclass(slots=True)
class InHand:
    """A record and the document that it posts now: what the database knows, what the ERP said."""

    state: PostingState
    rules: PostingRules
    line_keys: Mapping[int, str]
    #: this process's clock when `state.now` was the database's
    loaded_at: float
    found: tuple[FoundDocument, ...] | None = None
    read: ReadDocument | None = None
    #: the ERP would post the draft that was read
    controlled: bool = False

    @property
    def leased(self) -> Leased:
        """The lease under which it is worked on."""
        return self.state.leased

    def now(self) -> datetime:
        """The database's time, carried on by this process's clock."""
        return self.state.now + timedelta(seconds=time.monotonic() - self.loaded_at)

    def write(self, draft: int, step: WriteStep, line: int = 0) -> NewWrite:
        """A write to promise."""
        return NewWrite(self.leased, draft, step, line, settle_s=self.rules.settle_s)

    @property
    def is_free(self) -> bool:
        """Whether nothing of the record stands in the ERP but drafts: it may become another one."""
        state = self.state
        writes = (write for draft in state.drafts for write in draft.writes)
        drafts_alone = self.rules.has_drafts or all(w.outcome in WITHOUT_EFFECT for w in writes)
        return state.nth == 1 and not state.decided and drafts_alone

    def forget(self) -> None:
        """What the ERP said is no longer news."""
        self.found = self.read = None
        self.controlled = False

    def target(self, reference: str) -> Target:
        """The document that the ERP knows as `reference`."""
        marker = next((d.marker for d in self.state.drafts if d.reference == reference), "")
        return Target(self.state.document, reference, marker)


@dataclass(slots=True)
class Written:
    """What a batch of writes led to, where it was not simply done or unknown."""

    #: the record is somebody else's by now, or the lease is too short: nothing more may be done
    lost: list[InHand] = field(default_factory=list)
    #: refused, or certainly without effect
    failed: list[tuple[InHand, Answer[Any]]] = field(default_factory=list)


class Writer:
    """Sends writes that the journal has promised, once each, and notes what became of them."""

    def __init__(self, erp: Erp, journal: Journal, lease_s: float) -> None:
        self._erp = erp
        self._journal = journal
        self._lease_s = lease_s

    def open_drafts(self, rows: Sequence[tuple[InHand, moves.OpenDraft]]) -> Written:
        """Write the heads of drafts."""
        self._journal.open_drafts(
            [
                OpenedDraft(record.leased, record.state.nth, move.draft, move.marker)
                for record, move in rows
            ]
        )
        return self._write(
            [
                (
                    record,
                    record.write(move.draft, WriteStep.HEAD),
                    NewDraft(record.state.document, move.marker),
                )
                for record, move in rows
            ],
            self._erp.open_drafts,
        )

    def add_lines(self, rows: Sequence[tuple[InHand, moves.AddLines]]) -> Written:
        """Write lines into drafts."""
        return self._write(
            [
                (
                    record,
                    record.write(move.draft, WriteStep.LINE, line),
                    NewLine(record.state.document, move.reference, line),
                )
                for record, move in rows
                for line in move.lines
            ],
            self._erp.add_lines,
        )

    def commit(self, rows: Sequence[tuple[InHand, moves.Commit]]) -> Written:
        """Have decided documents posted."""
        return self._write(
            [
                (
                    record,
                    record.write(move.draft, WriteStep.COMMIT, move.nth),
                    record.target(move.reference),
                )
                for record, move in rows
            ],
            self._erp.commit,
        )

    def _write(
        self,
        writes: list[tuple[InHand, NewWrite, ItemT]],
        send: Callable[[Sequence[ItemT]], Sequence[Answer[Any]]],
    ) -> Written:
        """Send what the journal promises.

        A record of which the journal refuses one write is left alone as a whole: another worker
        has it. Writes that were promised and then not sent stay doubtful, which is safe.
        """
        call_s = self._erp.call_s
        promised = self._journal.intend(
            [write for _, write, _ in writes], call_s=call_s, lease_s=self._lease_s
        )
        leased_until = time.monotonic() + self._lease_s
        lost: dict[int, InHand] = {}
        for record, write, _ in writes:
            record.forget()
            if (record.leased.id, write.draft, write.step, write.line) not in promised:
                lost[record.leased.id] = record
        mine = [row for row in writes if row[0].leased.id not in lost]
        if mine and time.monotonic() + call_s > leased_until:
            lost |= {record.leased.id: record for record, _, _ in mine}
            mine = []
        result = Written(lost=list(lost.values()))
        if mine:
            answers = send([item for _, _, item in mine])
            self._settle(mine, answers, result)
        return result

    def _settle(
        self,
        sent: list[tuple[InHand, NewWrite, ItemT]],
        answers: Sequence[Answer[Any]],
        result: Written,
    ) -> None:
        settled = []
        for (record, write, _), answer in zip(sent, answers, strict=True):
            settled.append(
                SettledWrite(
                    write.leased,
                    write.draft,
                    write.step,
                    write.line,
                    answer.outcome,
                    reference=answer.value if write.step is WriteStep.HEAD and answer.value else "",
                    code=answer.code,
                    message=answer.message,
                )
            )
            if answer.outcome in {Outcome.REFUSED, Outcome.NOT_SENT}:
                result.failed.append((record, answer))
        self._journal.settle(settled)
