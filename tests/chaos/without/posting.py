"""Parts of the protocol by which a document gets into the ERP once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from connector import steps
from connector.domain.drafts import DraftState, Outcome, Write, WriteStep
from connector.domain.protocol.situation import Situation
from connector.domain.records import Leased
from connector.ports import NewWrite, PostingState, SettledWrite
from connector.store import journal as journal_module
from connector.store.journal import PostgresJournal
from tests.chaos.without.naive import LookUpThenAdd
from tests.chaos.without.statements import change


def protocol() -> None:
    """Look up, then add: the lease alone protects it."""
    steps.PostDocuments = LookUpThenAdd  # type: ignore[misc,assignment]


def fence() -> None:
    """Whoever held a record writes on: no attempt, no lease and no earlier promise is looked at."""
    attempt, lease = " AND r.attempt = v.attempt", " AND r.lease_until > clock_timestamp()"
    change(journal_module, "hold_on", (attempt, ""), (lease, ""))
    change(journal_module, "begin_again", (attempt, ""))
    for name in ("settle_writes", "abandon", "decide"):
        change(journal_module, name, (attempt, ""))
    promise = journal_module.query("intend")
    once = promise[promise.index("ON CONFLICT") : promise.index("RETURNING")]
    change(journal_module, "intend", (once, ""))


def intent() -> None:
    """Writes leave without a row; the journal knows of them when they have ended, or never."""
    promise, settle = PostgresJournal.intend, PostgresJournal.settle
    forgotten: dict[tuple[int, int, WriteStep, int], tuple[NewWrite, dict[str, float]]] = {}

    def intend(self: PostgresJournal, writes: Sequence[NewWrite], **times: float) -> Any:
        with self._database.transaction() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            (now,) = cursor.fetchone() or (None,)
        forgotten.update({_key(write): (write, times) for write in writes})
        return {
            _key(one): Write(one.draft, one.step, one.line, Outcome.INTENT, now, now)
            for one in writes
        }

    def settled(self: PostgresJournal, writes: Sequence[SettledWrite]) -> None:
        for key in [_key(write) for write in writes]:
            if key in forgotten:
                write, times = forgotten.pop(key)
                promise(self, [write], **times)
        settle(self, writes)

    PostgresJournal.intend = intend  # type: ignore[method-assign,assignment]
    PostgresJournal.settle = settled  # type: ignore[method-assign]


def _key(write: NewWrite | SettledWrite) -> tuple[int, int, WriteStep, int]:
    return write.leased.id, write.draft, write.step, write.line


def doubt() -> None:
    """What was not answered, or never heard of again, was not processed: it is sent again."""
    settle = PostgresJournal.settle

    def surely(self: PostgresJournal, writes: Sequence[SettledWrite]) -> None:
        settle(self, [_sure(write) for write in writes])

    def forget(journal: PostgresJournal, leased: Sequence[Leased]) -> None:
        with journal._database.transaction() as cursor:
            cursor.execute(
                "UPDATE erp_write SET outcome = 'not_sent'"
                " WHERE record = ANY(%s) AND outcome = 'intent'",
                ([row.id for row in leased],),
            )

    PostgresJournal.settle = surely  # type: ignore[method-assign]
    _at_each_takeover(forget)


def _sure(write: SettledWrite) -> SettledWrite:
    is_lost = write.outcome is Outcome.UNKNOWN
    return replace(write, outcome=Outcome.NOT_SENT) if is_lost else write


def settling_time() -> None:
    """A look right after a lost answer decides; no write lands late, and no list lags behind."""
    promise = PostgresJournal.intend

    def intend(self: PostgresJournal, writes: Sequence[NewWrite], **times: float) -> Any:
        at_once = [replace(write, settle_s=0.0) for write in writes]
        return promise(self, at_once, **times | {"call_s": 0.0})

    PostgresJournal.intend = intend  # type: ignore[method-assign]


def comparison() -> None:
    """A draft whose writes were all answered is right: nobody reads what is in it."""
    Situation.differs = lambda self, read: ""  # type: ignore[method-assign]


def decision() -> None:
    """Whoever takes a record over decides anew, on a draft of his own."""

    def overrule(journal: PostgresJournal, leased: Sequence[Leased]) -> None:
        with journal._database.transaction() as cursor:
            ids = ([row.id for row in leased],)
            cursor.execute(
                "UPDATE erp_draft SET state = 'spare' WHERE record = ANY(%s) AND state = 'decided'",
                ids,
            )
            cursor.execute(
                "UPDATE erp_document SET erp_reference = NULL, decided_at = NULL"
                " WHERE record = ANY(%s) AND posted_at IS NULL",
                ids,
            )

    _at_each_takeover(overrule)


def resuming() -> None:
    """Whoever takes a record over begins with a draft of his own."""

    def give_up(journal: PostgresJournal, leased: Sequence[Leased]) -> None:
        states = _load(journal, leased)
        journal.abandon(
            [
                (state.leased, draft.number, "somebody else began it")
                for state in states
                for draft in state.drafts
                if draft.state is DraftState.OPEN
            ]
        )

    _at_each_takeover(give_up)


_load: Callable[[PostgresJournal, Sequence[Leased]], list[PostingState]] = PostgresJournal.load


def _at_each_takeover(change_it: Callable[[PostgresJournal, Sequence[Leased]], None]) -> None:
    """Do something to the journal of records that were just leased."""
    known: set[tuple[int, int]] = set()

    def load(self: PostgresJournal, leased: Sequence[Leased]) -> list[PostingState]:
        fresh = [row for row in leased if (row.id, row.attempt) not in known]
        known.update((row.id, row.attempt) for row in fresh)
        change_it(self, fresh)
        return _load(self, leased)

    PostgresJournal.load = load  # type: ignore[method-assign]


PARTS = (
    protocol, fence, intent, doubt, settling_time, comparison, decision, resuming,
)  # fmt: skip

SCHEMA = {
    "fence": "ALTER TABLE erp_write DISABLE TRIGGER USER;"
    "ALTER TABLE erp_write DROP CONSTRAINT erp_write_once",
    "decision": "ALTER TABLE erp_draft DISABLE TRIGGER guard_draft;"
    "ALTER TABLE erp_document DISABLE TRIGGER guard_document",
}
