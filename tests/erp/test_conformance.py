"""What every ERP adapter promises the use cases, over real HTTP."""

import time
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from connector.domain.documents import DocumentLine, SupplierInvoice
from connector.domain.drafts import Outcome
from connector.domain.numbers import draft_marker
from connector.domain.posting import FoundDocument, Phase, ReadDocument
from connector.domain.reasons import Reason
from connector.ports import Answer, NewDraft, NewLine, Target
from tests.erp.erp_sandbox import ErpUnderTest


def open_one(at: ErpUnderTest, document: SupplierInvoice, draft: int = 1) -> Answer[str]:
    marker = draft_marker(document.number, draft)
    (answer,) = at.erp.open_drafts([NewDraft(document, marker)])
    return answer


def opened(at: ErpUnderTest, document: SupplierInvoice, draft: int = 1) -> Target:
    answer = open_one(at, document, draft)
    assert answer.outcome is Outcome.DONE, answer
    assert answer.value
    return Target(document, answer.value, draft_marker(document.number, draft))


def built(at: ErpUnderTest, document: SupplierInvoice) -> Target:
    target = opened(at, document)
    answers = at.erp.add_lines(
        [NewLine(document, target.reference, line.number) for line in document.lines]
    )
    assert [answer.outcome for answer in answers] == [Outcome.DONE] * len(document.lines), answers
    return target


def read(at: ErpUnderTest, target: Target) -> ReadDocument:
    (answer,) = at.erp.read([target])
    assert answer.outcome is Outcome.DONE, answer
    assert answer.value
    return answer.value


def found(at: ErpUnderTest, document: SupplierInvoice) -> tuple[FoundDocument, ...]:
    (answer,) = at.erp.look_up([document])
    assert answer.outcome is Outcome.DONE, answer
    assert answer.value is not None
    return answer.value


def read_when_settled(at: ErpUnderTest, target: Target) -> ReadDocument:
    ends_at = time.monotonic() + 10
    while (shown := read(at, target)).phase in {Phase.BUSY, Phase.DRAFT}:
        assert time.monotonic() < ends_at, shown
        time.sleep(0.01)
    return shown


def needs_drafts(at: ErpUnderTest) -> None:
    if not at.erp.rules.has_drafts:
        pytest.skip("the profile has no drafts")


def test_a_number_that_the_erp_does_not_know_is_not_found(under_test: ErpUnderTest):
    assert found(under_test, under_test.document()) == ()


def test_an_opened_draft_is_found_by_its_number_with_its_marker(under_test: ErpUnderTest):
    document = under_test.document()
    target = opened(under_test, document)
    (there,) = found(under_test, document)
    assert there.reference == target.reference
    assert there.marker == target.marker
    assert there.phase is (Phase.DRAFT if under_test.erp.rules.has_drafts else Phase.LEDGER)


def test_what_was_written_reads_back_equal(under_test: ErpUnderTest):
    document = under_test.document()
    shown = read(under_test, built(under_test, document))
    assert shown.differences == ()
    assert Counter(shown.lines) == Counter(under_test.erp.line_keys(document).values())


def test_a_credit_invoice_reads_back_equal(under_test: ErpUnderTest):
    document = under_test.document()
    lines = tuple(replace(line, amount=-line.amount) for line in document.lines)
    document = replace(document, total=-document.total, lines=lines)
    shown = read(under_test, built(under_test, document))
    assert shown.differences == ()
    assert Counter(shown.lines) == Counter(under_test.erp.line_keys(document).values())


def test_currencies_without_and_with_three_decimals_read_back_equal(under_test: ErpUnderTest):
    for currency, amount in (("JPY", Decimal(1200)), ("KWD", Decimal("3.125"))):
        line = DocumentLine(1, amount, under_test.dimensions, "")
        document = under_test.document(currency=currency, total=amount, lines=(line,))
        shown = read(under_test, built(under_test, document))
        assert shown.differences == ()
        assert shown.lines == (under_test.erp.line_keys(document)[1],)


def test_a_head_of_other_content_is_seen(under_test: ErpUnderTest):
    document = under_test.document()
    target = built(under_test, document)
    for change in (
        {"total": Decimal("171.76")},
        {"currency": "EUR"},
        {"invoice_date": date(2025, 1, 29)},
        {"accounting_date": date(2025, 2, 1)},
    ):
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


