"""The protocol holds in every interleaving; with one rule missing it does not."""

from dataclasses import replace

import pytest

from connector.domain.drafts import DOUBTFUL, DraftState, Outcome
from tests.domain.protocol_model import Model


def test_no_interleaving_posts_twice_or_with_wrong_lines():
    states, violation = Model(workers=2, claims=3, drafts=2).explore()
    assert violation is None
    assert states > 10_000, "the search was cut short"


class WithoutTheFence(Model):
    """An overtaken worker may promise, note and decide."""

    def fenced(self, world, attempt):
        return True

    def may_promise(self, draft, request):
        return True


class DoubtIsTakenForAbsence(Model):
    """An unknown outcome counts as "it had no effect"."""

    def situation_drafts(self, world):
        return tuple(
            replace(
                d,
                writes=tuple(
                    replace(w, outcome=Outcome.NOT_SENT) if w.outcome in DOUBTFUL else w
                    for w in d.writes
                ),
            )
            for d in world.drafts
        )

    def may_promise(self, draft, request):
        return True


class EverybodyDecides(Model):
    """The decision is neither fenced nor write-once."""

    def may_decide(self, world, worker):
        return True


@pytest.mark.parametrize("mutant", [WithoutTheFence, DoubtIsTakenForAbsence, EverybodyDecides])
def test_the_search_finds_what_goes_wrong_without_one_rule(mutant):
    _, violation = mutant(workers=2, claims=3, drafts=2).explore()
    assert violation is not None
