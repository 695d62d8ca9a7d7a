"""Remove from the ERP the drafts that were given up."""

from __future__ import annotations

from collections.abc import Sequence

from connector.domain.drafts import Draft, DraftState, Outcome, WriteStep
from connector.domain.numbers import draft_of
from connector.domain.posting import FoundDocument, Phase
from connector.ports import Erp, Journal, NewWrite, PostingState, SettledWrite, Spares, Target

BATCH = 25
_REMOVABLE = frozenset({Phase.DRAFT, Phase.REFUSED})


def remove_spares(
    connection_id: int, *, erp: Erp, journal: Journal, spares: Spares, lease_s: float
) -> list[str]:
    """Delete or rename what is left of given-up drafts; one batch.

    Returns a sentence for each spare draft that somebody else validated: nothing is reversed, a
    person must look. A draft that cannot be found is looked for again, ever more rarely.
    """
    leased = spares.lease(connection_id, BATCH, lease_s)
    if not leased:
        return []
    states = journal.load(leased)
    alarms: list[str] = []
    targets: list[tuple[PostingState, Draft, Target]] = []
    answers = erp.look_up([state.document for state in states])
    for state, answer in zip(states, answers, strict=True):
        if answer.outcome is not Outcome.DONE:
            continue  # it was not looked for: the next run does
        for draft in state.drafts:
            if draft.state is not DraftState.SPARE:
                continue
            here = _find(draft, answer.value or (), state.document.number)
            if here is None:
                spares.later([(state.leased, draft.number, "not found in the ERP")])
            elif here.phase not in _REMOVABLE:
                alarms.append(_alarm(state, here))
                spares.later([(state.leased, draft.number, f"the ERP has it as {here.phase}")])
            else:
                spares.locate([(state.leased, draft.number, here.reference)])
                target = Target(state.document, here.reference, draft.marker)
                targets.append((state, draft, target))
    _discard(targets, erp=erp, journal=journal, spares=spares, lease_s=lease_s)
    spares.release(leased)
    return alarms


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
    return sum(1 for write in draft.writes if write.step is WriteStep.DISCARD)


def _alarm(state: PostingState, here: FoundDocument) -> str:
    return (
        f"record {state.leased.record_id}: somebody validated {here.reference}, a draft that was"
        f" given up; the record's document is {state.decided or 'not decided'}"
    )