def test_a_missing_and_a_doubled_line_are_seen(under_test: ErpUnderTest):
    document = under_test.document()
    keys = under_test.erp.line_keys(document)
    target = opened(under_test, document)
    first = NewLine(document, target.reference, 1)
    assert under_test.erp.add_lines([first])[0].outcome is Outcome.DONE
    assert read(under_test, target).lines == (keys[1],)
    assert under_test.erp.add_lines([first])[0].outcome is Outcome.DONE
    shown = read(under_test, target).lines
    assert len(shown) == 2
    assert Counter(shown) != Counter(keys.values())


def test_every_draft_of_a_number_is_found(under_test: ErpUnderTest):
    needs_drafts(under_test)
    document = under_test.document()
    targets = [opened(under_test, document, draft) for draft in (1, 2)]
    assert {(one.reference, one.marker) for one in found(under_test, document)} == {
        (target.reference, target.marker) for target in targets
    }


def test_a_committed_document_is_validated_and_reads_back_equal(under_test: ErpUnderTest):
    needs_drafts(under_test)
    document = under_test.document()
    target = built(under_test, document)
    assert read(under_test, target).phase is Phase.DRAFT
    (answer,) = under_test.erp.commit([target])
    assert answer.outcome is Outcome.DONE
    shown = read_when_settled(under_test, target)
    assert shown.phase is Phase.VALIDATED
    assert shown.differences == ()
    assert Counter(shown.lines) == Counter(under_test.erp.line_keys(document).values())


def test_a_document_that_does_not_add_up_is_refused_by_validation(under_test: ErpUnderTest):
    needs_drafts(under_test)
    target = opened(under_test, under_test.document())
    assert under_test.erp.commit([target])[0].outcome is Outcome.DONE
    shown = read_when_settled(under_test, target)
    assert shown.phase is Phase.REFUSED
    assert shown.detail


def test_a_blocked_and_an_unknown_supplier_are_refused_and_nothing_is_sent(
    under_test: ErpUnderTest,
):
    blocked = under_test.document(supplier=under_test.blocked_supplier)
    unknown = under_test.document(supplier=under_test.unknown_supplier)
    for document in (blocked, unknown):
        answer = open_one(under_test, document)
        assert answer.outcome is Outcome.REFUSED
        assert answer.code == Reason.SUPPLIER_REFUSED.value
        assert document.supplier in answer.message
    assert under_test.sandbox.writes() == 0


def test_one_refused_document_does_not_stop_the_others(under_test: ErpUnderTest):
    good, bad = under_test.document(), under_test.document(supplier=under_test.unknown_supplier)
    answers = under_test.erp.open_drafts(
        [NewDraft(one, draft_marker(one.number, 1)) for one in (good, bad, good)]
    )
    assert [a.outcome for a in answers] == [Outcome.DONE, Outcome.REFUSED, Outcome.DONE]


@pytest.mark.parametrize("kind", ["504_after", "500_after", "drop_after", "truncated_json"])
def test_a_head_whose_answer_was_lost_is_unknown_and_then_found(
    under_test: ErpUnderTest, kind: str
):
    document = under_test.document()
    under_test.sandbox.fault(kind, times=1, **under_test.head_call)
    assert open_one(under_test, document).outcome is Outcome.UNKNOWN
    (there,) = found(under_test, document)
    assert there.marker == draft_marker(document.number, 1)


@pytest.mark.parametrize("kind", ["504_after", "drop_after", "truncated_json"])
def test_lines_whose_answer_was_lost_are_unknown_and_then_read(under_test: ErpUnderTest, kind: str):
    document = under_test.document()
    target = opened(under_test, document)
    under_test.sandbox.fault(kind, times=1, **under_test.line_call)
    lines = [NewLine(document, target.reference, line.number) for line in document.lines]
    assert [a.outcome for a in under_test.erp.add_lines(lines)] == [Outcome.UNKNOWN] * 2
    keys = under_test.erp.line_keys(document).values()
    assert Counter(read(under_test, target).lines) == Counter(keys)


@pytest.mark.parametrize("kind", ["500_before", "drop_before", "html"])
def test_a_write_that_had_no_effect_but_no_clear_answer_is_unknown(
    under_test: ErpUnderTest, kind: str
):
    document = under_test.document()
    under_test.sandbox.fault(kind, times=1, **under_test.head_call)
    assert open_one(under_test, document).outcome is Outcome.UNKNOWN
    assert found(under_test, document) == ()


def test_a_write_that_was_rejected_before_processing_is_not_sent(under_test: ErpUnderTest):
    document = under_test.document()
    under_test.sandbox.fault("429", retry_after="7", times=1, **under_test.head_call)
    answer = open_one(under_test, document)
    assert answer.outcome is Outcome.NOT_SENT
    assert answer.wait_s == pytest.approx(7)
    assert found(under_test, document) == ()


