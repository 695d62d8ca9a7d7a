"""What an item without a mate may belong to."""

from dataclasses import replace

from connector.domain.reconciliation import Ending, suggest
from tests.reconciliation.worlds import World, in_erp, our_document, record, transaction


def test_what_may_belong_together_is_suggested_with_a_score_and_never_matched():
    payment = transaction("7", -50_000, expense_id=None, type="COLLECTION", day=20)
    paid = record("8", 50_000, day=22, type="CARD_PAYMENT", source_id=None, vendor="")
    hand = in_erp(our_document("x", number="HAND-1", day=8, supplier="732000"))
    far = in_erp(our_document("y", number="HAND-2", day=28))
    world = World([payment, transaction("1")], [paid], others=[hand, far])
    items = {one.name: one for one in suggest(world.items(), {"732000": "Taxi Stockholm AB"})}
    assert [one.name for one in items["txn_7"].suggestions] == ["accr_8"]
    assert [(one.name, one.score) for one in items["txn_1"].suggestions] == [("HAND-1", 88)]
    assert [one.name for one in items["HAND-1"].suggestions] == ["txn_1"]
    assert items["HAND-2"].suggestions == ()
    assert items["txn_1"].ending is Ending.ONLY_IN_BREX


def test_of_many_with_the_same_amount_the_nearest_are_suggested_without_comparing_all(monkeypatch):
    compared = []
    monkeypatch.setattr(
        "connector.domain.reconciliation.suggestions.fuzz.token_set_ratio",
        lambda *names, processor: compared.append(names) or 100,
    )
    paid = [transaction(f"{n}", expense_id=None, day=1 + n % 28) for n in range(600)]
    hand = our_document("x", number="HAND-1", day=14, supplier="732000")
    alike = [in_erp(replace(hand, number=f"HAND-{n}")) for n in range(600)]
    items = suggest(World(paid, others=alike).items(), {})
    assert len(compared) <= 1_200 * 100
    of_that_day = next(one for one in items if one.day.day == 14 and one.transactions)
    assert {one.score for one in of_that_day.suggestions} == {100}
