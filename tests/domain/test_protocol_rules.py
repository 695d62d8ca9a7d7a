"""Each rule of docs/protocol.md is needed: without it, the search finds what goes wrong.

More mutants than in `test_protocol_model.py`, some of them in a world that is worse: a proxy that
repeats calls, an ERP that shows little, a person who changes drafts.
"""

from dataclasses import replace

import pytest

from connector.domain.drafts import DraftState, Outcome, WriteStep
from connector.domain.posting import Phase
from tests.domain.protocol_model import Model

FOREIGN = 9


class AProxyRepeats(Model):
    """Any request may land twice at once."""

    def successors(self, world):
        yield from super().successors(world)
        for request in world.network:
            once = self._land(world, request)
            yield self._land(once._replace(network=once.network | {request}), request)


class LinesLookAlike(AProxyRepeats):
    """The ERP does not show what tells one line from another."""

    alike = True

    def shown(self, line):
        return "a line"


class APersonMeddles(Model):
    """Somebody adds a line to a draft, once; what he changes after the last look may be posted."""

    def successors(self, world):
        yield from super().successors(world)
        if any(FOREIGN in doc.lines for doc in world.erp):
            return
        for at, doc in enumerate(world.erp):
            if doc.phase is Phase.DRAFT and self.may_meddle(world):
                changed = doc._replace(lines=(*doc.lines, FOREIGN))
                yield world._replace(erp=(*world.erp[:at], changed, *world.erp[at + 1 :]))

    def may_meddle(self, world):
        return True

    def violation(self, world):
        found = super().violation(world)
        unseen = found == "posted with wrong lines" and world.status != "posted"
        return None if unseen else found


class APersonMeddlesInTime(APersonMeddles):
    """He does so while nobody has looked and is about to commit; then it may not be posted."""

    def may_meddle(self, world):
        return all(
            worker.read is None and not worker.unsent and not worker.waiting
            for worker in world.workers
        ) and all(request.step is not WriteStep.COMMIT for request in world.network)

    def violation(self, world):
        return Model.violation(self, world)


@pytest.mark.parametrize(
    ("world", "bounds"),
    [
        (AProxyRepeats, {"workers": 1, "claims": 1, "drafts": 2}),
        (LinesLookAlike, {"workers": 1, "claims": 2, "drafts": 1, "lines": 2}),
        (APersonMeddles, {"workers": 1, "claims": 2, "drafts": 1}),
        (APersonMeddlesInTime, {"workers": 1, "claims": 2, "drafts": 1}),
    ],
)
def test_the_rules_hold_in_a_worse_world(world, bounds):
    _, violation = world(**bounds).explore()
    assert violation is None


class WithoutIntent(Model):
    """The journal hears of a write when it has ended, or never."""

    def _promise(self, world, index, worker, requests):
        return super()._promise(world, index, worker, requests)._replace(papers=world.papers)

    def _settle(self, world, index, worker, outcome):
        request = worker.waiting
        noted = super()._promise(world, index, worker._replace(waiting=None), [request])
        kept = self._worker(noted, index, worker._replace(found=None, read=None))
        return super()._settle(kept, index, kept.workers[index], outcome)


class GivenUpDraftsAreTakenUpAgain(Model):
    """A worker may go on with a draft that was given up, and writes again what was not found."""

    def views(self, world):
        for nth, paper in super().views(world):
            yield nth, paper
            yield nth, paper._replace(drafts=tuple(map(_taken_up, paper.drafts)))

    def _promise(self, world, index, worker, requests):
        taken_up = self._draft(world, requests[0].draft, _taken_up)
        return super()._promise(taken_up, index, worker, requests)


def _taken_up(draft):
    if draft.state is not DraftState.SPARE:
        return draft
    writes = (
        replace(w, outcome=Outcome.NOT_SENT) if w.outcome is Outcome.ABSENT else w
        for w in draft.writes
    )
    return replace(draft, state=DraftState.OPEN, writes=tuple(writes))


class WithoutComparison(Model):
    """Whoever reads a document sees what he meant."""

    def lines_read(self, world, doc):
        return self.lines


class AlikeIsNoMatter(LinesLookAlike):
    """As many lines as were meant are the lines that were meant."""

    alike = False


class NotComparedBeforeTheCommit(APersonMeddlesInTime):
    """Between decision and validation nobody looks."""

    def lines_read(self, world, doc):
        is_checked = not world.papers[0].decided or doc.phase is not Phase.DRAFT
        return doc.lines if is_checked else self.lines


class NotComparedInTheLedger(APersonMeddles):
    """What was validated is what was meant."""

    def lines_read(self, world, doc):
        return doc.lines if doc.phase is not Phase.VALIDATED else self.lines


@pytest.mark.parametrize(
    ("mutant", "bounds"),
    [
        (WithoutIntent, {"workers": 2, "claims": 2, "drafts": 2}),
        (GivenUpDraftsAreTakenUpAgain, {"workers": 2, "claims": 2, "drafts": 2}),
        (WithoutComparison, {"workers": 2, "claims": 2, "drafts": 2}),
        (AlikeIsNoMatter, {"workers": 1, "claims": 1, "drafts": 1, "lines": 2}),
        (NotComparedBeforeTheCommit, {"workers": 1, "claims": 2, "drafts": 1}),
        (NotComparedInTheLedger, {"workers": 1, "claims": 1, "drafts": 1}),
    ],
)
def test_the_search_finds_what_goes_wrong_without_a_rule(mutant, bounds):
    _, violation = mutant(**bounds).explore()
    assert violation is not None
