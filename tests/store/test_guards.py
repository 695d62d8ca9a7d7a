"""What the protocol forbids, the database refuses, whoever asks."""

import psycopg2
import pytest

from connector.domain.drafts import Outcome, WriteStep
from connector.domain.reasons import Hold, Reason
from connector.domain.records import MOVES, Status, Step
from connector.errors import LeaseLostError
from connector.ports import NewWrite, OpenedDraft, SettledWrite

CALL_S, SETTLE_S, LEASE_S = 5.0, 5.0, 60.0


@pytest.fixture
def row(bring):
    return bring(Status.MAPPED)


@pytest.fixture
def intend(journal):
    def promise(row, draft, step, line=0, **more):
        times = {"call_s": CALL_S, "lease_s": LEASE_S} | more
        return journal.intend([NewWrite(row, draft, step, line, settle_s=SETTLE_S)], **times)

    return promise


@pytest.fixture
def with_draft(row, journal, intend):
    """A record whose first draft has a head in the ERP."""
    journal.open_drafts([OpenedDraft(row, 1, 1, "BX.1")])
    assert intend(row, 1, WriteStep.HEAD)
    journal.settle([SettledWrite(row, 1, WriteStep.HEAD, 0, Outcome.DONE, reference="333")])
    return row


def assert_refused(sql, code, statement, *parameters):
    with pytest.raises(psycopg2.Error) as caught:
        sql(statement, *parameters)
    assert caught.value.pgcode == code


def test_the_database_knows_the_same_moves_as_the_code(sql):
    for old in Status:
        for new in Status:
            ((allowed,),) = sql("SELECT is_move(%s, %s)", old.value, new.value)
            assert allowed is (new in MOVES[old]), (old, new)


def test_no_other_status_exists(sql, connection_id):
    insert = "INSERT INTO record (connection_id, record_id, status) VALUES (%s, 'accr_9', 'lost')"
    assert_refused(sql, "23514", insert, connection_id)


@pytest.mark.parametrize("status", ["posted", "exported", "fetched", "skipped"])
def test_an_illegal_move_is_refused(sql, row, status):
    with pytest.raises(psycopg2.Error):
        sql("UPDATE record SET status = %s, reason = NULL, due_at = NULL", status)
    assert sql("SELECT status FROM record") == [("mapped",)]


def test_the_attempt_never_decreases(sql, row):
    assert_refused(sql, "ML002", "UPDATE record SET attempt = attempt - 1")


def test_a_record_is_never_deleted_and_its_history_never_changed(sql, row):
    assert_refused(sql, "ML001", "DELETE FROM record")
    assert_refused(sql, "ML001", "DELETE FROM record_history")
    assert_refused(sql, "ML001", "UPDATE record_history SET event = 'other'")
    assert_refused(sql, "ML001", "TRUNCATE record_history")


def test_every_move_is_in_the_history_whoever_makes_it(sql, row):
    sql("UPDATE record SET status = 'posting'")
    moves = sql("SELECT from_status, to_status FROM record_history ORDER BY id")
    assert moves == [
        (None, "received"),
        ("received", "fetched"),
        ("fetched", "mapped"),
        ("mapped", "posting"),
    ]


def test_a_held_record_has_a_reason_and_nothing_due(sql, row, records):
    assert_refused(sql, "23514", "UPDATE record SET status = 'held', due_at = NULL")
    assert_refused(sql, "23514", "UPDATE record SET status = 'held', reason = 'x', due_at = now()")
    assert records.hold([(row, Hold(Reason.UNBALANCED, "1 öre is missing", "amount", "0.01"))])
    assert sql("SELECT status, reason, detail->>'field' FROM record") == [
        ("held", "unbalanced", "amount")
    ]


def test_an_intent_of_an_overtaken_attempt_is_refused(row, lease, intend, journal, sql):
    journal.open_drafts([OpenedDraft(row, 1, 1, "BX.1")])
    sql("UPDATE record SET due_at = now(), lease_until = now()")
    (newer,) = lease(Step.POST, "accr_1")
    assert intend(row, 1, WriteStep.HEAD) == {}
    assert sql("SELECT count(*) FROM erp_write") == [(0,)]
    assert intend(newer, 1, WriteStep.HEAD)


def test_the_schema_itself_refuses_an_intent_without_the_fence_or_the_time(row, journal, sql):
    journal.open_drafts([OpenedDraft(row, 1, 1, "BX.1")])
    insert = (
        "INSERT INTO erp_write (record, draft, step, attempt, deadline, settles_at)"
        " VALUES (%s, 1, 'head', %s, clock_timestamp() + make_interval(secs => %s), now())"
    )
    assert_refused(sql, "ML007", insert, row.id, row.attempt - 1, 1)
    assert_refused(sql, "ML007", insert, row.id, row.attempt, 3600)
    sql(insert, row.id, row.attempt, 1)


