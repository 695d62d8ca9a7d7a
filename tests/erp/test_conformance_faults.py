"""What every ERP adapter says of a call that went wrong, over real HTTP."""

from collections import Counter

import pytest

from connector.domain.drafts import Outcome
from connector.domain.numbers import draft_marker
from connector.ports import RATE_LIMITED, NewLine
from tests.erp.erp_sandbox import ErpUnderTest
from tests.erp.steps import built, found, open_one, opened, read


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
def test_lines_whose_answer_was_lost_are_unknown_and_then_read(
    line_by_line: ErpUnderTest, kind: str
):
    document = line_by_line.document()
    target = opened(line_by_line, document)
    line_by_line.sandbox.fault(kind, times=1, **line_by_line.line_call)
    lines = [NewLine(document, target.reference, line.number) for line in document.lines]
    assert [a.outcome for a in line_by_line.erp.add_lines(lines)] == [Outcome.UNKNOWN] * 2
    keys = line_by_line.erp.line_keys(document).values()
    assert Counter(read(line_by_line, target).lines) == Counter(keys)


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
    assert answer.code == RATE_LIMITED
    assert found(under_test, document) == ()


def test_a_token_that_is_no_longer_taken_is_renewed_by_itself(under_test: ErpUnderTest):
    document = under_test.document()
    under_test.sandbox.fault("401", times=1, **under_test.head_call)
    assert open_one(under_test, document).outcome is Outcome.DONE


def test_a_locked_record_is_not_sent(under_test: ErpUnderTest):
    document = under_test.document()
    under_test.sandbox.fault("refuse", times=1, **under_test.head_call)
    answer = open_one(under_test, document)
    assert answer.outcome is Outcome.NOT_SENT
    assert answer.wait_s


def test_a_read_whose_answer_was_lost_is_not_sent(under_test: ErpUnderTest):
    target = built(under_test, under_test.document())
    under_test.sandbox.fault("500_before", effect="read")
    assert under_test.erp.read([target])[0].outcome is Outcome.NOT_SENT
    assert under_test.erp.look_up([target.document])[0].outcome is Outcome.NOT_SENT


def test_a_bulk_that_stops_half_way_says_which_lines_were_not_processed(
    line_by_line: ErpUnderTest,
):
    document = line_by_line.document()
    target = opened(line_by_line, document)
    line_by_line.sandbox.fault("not_processed_tail", keep=1, times=1, **line_by_line.line_call)
    lines = [NewLine(document, target.reference, line.number) for line in document.lines]
    outcomes = [answer.outcome for answer in line_by_line.erp.add_lines(lines)]
    assert outcomes == [Outcome.DONE, Outcome.NOT_SENT]
    assert read(line_by_line, target).lines == (line_by_line.erp.line_keys(document)[1],)


def test_a_bulk_answer_that_is_too_short_leaves_its_tail_unknown(line_by_line: ErpUnderTest):
    document = line_by_line.document()
    target = opened(line_by_line, document)
    line_by_line.sandbox.fault("short_bulk", keep=1, times=1, **line_by_line.line_call)
    lines = [NewLine(document, target.reference, line.number) for line in document.lines]
    outcomes = [answer.outcome for answer in line_by_line.erp.add_lines(lines)]
    assert outcomes == [Outcome.DONE, Outcome.UNKNOWN]
    assert len(read(line_by_line, target).lines) == 2


def test_a_call_carried_out_twice_is_seen_in_the_content(line_by_line: ErpUnderTest):
    document = line_by_line.document()
    target = opened(line_by_line, document)
    line_by_line.sandbox.fault("duplicate_apply", times=1, **line_by_line.line_call)
    line_by_line.erp.add_lines([NewLine(document, target.reference, 1)])
    assert len(read(line_by_line, target).lines) == (1 if line_by_line.keyed else 2)


def test_a_probe_is_one_read_and_any_answer_to_it_is_enough(under_test: ErpUnderTest):
    before = under_test.sandbox.writes()
    assert under_test.erp.probe().outcome is Outcome.DONE
    under_test.sandbox.fault("401")
    assert under_test.erp.probe().outcome is Outcome.DONE
    assert under_test.sandbox.writes() == before


@pytest.mark.parametrize("kind", ["500_before", "504_after", "drop_before", "drop_after"])
def test_a_probe_that_is_not_answered_is_not_repeated(under_test: ErpUnderTest, kind: str):
    under_test.sandbox.fault(kind)
    answer = under_test.erp.probe()
    assert (answer.outcome, bool(answer.message)) == (Outcome.NOT_SENT, True)
    assert under_test.sandbox.fired() == 1
