"""Remove from the ERP the drafts that were given up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.domain.documents import Document
from connector.domain.drafts import (
    WITHOUT_EFFECT,
    Draft,
    DraftState,
    Outcome,
    Write,
    WriteStep,
)
from connector.domain.numbers import draft_of
from connector.domain.posting import FoundDocument, Phase
from connector.domain.reasons import Hold, Reason
from connector.ports import (
    Erp,
    Journal,
    NewWrite,
    PostingState,
    RecordStore,
    SettledWrite,
    Spares,
    Target,
)

BATCH = 25
#: Enough that all spare drafts are looked at within the hour, also after a long outage.
_MOST_BATCHES = 20
_REMOVABLE = frozenset({Phase.DRAFT, Phase.REFUSED})
_POSTED = frozenset({Phase.VALIDATED, Phase.LEDGER})


def remove_spares(
    connection_id: int,
    *,
    erp: Erp,
    journal: Journal,
    records: RecordStore,
    spares: Spares,
    lease_s: float,
) -> list[str]:
    """Delete or rename what is left of given-up drafts.

    A record of which somebody else validated a spare draft is held, wherever it stands: nothing is
    reversed, a person must look. Returns a sentence for each. A draft that cannot be found is
    looked for again, ever more rarely.
    """
    alarms: list[str] = []
    for _ in range(_MOST_BATCHES):
        leased = spares.lease(connection_id, BATCH, lease_s)
        if not leased:
            break
        targets: list[tuple[PostingState, Draft, Target]] = []
        searches = [search for state in journal.load(leased) for search in _searches(state)]
        answers = erp.look_up([search.document for search in searches])
        for search, answer in zip(searches, answers, strict=True):
            if answer.outcome is Outcome.DONE:
                targets += _sort(search, answer.value or (), records, spares, alarms)
        _discard(targets, erp=erp, journal=journal, spares=spares, lease_s=lease_s)
        spares.release(leased)
        if len(leased) < BATCH or any(answer.outcome is not Outcome.DONE for answer in answers):
            break  # what was not looked for is due at the next run
    return alarms


@dataclass(frozen=True, slots=True)
class _Search:
    """Spare drafts of one record that the ERP keeps at one place.

    `document` is the record's, with the company and the supplier that it had for these drafts.
    """

    state: PostingState
    document: Document
    drafts: tuple[Draft, ...]


def _searches(state: PostingState) -> list[_Search]:
    spares = [draft for draft in state.drafts if draft.state is DraftState.SPARE]
    return [
        _Search(
            state,
            state.document.kept_at(*place),
            tuple(draft for draft in spares if (draft.company, draft.supplier) == place),
        )
        for place in sorted({(draft.company, draft.supplier) for draft in spares})
    ]


def _sort(
    search: _Search,
    found: Sequence[FoundDocument],
    records: RecordStore,
    spares: Spares,
    alarms: list[str],
) -> list[tuple[PostingState, Draft, Target]]:
    """What can be removed of one record; the rest is noted."""
    state = search.state
    removable: list[tuple[PostingState, Draft, Target]] = []
    validated: list[tuple[Draft, FoundDocument]] = []
    for draft in search.drafts:
        here = _find(draft, found, search.document.number)
        if here is None:
            if _was_discarded(draft, state.now):
                spares.removed([(state.leased, draft.number, "removed, though no answer came")])
            else:
                spares.later([(state.leased, draft.number, "not found in the ERP")])
            continue
        spares.locate([(state.leased, draft.number, here.reference)])
        if here.phase in _POSTED:
            validated.append((draft, here))
        elif here.phase in _REMOVABLE:
            target = Target(search.document, here.reference, draft.marker)
            removable.append((state, draft, target))
        else:
            spares.later([(state.leased, draft.number, f"the ERP has it as {here.phase}")])
    if validated:
        alarms += _hold(state, validated, records, spares)
    return removable


def _hold(
    state: PostingState,
    validated: Sequence[tuple[Draft, FoundDocument]],
    records: RecordStore,
    spares: Spares,
) -> list[str]:
    references = ", ".join(here.reference for _, here in validated)
    ours = (
        f"document {state.decided} is the record's" if state.decided else "no document was decided"
    )
    why = (
        f"somebody validated {references}, a draft that was given up; {ours}; nothing was reversed"
    )
    hold = Hold(Reason.SPARE_DRAFT_POSTED, why, "reference", references)
    if not records.hold([(state.leased, hold)]):
        return []  # somebody else is at the record: the next run finds it again
    spares.validated(
        [(state.leased, draft.number, "validated by others") for draft, _ in validated]
    )
    return [f"record {state.leased.record_id}: {why}"]


def _discard(
    targets: Sequence[tuple[PostingState, Draft, Target]],
    *,
    erp: Erp,
    journal: Journal,
    spares: Spares,
    lease_s: float,
) -> None:
    if not targets:
        return
    rules = erp.rules
    writes = {
        (state.leased.id, draft.number): NewWrite(
            state.leased, draft.number, WriteStep.DISCARD, 1 + _tries(draft)
        )
        for state, draft, _ in targets
    }
    promised = journal.intend(
        list(writes.values()), call_s=rules.call_s, settle_s=rules.settle_s, lease_s=lease_s
    )
    mine = [
        (state, draft, target, write)
        for state, draft, target in targets
        for write in (writes[state.leased.id, draft.number],)
        if (state.leased.id, write.draft, write.step, write.line) in promised
    ]
    answers = erp.discard([target for _, _, target, _ in mine])
    for (state, draft, _, write), answer in zip(mine, answers, strict=True):
        journal.settle(
            [
                SettledWrite(
                    state.leased,
                    write.draft,
                    write.step,
                    write.line,
                    answer.outcome,
                    code=answer.code,
                    message=answer.message,
                )
            ]
        )
        if answer.outcome is Outcome.DONE:
            spares.removed([(state.leased, draft.number, answer.value or "removed")])
        else:
            spares.later([(state.leased, draft.number, answer.message)])


def _find(draft: Draft, found: Sequence[FoundDocument], number: str) -> FoundDocument | None:
    return next((d for d in found if draft_of(d.marker, number) == draft.number), None)


def _tries(draft: Draft) -> int:
    return len(_discards(draft))


def _was_discarded(draft: Draft, now: datetime) -> bool:
    """Whether a discard of what was there then may have taken effect, and cannot be late."""
    return any(
        write.outcome not in WITHOUT_EFFECT and write.settles_at < now for write in _discards(draft)
    )


def _discards(draft: Draft) -> list[Write]:
    return [write for write in draft.writes if write.step is WriteStep.DISCARD]