def test_one_broken_intent_of_a_statement_refuses_them_all(with_draft, sql):
    insert = (
        "INSERT INTO erp_write (record, draft, step, line, attempt, deadline, settles_at)"
        " SELECT %s, 1, 'line', line, attempt, now(), now() FROM unnest(%s, %s) AS v (line, attempt)"
    )
    attempt = with_draft.attempt
    assert_refused(sql, "ML007", insert, with_draft.id, [1, 2, 3], [attempt, attempt - 1, attempt])
    assert sql("SELECT count(*) FROM erp_write WHERE step = 'line'") == [(0,)]
    sql(insert, with_draft.id, [1, 2, 3], [attempt] * 3)


def test_a_call_longer_than_the_lease_is_not_promised(row, journal, intend):
    journal.open_drafts([OpenedDraft(row, 1, 1, "BX.1")])
    with pytest.raises(LeaseLostError):
        intend(row, 1, WriteStep.HEAD, call_s=LEASE_S + 60)


def test_the_same_write_is_never_promised_twice_into_one_draft(with_draft, intend):
    assert intend(with_draft, 1, WriteStep.HEAD) == {}
    assert intend(with_draft, 1, WriteStep.LINE, 1)
    assert intend(with_draft, 1, WriteStep.LINE, 1) == {}


def test_a_write_that_certainly_had_no_effect_may_be_promised_again(with_draft, intend, journal):
    intend(with_draft, 1, WriteStep.LINE, 1)
    journal.settle([SettledWrite(with_draft, 1, WriteStep.LINE, 1, Outcome.NOT_SENT)])
    assert intend(with_draft, 1, WriteStep.LINE, 1)


def test_the_schema_itself_refuses_a_promise_made_again_without_the_fence(
    with_draft, intend, journal, sql
):
    intend(with_draft, 1, WriteStep.LINE, 1)
    journal.settle([SettledWrite(with_draft, 1, WriteStep.LINE, 1, Outcome.NOT_SENT)])
    again = "UPDATE erp_write SET outcome = 'intent', attempt = attempt - %s WHERE step = 'line'"
    assert_refused(sql, "ML007", again, 1)
    sql(again, 0)


@pytest.mark.parametrize("outcome", [Outcome.DONE, Outcome.UNKNOWN])
def test_a_write_that_may_have_had_an_effect_is_never_promised_again(
    with_draft, intend, journal, outcome
):
    intend(with_draft, 1, WriteStep.LINE, 1)
    journal.settle([SettledWrite(with_draft, 1, WriteStep.LINE, 1, outcome)])
    assert intend(with_draft, 1, WriteStep.LINE, 1) == {}


def test_an_outcome_is_final(with_draft, sql):
    assert_refused(sql, "ML009", "UPDATE erp_write SET outcome = 'unknown'")
    assert_refused(sql, "ML009", "UPDATE erp_write SET line = 7")
    assert_refused(sql, "ML001", "DELETE FROM erp_write")


def test_an_overtaken_worker_cannot_note_an_outcome(with_draft, intend, lease, journal, sql):
    intend(with_draft, 1, WriteStep.LINE, 1)
    sql("UPDATE record SET due_at = now(), lease_until = now()")
    lease(Step.POST, "accr_1")
    journal.settle([SettledWrite(with_draft, 1, WriteStep.LINE, 1, Outcome.DONE)])
    assert sql("SELECT outcome FROM erp_write WHERE step = 'line'") == [("intent",)]


def test_the_decision_is_made_once_and_for_good(with_draft, journal, sql, row):
    assert journal.decide([(with_draft, 1, "333")]) == {row.id}
    assert journal.decide([(with_draft, 1, "333")]) == set()
    assert_refused(sql, "ML003", "UPDATE erp_document SET erp_reference = '334'")
    undecide = "UPDATE erp_document SET erp_reference = NULL, decided_at = NULL"
    assert_refused(sql, "ML003", undecide)
    assert_refused(sql, "ML003", "UPDATE erp_document SET kind = 'gl_entry'")
    assert_refused(sql, "ML003", "UPDATE record SET decided = false")
    assert_refused(sql, "ML004", "UPDATE erp_document SET fingerprint = 'other'")
    assert_refused(sql, "ML004", "UPDATE erp_document SET withdrawn = true")
    assert_refused(sql, "ML001", "UPDATE erp_content SET content = '{}'")
    assert_refused(sql, "ML001", "DELETE FROM erp_document")


def test_only_the_number_of_the_draft_itself_can_be_decided_on(with_draft, journal, sql):
    assert journal.decide([(with_draft, 1, "999")]) == set()
    assert sql("SELECT erp_reference FROM erp_document") == [(None,)]


