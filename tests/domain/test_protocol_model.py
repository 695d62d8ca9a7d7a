"""The protocol holds in every interleaving; with one rule missing it does not."""

from dataclasses import replace

import pytest

from connector.domain.drafts import DOUBTFUL, DraftState, Outcome
from tests.domain.protocol_model import Model


def test_no_interleaving_posts_twice_or_with_wrong_lines():
    states, violation = Model(workers=2, claims=2, drafts=2).explore()
    assert violation is None
    assert states > 100_000, "the search was cut short"


class WithoutTheFence(Model):
    """An overtaken worker may promise, note and decide."""

    def fenced(self, world, attempt):
        return True

    def may_promise(self, draft, request):
        return True


class DoubtIsTakenForAbsence(Model):
    """An unknown outcome counts as "it had no effect"."""

    def views(self, world):
        yield tuple(_without_doubt(draft) for draft in world.drafts), world.decided

    def may_promise(self, draft, request):
        return True


class TheDecisionIsNotForGood(Model):
    """A worker may overlook the decision, and then decide anew."""

    def views(self, world):
        yield world.drafts, world.decided
        yield tuple(_overruled(draft) for draft in world.drafts), ""

    def may_decide(self, world, worker):
        return True

    def decided_on(self, draft, number):
        if draft.number == number:
            return replace(draft, state=DraftState.DECIDED)
        return _overruled(draft)


def _overruled(draft):
    decided = draft.state is DraftState.DECIDED
    return replace(draft, state=DraftState.SPARE) if decided else draft


def _without_doubt(draft):
    writes = (
        replace(w, outcome=Outcome.NOT_SENT) if w.outcome in DOUBTFUL else w for w in draft.writes
    )
    return replace(draft, writes=tuple(writes))


@pytest.mark.parametrize(
    "mutant", [WithoutTheFence, DoubtIsTakenForAbsence, TheDecisionIsNotForGood]
)
def test_the_search_finds_what_goes_wrong_without_one_rule(mutant):
    _, violation = mutant(workers=2, claims=2, drafts=2).explore()
    assert violation is not None
