"""The use case over a store of its own: records that Brex does not show, and what others posted."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from connector.domain.documents import DocumentKind
from connector.domain.ledger import NotOffered, Unreadable
from connector.domain.pulls import Coverage, Part, PullKind
from connector.domain.reconciliation import Ending
from connector.usecases.pull_transactions import PullReport
from connector.usecases.reconcile import Reconcile
from connector.wiring import Wired
from tests.reconciliation.worlds import COMPANY, SINCE, UNTIL, in_erp, our_document, ours, purchase


@dataclass
class Peer:
    """Both sides and our books, as a test wants them."""

    world: object = field(default_factory=purchase)
    others_: list = field(default_factory=list)
    unshown_: list = field(default_factory=list)
    known: set = field(default_factory=set)
    read: dict = field(default_factory=lambda: dict.fromkeys(PullKind, (date.min, date.max, "")))

    def statements(self, since, until):
        return []

    def between(self, since, until):
        return iter(self.world.transactions)

    def gone(self, since, until):
        return iter(self.world.gone)

    def records(self, what, until=None):
        if until is not None:
            return iter(self.world.records)
        known = {one.record_id: one for one in (*self.world.ours, *self.unshown_)}
        return iter([known[one] for one in what if one in known])

    def expenses(self, since, until):
        return iter(self.world.expenses)

    def coverage(self):
        return [Coverage(Part(kind), *days) for kind, days in self.read.items()]

    def unshown(self, since, until):
        return [one.record_id for one in self.unshown_]

    def known_numbers(self, numbers):
        return self.known & set(numbers)

    def supplier_names(self):
        return {}

    def documents(self, known, since, until):
        numbers = {one.number for one in known}
        return iter([one for one in self.world.erp if one.number in numbers])

    def others(self, since, until, *, suppliers):
        return iter(self.others_)

    def now(self):
        return datetime(2026, 11, 25, tzinfo=UTC)

    def run(self):
        return Reconcile("acme", self, self, self, True, self.now).run(SINCE, UNTIL)


def test_a_document_of_ours_that_comes_among_the_others_is_counted_once():
    peer = Peer()
    peer.others_, peer.known = list(peer.world.erp), {peer.world.erp[0].number}
    result = peer.run()
    assert result.is_proved, result.faults
    assert result.endings == Counter({Ending.MATCHED: 1})


def test_our_number_under_another_supplier_is_a_second_document():
    peer = Peer()
    peer.others_ = [in_erp(our_document(), supplier="739999", voucher="6000")]
    peer.known = {peer.world.erp[0].number}
    (item,) = peer.run().items
    assert item.ending is Ending.DIFFERENT
    assert item.differences[0].erp == "2: 5000, 6000"
    assert item.difference == -100


@pytest.mark.parametrize(
    "changed",
    [
        {"company": (("cono", "100"), ("divi", "BBB"))},
        {"accounting_date": date(2026, 10, 30)},
        {"amount": Decimal("12.00")},
    ],
    ids=str,
)
def test_our_number_elsewhere_in_the_erp_is_a_second_document(changed):
    peer = Peer()
    peer.others_ = [*peer.world.erp, in_erp(our_document(), voucher="6000", **changed)]
    peer.known = {peer.world.erp[0].number}
    result = peer.run()
    (item,) = result.items
    assert item.differences[0].erp == "2: 5000, 6000"
    assert result.is_proved, result.faults


def test_our_number_of_another_window_is_left_to_that_window():
    peer = Peer(others_=[in_erp(our_document("8"))])
    peer.known = {peer.others_[0].number}
    result = peer.run()
    assert result.endings == Counter({Ending.MATCHED: 1})
    assert result.is_proved, result.faults


@pytest.mark.parametrize(("day", "ends"), [(28, [Ending.ONLY_IN_ERP]), (None, [])])
def test_what_was_posted_for_a_record_that_brex_does_not_show_is_found(day, ends):
    accounted = date(2026, 10, day) if day else date(2026, 11, 1)
    document = our_document("9", accounting_date=accounted)
    peer = Peer(unshown_=[ours("9", documents=[document])])
    peer.world.erp.append(in_erp(document))
    result = peer.run()
    assert [one.ending for one in result.items if one.name == "accr_9"] == ends
    assert result.is_proved, result.faults


def test_what_the_tenant_does_not_let_be_listed_is_said_and_does_not_stand_against_the_proof():
    told = NotOffered(kind=DocumentKind.GL_ENTRY, company=COMPANY, why="no EXPORTMI")
    result = Peer(others_=[told]).run()
    assert result.is_proved
    assert result.unlisted == ["gl_entry of 100/AAA: no EXPORTMI"]


def test_days_that_the_erp_could_not_list_are_no_proof():
    told = Unreadable(kind=DocumentKind.GL_ENTRY, company=COMPANY, why="cut off")
    result = Peer(others_=[told]).run()
    assert result.faults == ["gl_entry of 100/AAA: cut off"]


@pytest.mark.parametrize(
    ("kind", "days", "fault"),
    [
        (PullKind.RECORDS, (None, None, "403"), "records of Brex: 403"),
        (PullKind.CARD_TRANSACTIONS, (date(2026, 10, 2), date.max, ""), "from 2026-10-02 to"),
        (PullKind.CASH_TRANSACTIONS, (date.min, date(2026, 10, 31), "503"), "alone (503)"),
        (PullKind.CASH_ACCOUNTS, (None, None, "401"), None),
        (PullKind.CARD_STATEMENTS, (None, None, "403"), None),
    ],
)
def test_days_that_brex_was_not_read_for_are_no_proof(kind, days, fault):
    peer = Peer()
    peer.read[kind] = days
    result = peer.run()
    assert any(fault in one for one in result.faults) if fault else result.is_proved
    assert fault or any(f"{kind} of Brex" in one for one in result.unlisted)


def test_before_anything_was_pulled_nothing_is_proved():
    peer = Peer(read={})
    assert sorted(peer.run().faults) == [
        "card_transactions of Brex were not read yet",
        "records of Brex were not read yet",
    ]


def test_amounts_are_exact_whatever_their_size():
    document = our_document(cents=10**15 + 1)
    peer = Peer(purchase(cents=10**15 + 1))
    assert peer.world.erp[0].amount == document.amount == Decimal("10000000000000.01")
    assert peer.run().endings == Counter({Ending.MATCHED: 1})


@pytest.mark.parametrize(("read_on", "is_proved"), [(25, True), (24, False)])
def test_of_today_nothing_can_be_read_whole_and_of_yesterday_all(read_on, is_proved):
    peer = Peer()
    peer.read[PullKind.CARD_TRANSACTIONS] = (date.min, date(2026, 11, read_on), "")
    run = Reconcile("acme", peer, peer, peer, True, peer.now).run
    assert [run(SINCE, date(2026, 11, until)).is_proved for until in (25, 26)] == [is_proved] * 2


@pytest.mark.parametrize(
    ("put_off", "faults"),
    [("", []), ("brex: answered 503", ["the pull was put off: brex: answered 503"])],
)
def test_a_pull_that_was_put_off_is_no_proof(put_off, faults):
    peer = Peer()
    wired = SimpleNamespace(
        pulls=SimpleNamespace(run=lambda _: PullReport((), put_off)),
        reconcile=Reconcile("acme", peer, peer, peer, True, peer.now),
    )
    kept = SimpleNamespace(keep=lambda result: result.faults)
    assert Wired.reconcile_anew(wired, SINCE, UNTIL, kept)[0] == faults


@pytest.mark.parametrize(
    ("until", "shown", "gone", "faults", "unlisted"),
    [
        (20, 20, 21, 0, 1),
        (20, 20, 20, 0, 0),
        (19, 20, 21, 1, 0),
        (20, None, None, 1, 0),
    ],
)
def test_a_cash_account_is_to_be_read_for_as_long_as_brex_shows_it(
    until, shown, gone, faults, unlisted
):
    days = [day and date(2026, 10, day) for day in (until, shown, gone)]
    peer = Peer()
    peer.read[PullKind.CASH_TRANSACTIONS] = (date.min, days[0], "", *days[1:])
    result = peer.run()
    assert (len(result.faults), len(result.unlisted)) == (faults, unlisted)


def test_a_cash_account_that_was_gone_before_these_days_is_not_asked_for():
    peer = Peer()
    peer.read[PullKind.CASH_TRANSACTIONS] = (None, None, "403", SINCE, SINCE)
    result = peer.run()
    assert (result.faults, result.unlisted) == ([], [])
