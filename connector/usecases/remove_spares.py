"""Remove from the ERP the drafts that were given up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from connector.domain.drafts import WITHOUT_EFFECT, Outcome, Write, WriteStep
from connector.domain.numbers import draft_of
from connector.domain.posting import FoundDocument, Phase
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Leased
from connector.ports import (
    Erp,
    Journal,
    NewWrite,
    RecordStore,
    SettledWrite,
    Spare,
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
    looked for again, ever more rarely. One that is there twice, because a call was carried out
    twice, is gone when both are.
    """
    alarms: list[str] = []
    for _ in range(_MOST_BATCHES):
        leased = spares.lease(connection_id, BATCH, lease_s)
        if not leased:
            break
        places = _by_place(spares.load(leased))
        answers = erp.look_up([there[0].document for there in places])
        found = [
            _Found(spare, tuple(_twins(spare, answer.value or ())))
            for there, answer in zip(places, answers, strict=True)
            if answer.outcome is Outcome.DONE
            for spare in there
        ]
        _note_absent([one for one in found if not one.twins], erp, spares)
        there = [one for one in found if one.twins]
        spares.locate([one.row(one.twins[0].reference) for one in there])
        _discard(there, erp=erp, journal=journal, lease_s=lease_s)
        _note_left(there, spares)
        alarms += _hold([one for one in there if one.validated], records, spares)
        spares.release(leased)
        if len(leased) < BATCH or any(answer.outcome is not Outcome.DONE for answer in answers):
            break  # what was not looked for is due at the next run
    return alarms


def _by_place(spares: Sequence[Spare]) -> list[list[Spare]]:
    """The spare drafts that one look-up finds, together."""
    places: dict[tuple[object, ...], list[Spare]] = defaultdict(list)
    for spare in spares:
        places[spare.leased.id, *spare.document.place].append(spare)
    return list(places.values())


@dataclass(slots=True)
class _Found:
    """A spare draft, and what the ERP has under its marker: nothing, one document, or twins.

    `removed` says of each that went how it did, `left` of each that stays why; what somebody
    validated is in neither.
    """

    spare: Spare
    twins: tuple[FoundDocument, ...]
    removed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def leased(self) -> Leased:
        """The lease under which it is looked at."""
        return self.spare.leased

    @property
    def validated(self) -> list[str]:
        """The numbers of those that somebody validated."""
        return [twin.reference for twin in self.twins if twin.phase in _POSTED]

    def row(self, text: str) -> tuple[Leased, int, str]:
        """What is noted of the draft."""
        return self.leased, self.spare.draft.number, text


def _twins(spare: Spare, found: Sequence[FoundDocument]) -> Iterator[FoundDocument]:
    """The documents that carry the marker of a draft."""
    ours = spare.document.number, spare.draft.number
    return (one for one in found if draft_of(one.marker, ours[0]) == ours[1])


def _note_absent(absent: Sequence[_Found], erp: Erp, spares: Spares) -> None:
    for one in absent:
        rules = erp.rules(one.spare.document.kind)
        if _was_discarded(one.spare):
            spares.removed([one.row("removed, though no answer came")])
        elif one.spare.draft.reference and rules.reads_drafts and not rules.removes_drafts:
            spares.removed([one.row("somebody removed it in the ERP")])
        else:
            spares.later([one.row("not found in the ERP")])


def _discard(there: Sequence[_Found], *, erp: Erp, journal: Journal, lease_s: float) -> None:
    """Remove what can be removed, each twin by a write of its own."""
    tasks: list[tuple[_Found, Target, NewWrite]] = []
    for one in there:
        nth = len(_discards(one.spare))
        rules = erp.rules(one.spare.document.kind)
        for twin in one.twins:
            if twin.phase in _REMOVABLE and rules.removes_drafts:
                nth += 1
                draft = one.spare.draft
                target = Target(one.spare.document, twin.reference, draft.marker)
                write = NewWrite(
                    *(one.leased, draft.number, WriteStep.DISCARD, nth), settle_s=rules.settle_s
                )
                tasks.append((one, target, write))
            elif twin.phase in _REMOVABLE:
                one.left.append(f"{twin.reference} is to be removed in the ERP, by hand")
            elif twin.phase not in _POSTED:
                one.left.append(f"the ERP has it as {twin.phase}")
    if not tasks:
        return
    promised = journal.intend([write for _, _, write in tasks], call_s=erp.call_s, lease_s=lease_s)
    mine = [task for task in tasks if _key(task[2]) in promised]
    answers = erp.discard([target for _, target, _ in mine])
    for (one, _, _), answer in zip(mine, answers, strict=True):
        done = answer.outcome is Outcome.DONE
        (one.removed if done else one.left).append(answer.value or answer.message or "removed")
    journal.settle(
        [
            SettledWrite(
                write.leased,
                write.draft,
                write.step,
                write.line,
                answer.outcome,
                code=answer.code,
                message=answer.message,
            )
            for (_, _, write), answer in zip(mine, answers, strict=True)
        ]
    )


def _note_left(there: Sequence[_Found], spares: Spares) -> None:
    """Note which drafts are gone; those of which something is left are looked at again."""
    spares.removed(
        [one.row(", ".join(one.removed)) for one in there if len(one.removed) == len(one.twins)]
    )
    spares.later([one.row("; ".join(one.left)) for one in there if one.left])


def _hold(found: Sequence[_Found], records: RecordStore, spares: Spares) -> list[str]:
    """Hold the records of which somebody validated spare drafts; a sentence for each.

    A draft of which a twin is left to remove is found again, and told of again.
    """
    alarms = []
    of_record: dict[int, list[_Found]] = defaultdict(list)
    for one in found:
        of_record[one.leased.id].append(one)
    for ours in of_record.values():
        spare = ours[0].spare
        references = ", ".join(reference for one in ours for reference in one.validated)
        decided = (
            f"document {spare.decided} is the record's"
            if spare.decided
            else "no document was decided"
        )
        why = (
            f"somebody validated {references}, a draft that was given up; {decided};"
            " nothing was reversed"
        )
        hold = Hold(Reason.SPARE_DRAFT_POSTED, why, "reference", references)
        if not records.hold([(spare.leased, hold)]):
            continue  # somebody else is at the record: the next run finds it again
        told = [one for one in ours if len(one.removed) + len(one.validated) == len(one.twins)]
        spares.validated([one.row("validated by others") for one in told])
        alarms.append(f"record {spare.leased.record_id}: {why}")
    return alarms


def _key(write: NewWrite) -> tuple[int, int, WriteStep, int]:
    return write.leased.id, write.draft, write.step, write.line


def _was_discarded(spare: Spare) -> bool:
    """Whether a discard of what was there then may have taken effect, and cannot be late."""
    return any(
        write.outcome not in WITHOUT_EFFECT and write.settles_at < spare.now
        for write in _discards(spare)
    )


def _discards(spare: Spare) -> list[Write]:
    return [write for write in spare.draft.writes if write.step is WriteStep.DISCARD]