def test_a_token_that_is_no_longer_taken_is_renewed_by_itself(under_test: ErpUnderTest):
    document = under_test.document()
    under_test.sandbox.fault("401", times=1, **under_test.head_call)
    assert open_one(under_test, document).outcome is Outcome.DONE


def test_a_locked_record_is_not_sent(under_test: ErpUnderTest):
    document = under_test.document()
    under_test.sandbox.fault("refuse", code="XUP0001", times=1, **under_test.head_call)
    answer = open_one(under_test, document)
    assert answer.outcome is Outcome.NOT_SENT
    assert answer.wait_s


def test_a_read_whose_answer_was_lost_is_not_sent(under_test: ErpUnderTest):
    target = built(under_test, under_test.document())
    under_test.sandbox.fault("500_before", effect="read")
    assert under_test.erp.read([target])[0].outcome is Outcome.NOT_SENT
    assert under_test.erp.look_up([target.document])[0].outcome is Outcome.NOT_SENT


def test_a_bulk_that_stops_half_way_says_which_lines_were_not_processed(
    under_test: ErpUnderTest,
):
    document = under_test.document()
    target = opened(under_test, document)
    under_test.sandbox.fault("not_processed_tail", keep=1, times=1, **under_test.line_call)
    lines = [NewLine(document, target.reference, line.number) for line in document.lines]
    outcomes = [answer.outcome for answer in under_test.erp.add_lines(lines)]
    assert outcomes == [Outcome.DONE, Outcome.NOT_SENT]
    assert read(under_test, target).lines == (under_test.erp.line_keys(document)[1],)


def test_a_bulk_answer_that_is_too_short_leaves_its_tail_unknown(under_test: ErpUnderTest):
    document = under_test.document()
    target = opened(under_test, document)
    under_test.sandbox.fault("short_bulk", keep=1, times=1, **under_test.line_call)
    lines = [NewLine(document, target.reference, line.number) for line in document.lines]
    outcomes = [answer.outcome for answer in under_test.erp.add_lines(lines)]
    assert outcomes == [Outcome.DONE, Outcome.UNKNOWN]
    assert len(read(under_test, target).lines) == 2


def test_a_call_carried_out_twice_is_seen_in_the_content(under_test: ErpUnderTest):
    document = under_test.document()
    target = opened(under_test, document)
    under_test.sandbox.fault("duplicate_apply", times=1, **under_test.line_call)
    under_test.erp.add_lines([NewLine(document, target.reference, 1)])
    assert len(read(under_test, target).lines) == 2


def test_a_discarded_draft_is_no_longer_found_and_discarding_again_is_harmless(
    under_test: ErpUnderTest,
):
    needs_drafts(under_test)
    document = under_test.document()
    target = built(under_test, document)
    for _ in range(2):
        (answer,) = under_test.erp.discard([target])
        assert answer.outcome is Outcome.DONE
        assert answer.value == under_test.discards
        assert found(under_test, document) == ()


def test_a_draft_with_another_marker_or_a_validated_one_is_not_discarded(
    under_test: ErpUnderTest,
):
    needs_drafts(under_test)
    target = built(under_test, under_test.document())
    (answer,) = under_test.erp.discard([replace(target, marker="somebody.1")])
    assert answer.outcome is Outcome.REFUSED
    under_test.erp.commit([target])
    read_when_settled(under_test, target)
    assert under_test.erp.discard([target])[0].outcome is Outcome.REFUSED
    assert len(found(under_test, target.document)) == 1


def test_without_drafts_there_is_nothing_to_commit_or_discard(under_test: ErpUnderTest):
    if under_test.erp.rules.has_drafts:
        pytest.skip("the profile has drafts")
    target = built(under_test, under_test.document())
    before = under_test.sandbox.writes()
    assert under_test.erp.commit([target])[0].outcome is Outcome.REFUSED
    assert under_test.erp.discard([target])[0].outcome is Outcome.REFUSED
    assert under_test.sandbox.writes() == before


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
    hold = under_test.erp.check(replace(document, supplier="S" * 11))
    assert hold
    assert (hold.reason, hold.value) == (Reason.TOO_LONG, "S" * 11)
    name, _ = document.lines[0].dimensions[0]
    long = replace(document.lines[0], dimensions=((name, "9" * 21),))
    hold = under_test.erp.check(replace(document, lines=(long,)))
    assert hold
    assert hold.reason is Reason.TOO_LONG


def test_ping_passes_and_writes_nothing(under_test: ErpUnderTest):
    checks = list(under_test.erp.ping())
    assert [check for check in checks if not check.passed] == []
    assert len(checks) >= 5
    assert under_test.sandbox.writes() == 0
