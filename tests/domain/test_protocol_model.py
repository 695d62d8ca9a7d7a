"""The protocol holds in every interleaving; with one rule missing it does not."""

from dataclasses import replace

import pytest

from connector.domain.drafts import DOUBTFUL, DraftState, Outcome
from tests.domain.protocol_model import Model

DRAFTS, HEAD_AND_LINES = {"has_drafts": True}, {"lines_with_head": True}
NO_DRAFTS = {"has_drafts": False}
#: a draft's commit is sent once; what is in it may not be shown (M3: GLS840)
ONE_COMMIT = DRAFTS | {"commit_repeats": False}
#: what was written is only queued (ION)
QUEUED = NO_DRAFTS | HEAD_AND_LINES | {"answers_later": True}
UNREAD = ONE_COMMIT | {"reads_drafts": False}
#: the ERP says of a draft that it would not post it on that day
CONTROLLED = {"controls_drafts": True}


@pytest.mark.parametrize(
    ("profile", "at_least"),
    [
        (DRAFTS, 200_000),
        (DRAFTS | HEAD_AND_LINES, 20_000),
        (ONE_COMMIT, 100_000),
        (UNREAD, 10_000),
        (ONE_COMMIT | CONTROLLED, 150_000),
        (UNREAD | CONTROLLED | {"claims": 3}, 50_000),
        (NO_DRAFTS, 5_000),
        (NO_DRAFTS | HEAD_AND_LINES, 1_000),
        (QUEUED, 500),
    ],
)
def test_no_interleaving_posts_twice_or_with_wrong_lines(profile, at_least):
    bounds = {"workers": 2, "claims": 2, "drafts": 2} | profile
    states, violation = Model(**bounds).explore()
    assert violation is None
    assert states > at_least, "the search was cut short"


@pytest.mark.parametrize(
    ("profile", "at_least"),
    [
        (DRAFTS | {"claims": 1}, 9_000),
        (UNREAD | {"claims": 2}, 18_000),
        (NO_DRAFTS | HEAD_AND_LINES | {"claims": 2}, 7_000),
    ],
)
def test_two_documents_of_a_record_are_posted_once_each_and_in_their_order(profile, at_least):
    states, violation = Model(workers=2, drafts=1, documents=2, **profile).explore()
    assert violation is None
    assert states > at_least, "the search was cut short"


class HeadsAreTorn(Model):
    """A write that was to carry all lines may leave a head without any."""

    tears_heads = True


def test_a_head_without_its_lines_gets_them_once():
    completes = NO_DRAFTS | HEAD_AND_LINES | {"completes_heads": True}
    states, violation = HeadsAreTorn(workers=2, claims=2, drafts=2, **completes).explore()
    assert violation is None
    assert states > 3_000, "the search was cut short"


class LinesAreGivenToAnyHead(HeadsAreTorn):
    """A head is taken for one without lines, whatever it has."""

    def _next_move(self, worker, now, drafts, decided):
        if worker.read:
            worker = worker._replace(read=replace(worker.read, lines=()))
        return super()._next_move(worker, now, drafts, decided)


class WithoutTheFence(Model):
    """An overtaken worker may promise, note and decide."""

    def fenced(self, world, attempt):
        return True

    def may_promise(self, draft, request):
        return True


class DoubtIsTakenForAbsence(Model):
    """An unknown outcome counts as "it had no effect"."""

    def views(self, world):
        for nth, paper in super().views(world):
            yield nth, paper._replace(drafts=tuple(map(_without_doubt, paper.drafts)))

    def may_promise(self, draft, request):
        return True


class TheDecisionIsNotForGood(Model):
    """A worker may overlook the decision, and then decide anew."""

    def views(self, world):
        for nth, paper in super().views(world):
            yield nth, paper
            yield nth, paper._replace(drafts=tuple(map(_overruled, paper.drafts)), decided="")

    def may_decide(self, world, worker, paper):
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


class LinesAreWrittenBesideTheHead(Model):
    """Lines are sent although the head carried them."""

    def _next_move(self, *situation):
        whole, self.rules = self.rules, replace(self.rules, lines_with_head=False)
        try:
            return super()._next_move(*situation)
        finally:
            self.rules = whole


class TheCommitIsSentAgain(Model):
    """A commit whose effect cannot be seen yet is repeated, where that posts once more."""

    def _next_move(self, *situation):
        once, self.rules = self.rules, replace(self.rules, commit_repeats=True)
        try:
            return super()._next_move(*situation)
        finally:
            self.rules = once


class TheDayIsNoMatter(Model):
    """A draft is gone on with, though its document has another day by now."""

    def views(self, world):
        for nth, paper in super().views(world):
            drafts = (replace(draft, fingerprint=str(world.day)) for draft in paper.drafts)
            yield nth, paper._replace(drafts=tuple(drafts))


class TheNextBeginsEarly(Model):
    """A decided document is taken for posted."""

    def views(self, world):
        for nth, paper in super().views(world):
            yield nth, paper
            if paper.decided and nth + 1 < len(world.papers):
                yield nth + 1, world.papers[nth + 1]


@pytest.mark.parametrize(
    ("mutant", "profile"),
    [
        (WithoutTheFence, DRAFTS),
        (WithoutTheFence, NO_DRAFTS),
        (WithoutTheFence, NO_DRAFTS | HEAD_AND_LINES),
        (DoubtIsTakenForAbsence, DRAFTS),
        (DoubtIsTakenForAbsence, NO_DRAFTS),
        (DoubtIsTakenForAbsence, NO_DRAFTS | HEAD_AND_LINES),
        (TheDecisionIsNotForGood, DRAFTS),
        (TheDecisionIsNotForGood, DRAFTS | HEAD_AND_LINES),
        (WithoutTheFence, UNREAD),
        (WithoutTheFence, QUEUED),
        (DoubtIsTakenForAbsence, QUEUED),
        (DoubtIsTakenForAbsence, ONE_COMMIT),
        (DoubtIsTakenForAbsence, UNREAD),
        (TheDecisionIsNotForGood, UNREAD),
        (TheCommitIsSentAgain, ONE_COMMIT),
        (LinesAreWrittenBesideTheHead, NO_DRAFTS | HEAD_AND_LINES),
        (WithoutTheFence, ONE_COMMIT | CONTROLLED),
        (TheDayIsNoMatter, UNREAD | CONTROLLED),
        (TheNextBeginsEarly, DRAFTS | {"documents": 2}),
        (LinesAreGivenToAnyHead, NO_DRAFTS | HEAD_AND_LINES | {"completes_heads": True}),
    ],
)
def test_the_search_finds_what_goes_wrong_without_one_rule(mutant, profile):
    _, violation = mutant(workers=2, claims=2, drafts=2, **profile).explore()
    assert violation is not None