def test_nothing_is_built_after_the_decision_and_nothing_committed_before(
    with_draft, intend, journal, sql
):
    with pytest.raises(psycopg2.Error) as early:
        intend(with_draft, 1, WriteStep.COMMIT, 1)
    assert early.value.pgcode == "ML008"
    journal.decide([(with_draft, 1, "333")])
    assert intend(with_draft, 1, WriteStep.COMMIT, 1)
    with pytest.raises(psycopg2.Error) as late:
        intend(with_draft, 1, WriteStep.LINE, 1)
    assert late.value.pgcode == "ML008"


def test_a_draft_that_was_given_up_takes_no_more_writes(with_draft, intend, journal, sql):
    intend(with_draft, 1, WriteStep.LINE, 1)
    journal.abandon([(with_draft, 1, "a line was lost")])
    assert sql("SELECT state FROM erp_draft") == [("spare",)]
    assert sql("SELECT outcome FROM erp_write WHERE step = 'line'") == [("absent",)]
    with pytest.raises(psycopg2.Error) as caught:
        intend(with_draft, 1, WriteStep.LINE, 2)
    assert caught.value.pgcode == "ML008"
    assert_refused(sql, "ML006", "UPDATE erp_draft SET state = 'open'")
    assert_refused(sql, "ML006", "UPDATE erp_draft SET erp_reference = '1'")


def test_two_records_never_share_a_document(with_draft, bring, journal, intend, sql):
    journal.decide([(with_draft, 1, "333")])
    other = bring(Status.MAPPED, "accr_2")
    journal.open_drafts([OpenedDraft(other, 1, 1, "BY.1")])
    intend(other, 1, WriteStep.HEAD)
    journal.settle([SettledWrite(other, 1, WriteStep.HEAD, 0, Outcome.DONE, reference="333")])
    third = bring(Status.MAPPED, "accr_3")
    journal.open_drafts([OpenedDraft(third, 1, 1, "BZ.1")])
    intend(third, 1, WriteStep.HEAD)
    journal.settle([SettledWrite(third, 1, WriteStep.HEAD, 0, Outcome.DONE, reference="334")])
    assert journal.decide([(other, 1, "333"), (third, 1, "334")]) == {third.id}
    assert_refused(
        sql,
        "23505",
        "UPDATE erp_document SET erp_reference = '333', decided_at = now() WHERE record = %s",
        other.id,
    )


def test_a_decided_record_cannot_begin_again(with_draft, journal, records, sql):
    journal.decide([(with_draft, 1, "333")])
    records.hold([(with_draft, Hold(Reason.ERP_VALIDATION_FAILED, "SUPA 15"))])
    again = "UPDATE record SET status = %s, reason = NULL, due_at = now()"
    assert_refused(sql, "ML005", again, "received")
    sql(again, "posting")


def test_an_undecided_record_that_was_held_begins_again_from_the_start(row, records, sql):
    records.hold([(row, Hold(Reason.ERP_REFUSED, "account 7500 does not exist"))])
    again = "UPDATE record SET status = %s, reason = NULL, due_at = now()"
    assert_refused(sql, "ML005", again, "posting")
    sql(again, "received")


def test_a_record_keeps_its_document_number(row, sql):
    assert_refused(sql, "ML004", "UPDATE erp_document SET number = 'BXOTHER'")


@pytest.fixture
def exported(with_draft, journal, records, sql):
    journal.decide([(with_draft, 1, "333")])
    sql("UPDATE record SET status = 'posting'")
    records.posted([(with_draft, 1, "")])
    assert records.exported([(with_draft, "")])
    return with_draft


HOLD = "UPDATE record SET status = 'held', reason = 'spare_draft_posted', due_at = NULL"
LEAVE = "UPDATE record SET status = %s, reason = NULL"


@pytest.mark.parametrize("status", ["posted", "posting", "received"])
def test_an_exported_record_that_is_held_goes_back_to_exported_alone(sql, exported, status):
    sql(HOLD)
    assert_refused(sql, "ML005" if status == "received" else "ML011", LEAVE, status)
    assert_refused(sql, "ML011", "UPDATE record SET status = 'skipped'")
    sql(LEAVE, "exported")
    assert sql("SELECT status, due_at FROM record") == [("exported", None)]


def test_a_record_is_exported_once(sql, exported):
    assert_refused(sql, "ML011", "UPDATE record SET exported_at = now() + interval '1 s'")
    sql(HOLD)
    assert_refused(sql, "ML011", "UPDATE record SET exported_at = NULL")


def test_a_held_record_that_was_never_exported_does_not_become_so(with_draft, journal, sql):
    journal.decide([(with_draft, 1, "333")])
    sql("UPDATE record SET status = 'posting'")
    sql(HOLD)
    assert_refused(sql, "ML011", LEAVE, "exported")


def test_where_a_held_record_was_is_not_for_anybody_to_say(sql, exported):
    sql("UPDATE record SET held_from = 'posted'")
    assert sql("SELECT held_from FROM record") == [(None,)]
    sql(HOLD)
    sql("UPDATE record SET held_from = 'posted'")
    assert sql("SELECT held_from FROM record") == [("exported",)]
