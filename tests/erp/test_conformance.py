"""What every ERP adapter promises the use cases, over real HTTP."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from connector.domain.drafts import Outcome
from connector.domain.numbers import draft_marker
from connector.domain.posting import Phase
from connector.domain.reasons import Reason
from connector.ports import NewDraft, NewLine, Target
from tests.erp.erp_sandbox import ErpUnderTest
from tests.erp.steps import built, found, open_one, opened, read, read_when_settled


def test_a_number_that_the_erp_does_not_know_is_not_found(under_test: ErpUnderTest):
    assert found(under_test, under_test.document()) == ()


def test_an_opened_draft_is_found_by_its_number_with_its_marker(under_test: ErpUnderTest):
    document = under_test.document()
    target = opened(under_test, document)
    (there,) = found(under_test, document)
    assert there.reference == target.reference
    assert there.marker == target.marker
    assert there.phase is (Phase.DRAFT if under_test.rules.has_drafts else under_test.committed)


def test_what_was_written_reads_back_equal(under_test: ErpUnderTest):
    document = under_test.document()
    shown = read(under_test, built(under_test, document))
    assert shown.differences == ()
    assert Counter(shown.lines) == Counter(under_test.erp.line_keys(document).values())


def test_a_credit_invoice_reads_back_equal(under_test: ErpUnderTest):
    document = under_test.credit()
    shown = read(under_test, built(under_test, document))
    assert shown.differences == ()
    assert Counter(shown.lines) == Counter(under_test.erp.line_keys(document).values())


def test_b42_currencies_without_and_with_three_decimals_read_back_equal(under_test: ErpUnderTest):
    for currency, amount in (("JPY", Decimal(1200)), ("KWD", Decimal("3.125"))):
        document = under_test.in_currency(currency, amount)
        shown = read(under_test, built(under_test, document))
        assert shown.differences == ()
        assert sorted(shown.lines) == sorted(under_test.erp.line_keys(document).values())


def test_a_head_of_other_content_is_seen(under_test: ErpUnderTest):
    document = under_test.document()
    target = built(under_test, document)
    for change in under_test.head_changes:
        other = replace(target, document=replace(document, **change))
        assert len(read(under_test, other).differences) == 1
    assert len(read(under_test, replace(target, marker="somebody.1")).differences) == 1


def test_a_line_of_other_content_is_seen(under_test: ErpUnderTest):
    document = under_test.document()
    target = built(under_test, document)
    changed = replace(document.lines[0], amount=Decimal("99.00"))
    other = replace(document, lines=(changed, document.lines[1]))
    shown = read(under_test, replace(target, document=other))
    assert Counter(shown.lines) != Counter(under_test.erp.line_keys(other).values())


def test_a_line_of_other_coding_is_seen_where_the_erp_shows_it(under_test: ErpUnderTest):
    document = under_test.document()
    target = built(under_test, document)
    recoded = tuple((name, value + "9") for name, value in document.lines[0].dimensions)
    other = replace(
        document, lines=(replace(document.lines[0], dimensions=recoded), document.lines[1])
    )
    shown = read(under_test, replace(target, document=other))
    keys = Counter(under_test.erp.line_keys(other).values())
    assert (Counter(shown.lines) != keys) is under_test.shows_dimensions


def test_a_missing_and_a_doubled_line_are_seen(line_by_line: ErpUnderTest):
    document = line_by_line.document()
    keys = line_by_line.erp.line_keys(document)
    target = opened(line_by_line, document)
    first = NewLine(document, target.reference, 1)
    assert line_by_line.erp.add_lines([first])[0].outcome is Outcome.DONE
    assert read(line_by_line, target).lines == (keys[1],)
    assert line_by_line.erp.add_lines([first])[0].outcome is Outcome.DONE
    shown = read(line_by_line, target).lines
    assert len(shown) == (1 if line_by_line.keyed else 2)
    assert Counter(shown) != Counter(keys.values())


def test_every_draft_of_a_number_is_found(with_drafts: ErpUnderTest):
    document = with_drafts.document()
    targets = [opened(with_drafts, document, draft) for draft in (1, 2)]
    assert {(one.reference, one.marker) for one in found(with_drafts, document)} == {
        (target.reference, target.marker) for target in targets
    }


def test_a_committed_document_is_validated_and_reads_back_equal(with_drafts: ErpUnderTest):
    document = with_drafts.document()
    target = built(with_drafts, document)
    assert read(with_drafts, target).phase is Phase.DRAFT
    (answer,) = with_drafts.erp.commit([target])
    assert answer.outcome is Outcome.DONE
    shown = read_when_settled(with_drafts, target)
    assert shown.phase is with_drafts.committed
    assert shown.differences == ()
    assert Counter(shown.lines) == Counter(with_drafts.erp.line_keys(document).values())


def test_b42_a_document_that_does_not_add_up_is_refused_by_validation(with_drafts: ErpUnderTest):
    target = opened(with_drafts, with_drafts.document())
    (answer,) = with_drafts.erp.commit([target])
    if with_drafts.commit_says_no:
        assert answer.outcome is Outcome.REFUSED
        assert answer.message
        return
    assert answer.outcome is Outcome.DONE
    shown = read_when_settled(with_drafts, target)
    assert shown.phase is Phase.REFUSED
    assert shown.detail


def test_a_blocked_and_an_unknown_supplier_are_refused_and_nothing_is_sent(
    of_supplier: ErpUnderTest,
):
    blocked = of_supplier.document(supplier=of_supplier.blocked_supplier)
    unknown = of_supplier.document(supplier=of_supplier.unknown_supplier)
    for document in (blocked, unknown):
        answer = open_one(of_supplier, document)
        assert answer.outcome is Outcome.REFUSED
        assert answer.code == Reason.SUPPLIER_REFUSED.value
        assert document.supplier in answer.message
    assert of_supplier.sandbox.writes() == 0


def test_one_refused_document_does_not_stop_the_others(under_test: ErpUnderTest):
    bad = under_test.document(**under_test.refused)
    answers = under_test.erp.open_drafts(
        [
            NewDraft(one, draft_marker(one.number, 1))
            for one in (under_test.document(), bad, under_test.document())
        ]
    )
    assert [a.outcome for a in answers] == [Outcome.DONE, Outcome.REFUSED, Outcome.DONE]


def test_a_discarded_draft_is_no_longer_found_and_discarding_again_is_harmless(
    removing: ErpUnderTest,
):
    document = removing.document()
    target = built(removing, document)
    for _ in range(2):
        (answer,) = removing.erp.discard([target])
        assert answer.outcome is Outcome.DONE
        assert answer.value == removing.discards
        assert found(removing, document) == ()


def test_a_draft_with_another_marker_or_a_validated_one_is_not_discarded(
    removing: ErpUnderTest,
):
    target = built(removing, removing.document())
    (answer,) = removing.erp.discard([replace(target, marker="somebody.1")])
    assert answer.outcome is Outcome.REFUSED
    removing.erp.commit([target])
    read_when_settled(removing, target)
    assert removing.erp.discard([target])[0].outcome is Outcome.REFUSED
    assert len(found(removing, target.document)) == 1


def test_without_drafts_there_is_nothing_to_commit_or_discard(without_drafts: ErpUnderTest):
    target = built(without_drafts, without_drafts.document())
    before = without_drafts.sandbox.writes()
    assert without_drafts.erp.commit([target])[0].outcome is Outcome.REFUSED
    assert without_drafts.erp.discard([target])[0].outcome is Outcome.REFUSED
    assert without_drafts.sandbox.writes() == before


def test_a_document_that_is_not_there_is_gone(under_test: ErpUnderTest):
    document = under_test.document()
    reference = opened(under_test, document).reference
    under_test.sandbox.call("POST", "/reset", {})
    (answer,) = under_test.erp.read([Target(document, reference, "")])
    assert answer.value
    assert answer.value.phase is Phase.GONE


def test_values_that_do_not_fit_are_named_before_anything_is_sent(under_test: ErpUnderTest):
    document = under_test.document()
    assert under_test.erp.check(document) is None
    name, _ = document.lines[0].dimensions[0]
    long = replace(document.lines[0], dimensions=((name, "9" * 21),))
    hold = under_test.erp.check(replace(document, lines=(long, *document.lines[1:])))
    assert hold
    assert hold.reason is Reason.TOO_LONG


def test_a_supplier_that_does_not_fit_is_named(of_supplier: ErpUnderTest):
    hold = of_supplier.erp.check(of_supplier.document(supplier="S" * 21))
    assert hold
    assert (hold.reason, hold.value) == (Reason.TOO_LONG, "S" * 21)


def test_ping_passes_and_writes_nothing(under_test: ErpUnderTest):
    checks = list(under_test.erp.ping())
    assert [check for check in checks if not check.passed] == []
    assert len(checks) >= 5
    assert under_test.sandbox.writes() == 0
