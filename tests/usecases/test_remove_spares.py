"""Given-up drafts: removed from the ERP, or, where somebody validated one, a person is told."""

from dataclasses import replace

import pytest

from connector.domain.drafts import Outcome, WriteStep
from connector.domain.posting import Phase
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Status
from connector.ports import NewWrite, OpenedDraft, SettledWrite
from connector.store.actions import PostgresActions
from connector.store.spares import PostgresSpares
from connector.store.status import StatusBoard
from connector.usecases.remove_spares import BATCH, remove_spares
from connector.usecases.retry_records import retry_all, retry_named
from connector.usecases.return_records import objection
from connector.usecases.skip_records import skip_record
from tests.store.deliveries import deliver
from tests.store_fixtures import invoice
from tests.usecases.memory_erp import LOST_ANSWER, NOT_SENT, Held, MemoryErp

TIMES = {"call_s": 1.0, "lease_s": 60.0}


class Nudges:
    """Implements Nudger."""

    def nudge(self, *_):
        """Nobody is told."""


@pytest.fixture
def erp():
    return MemoryErp()


@pytest.fixture
def actions(database, connection_id, sql):
    sql("UPDATE connection SET updated_at = now() - interval '1 minute'")
    return PostgresActions(database)


@pytest.fixture
def finished(bring, journal, records, erp, sql):
    """A record with one draft that was given up, and a document if it came so far."""

    def draft(row, number):
        document = invoice(row.record_id)
        reference = f"{row.record_id}-{number}"
        marker = f"{document.number}.{number}"
        journal.open_drafts([OpenedDraft(row, 1, number, marker)])
        journal.intend([NewWrite(row, number, WriteStep.HEAD, settle_s=1.0)], **TIMES)
        done = SettledWrite(row, number, WriteStep.HEAD, 0, Outcome.DONE, reference=reference)
        journal.settle([done])
        erp.documents[reference] = Held(reference, document.number, marker, "30.00")
        return reference

    def finish(status=Status.EXPORTED, record_id="accr_1"):
        row = bring(Status.MAPPED, record_id)
        draft(row, 1)
        journal.abandon([(row, 1, "a line was lost")])
        if status in {Status.HELD, Status.SKIPPED}:
            records.hold([(row, Hold(Reason.ERP_REFUSED, "no such account"))])
            if status is Status.SKIPPED:
                sql("UPDATE record SET status = 'skipped', reason = 'skipped_by_person'")
        else:
            reference = draft(row, 2)
            sql("UPDATE record SET status = 'posting' WHERE record_id = %s", record_id)
            assert journal.decide([(row, 2, reference)])
            erp.documents[reference].phase = Phase.LEDGER
            assert records.posted([(row, 1, "V1")])
            if status is Status.EXPORTED:
                assert records.exported([(row, "")])
        sql("UPDATE erp_draft SET tidy_at = now()")
        return row

    return finish


@pytest.fixture
def tidy(connection_id, database, journal, records, erp):
    def run():
        return remove_spares(
            connection_id,
            erp=erp,
            journal=journal,
            records=records,
            spares=PostgresSpares(database),
            lease_s=60.0,
        )

    return run


def state(sql):
    return sql("SELECT status, reason, held_from, due_at, exported_at IS NOT NULL FROM record")[0]


def test_a_spare_draft_is_removed_and_its_record_left_alone(finished, tidy, erp, sql):
    finished()
    assert tidy() == []
    assert sorted(erp.documents) == ["accr_1-2"]
    assert state(sql) == ("exported", None, None, None, True)
    assert sql("SELECT state FROM erp_draft WHERE draft = 1") == [("removed",)]


def test_a_spare_draft_that_the_erp_cannot_remove_is_left_to_a_person(finished, tidy, erp, sql):
    erp.set_rules(removes_drafts=False)
    finished()
    tidy()
    assert "discard" not in erp.calls
    assert sql("SELECT state, why FROM erp_draft WHERE draft = 1") == [
        ("spare", "accr_1-1 is to be removed in the ERP, by hand")
    ]
    assert sql("SELECT count(*) FROM erp_write WHERE step = 'discard'") == [(0,)]
    del erp.documents["accr_1-1"]
    sql("UPDATE erp_draft SET tidy_at = now()")
    tidy()
    assert sql("SELECT state FROM erp_draft WHERE draft = 1") == [("removed",)]


def test_a_posted_record_is_due_for_its_export_once_its_spare_draft_is_removed(finished, tidy, sql):
    finished(Status.POSTED)
    assert tidy() == []
    assert sql("SELECT status, due_at <= clock_timestamp(), lease_until FROM record") == [
        ("posted", True, None)
    ]


def test_a_spare_draft_is_found_under_the_supplier_that_it_was_written_for(
    finished, tidy, erp, sql
):
    finished(Status.HELD)
    sql(
        "INSERT INTO erp_content SELECT record, 'other', jsonb_set(content, '{supplier}', %s::jsonb)"
        " FROM erp_content",
        '"TAXI"',
    )
    sql("UPDATE erp_document SET fingerprint = 'other'")
    assert tidy() == []
    assert not erp.documents
    assert sql("SELECT state FROM erp_draft") == [("removed",)]


def test_a_draft_whose_removal_went_unanswered_is_gone_once_it_is_not_found(
    finished, tidy, erp, sql
):
    finished()
    erp.faults["discard"] = [LOST_ANSWER]
    assert tidy() == []
    assert sql("SELECT state FROM erp_draft WHERE draft = 1") == [("spare",)]
    sql("UPDATE erp_draft SET tidy_at = now()")
    sql("UPDATE erp_write SET settles_at = now()")
    assert tidy() == []
    assert sql("SELECT state FROM erp_draft WHERE draft = 1") == [("removed",)]


def test_all_that_is_due_is_looked_at_in_one_run(finished, tidy, erp, sql):
    for number in range(BATCH + 3):
        finished(record_id=f"accr_{number}")
    assert tidy() == []
    assert sql("SELECT count(*) FROM erp_draft WHERE state = 'removed'") == [(BATCH + 3,)]


def test_an_erp_that_is_away_is_asked_once_a_run(finished, tidy, erp, sql):
    for number in range(BATCH):
        finished(record_id=f"accr_{number}")
    erp.faults["look_up"] = [NOT_SENT] * BATCH
    assert tidy() == []
    assert len(erp.calls) == BATCH
    assert sql("SELECT count(*) FROM erp_draft WHERE state = 'removed'") == [(0,)]


@pytest.fixture
def doubled(finished, erp):
    """An exported record whose spare draft is in the ERP twice, under one marker."""
    finished()
    spare = erp.documents["accr_1-1"]
    erp.documents["twin"] = replace(spare, reference="twin")
    return spare, erp.documents["twin"]


def test_both_twins_of_a_doubled_spare_draft_are_removed(doubled, tidy, erp, sql):
    assert tidy() == []
    assert sorted(erp.documents) == ["accr_1-2"]
    assert sql("SELECT state FROM erp_draft WHERE draft = 1") == [("removed",)]
    discards = "SELECT line, outcome FROM erp_write WHERE step = 'discard' ORDER BY line"
    assert sql(discards) == [(1, "done"), (2, "done")]


def test_a_doubled_spare_draft_is_gone_when_both_twins_are(doubled, tidy, erp, sql):
    erp.faults["discard"] = [None, NOT_SENT]
    assert tidy() == []
    assert sql("SELECT state FROM erp_draft WHERE draft = 1") == [("spare",)]
    sql("UPDATE erp_draft SET tidy_at = now()")
    assert tidy() == []
    assert sorted(erp.documents) == ["accr_1-2"]
    assert sql("SELECT state FROM erp_draft WHERE draft = 1") == [("removed",)]


@pytest.mark.parametrize("which", [0, 1])
def test_a_validated_twin_raises_the_alarm_and_the_other_is_removed(doubled, tidy, erp, sql, which):
    doubled[which].phase = Phase.LEDGER
    (alarm,) = tidy()
    assert doubled[which].reference in alarm
    assert state(sql)[:2] == ("held", "spare_draft_posted")
    assert sorted(erp.documents) == sorted(["accr_1-2", doubled[which].reference])
    sql("UPDATE erp_draft SET tidy_at = now()")
    assert tidy() == [], "a person is told once"


def test_a_twin_that_could_not_be_removed_is_not_forgotten_over_a_validated_one(
    doubled, tidy, erp, sql
):
    doubled[0].phase = Phase.LEDGER
    erp.faults["discard"] = [NOT_SENT]
    assert len(tidy()) == 1
    sql("UPDATE erp_draft SET tidy_at = now()")
    assert len(tidy()) == 1
    assert sorted(erp.documents) == ["accr_1-1", "accr_1-2"]


@pytest.mark.parametrize("phase", [Phase.VALIDATED, Phase.LEDGER])
def test_an_exported_record_whose_spare_draft_somebody_validated_is_held_with_both_numbers(
    finished, tidy, erp, sql, phase
):
    finished()
    erp.documents["accr_1-1"].phase = phase
    (alarm,) = tidy()
    assert state(sql) == ("held", "spare_draft_posted", "exported", None, True)
    ((message,),) = sql("SELECT detail->>'message' FROM record")
    assert "accr_1-1" in message
    assert "accr_1-2" in message
    assert message in alarm
    assert sorted(erp.documents) == ["accr_1-1", "accr_1-2"], "nothing is reversed"
    assert "discard" not in erp.calls


def test_it_is_told_once_and_goes_back_to_exported(finished, tidy, erp, sql, actions, database):
    finished()
    erp.documents["accr_1-1"].phase = Phase.VALIDATED
    tidy()
    (exported_at,) = sql("SELECT exported_at FROM record")
    acted = retry_named(["accr_1"], connection=None, actions=actions, nudger=Nudges())
    assert [(one.record_id, one.status) for one in acted.moved] == [("accr_1", Status.EXPORTED)]
    assert state(sql) == ("exported", None, None, None, True)
    assert sql("SELECT exported_at FROM record") == [exported_at]
    sql("UPDATE erp_draft SET tidy_at = now()")
    assert tidy() == []
    assert state(sql)[0] == "exported"
    assert StatusBoard(database).count_spares() == 0
    moves = sql("SELECT from_status, to_status FROM record_history ORDER BY id DESC LIMIT 2")
    assert moves == [("held", "exported"), ("exported", "held")]


@pytest.mark.parametrize(("told", "due"), [(True, True), (False, False)])
def test_a_posted_record_goes_back_to_posted_and_is_reported_if_brex_is_to_be_told(
    finished, tidy, erp, sql, actions, connections, told, due
):
    finished(Status.POSTED)
    connections.add("acme", "infor-m3", {"brex": {"mark_exported": told}}, {}, replace=True)
    erp.documents["accr_1-1"].phase = Phase.VALIDATED
    tidy()
    assert state(sql)[:4] == ("held", "spare_draft_posted", "posted", None)
    retry_named(["accr_1"], connection=None, actions=actions, nudger=Nudges())
    assert sql("SELECT status, due_at IS NOT NULL FROM record") == [("posted", due)]


@pytest.mark.parametrize("announced", ["before", "meanwhile"])
def test_what_brex_announces_of_a_posted_record_is_looked_at_though_the_record_was_held(
    finished, tidy, erp, sql, actions, intake, connection_id, announced
):
    finished(Status.POSTED)
    erp.documents["accr_1-1"].phase = Phase.VALIDATED
    if announced == "before":
        deliver(intake, connection_id, ["accr_1"])
    tidy()
    if announced == "meanwhile":
        assert deliver(intake, connection_id, ["accr_1"]).fresh_ids == ()
    retry_named(["accr_1"], connection=None, actions=actions, nudger=Nudges())
    assert sql("SELECT announced_again FROM record") == [(True,)]


def test_a_held_record_is_held_for_the_graver_reason_and_the_history_has_both(
    finished, tidy, erp, sql
):
    finished(Status.HELD)
    erp.documents["accr_1-1"].phase = Phase.VALIDATED
    (alarm,) = tidy()
    assert "no document was decided" in alarm
    assert state(sql)[:3] == ("held", "spare_draft_posted", "posting")
    reasons = sql("SELECT detail->>'reason' FROM record_history ORDER BY id DESC LIMIT 2")
    assert reasons == [("spare_draft_posted",), ("erp_refused",)]


@pytest.fixture
def set_aside(finished, tidy, erp, actions):
    """A record that was skipped or returned, and is held because a spare draft was validated."""

    def hold(returned):
        row = finished(Status.HELD)
        if returned:
            assert actions.returned(row.id, actions.claim(row.id, 60), "code it", "")
        else:
            assert actions.skip(row.id, "booked by hand")
        erp.documents["accr_1-1"].phase = Phase.VALIDATED
        tidy()

    return hold


def test_a_skipped_record_goes_back_to_skipped_whatever_brex_announces(
    set_aside, sql, actions, intake, connection_id
):
    set_aside(returned=False)
    assert state(sql)[:3] == ("held", "spare_draft_posted", "skipped")
    deliver(intake, connection_id, ["accr_1"])
    retry_named(["accr_1"], connection=None, actions=actions, nudger=Nudges())
    assert sql("SELECT status, reason, detail, due_at FROM record") == [
        ("skipped", "skipped_by_person", {"message": "booked by hand"}, None)
    ]


def test_a_returned_record_is_as_returned_as_before_once_a_person_has_settled_it(
    set_aside, sql, actions, intake, connection_id
):
    set_aside(returned=True)
    retry_named(["accr_1"], connection=None, actions=actions, nudger=Nudges())
    assert sql("SELECT status, reason, detail, due_at FROM record") == [
        ("skipped", "returned_to_brex", {"message": "code it"}, None)
    ]
    assert deliver(intake, connection_id, ["accr_1"]).fresh_ids == ("accr_1",)
    assert state(sql)[0] == "received"


@pytest.mark.parametrize("by", ["webhook", "poll"])
def test_a_returned_record_that_brex_releases_meanwhile_waits_for_the_person(
    set_aside, sql, actions, intake, connection_id, by
):
    set_aside(returned=True)
    if by == "webhook":
        assert deliver(intake, connection_id, ["accr_1"]).fresh_ids == ()
    else:
        assert intake.receive(connection_id, ["accr_1"]) == ()
    assert state(sql)[:2] == ("held", "spare_draft_posted")
    acted = retry_named(["accr_1"], connection=None, actions=actions, nudger=Nudges())
    assert [one.status for one in acted.moved] == [Status.RECEIVED]
    assert sql("SELECT due_at IS NOT NULL, announced_again FROM record") == [(True, False)]


def test_a_person_may_skip_a_returned_record_for_good(
    set_aside, sql, actions, intake, connection_id
):
    set_aside(returned=True)
    assert skip_record("accr_1", "it is paid", connection=None, actions=actions).moved
    assert deliver(intake, connection_id, ["accr_1"]).fresh_ids == ()
    assert state(sql)[:2] == ("skipped", "skipped_by_person")


def test_a_retry_of_all_leaves_it_to_a_person(finished, tidy, erp, sql, actions):
    finished()
    erp.documents["accr_1-1"].phase = Phase.VALIDATED
    tidy()
    acted = retry_all(reason=None, connection=None, actions=actions, nudger=Nudges())
    assert acted.moved == []
    assert "retry --reason spare_draft_posted" in acted.refused[0].why
    acted = retry_all(
        reason="spare_draft_posted", connection=None, actions=actions, nudger=Nudges()
    )
    assert [one.status for one in acted.moved] == [Status.EXPORTED]


def test_what_was_exported_is_neither_skipped_nor_returned(finished, tidy, erp, sql, actions):
    row = finished()
    erp.documents["accr_1-1"].phase = Phase.VALIDATED
    tidy()
    acted = skip_record("accr_1", "no", connection=None, actions=actions)
    assert "without another report" in acted.refused[0].why
    assert actions.skip(row.id, "no") is None
    assert actions.claim(row.id, 60) is None
    (candidate,) = actions.candidates(["accr_1"])
    assert objection(candidate) == "document accr_1-2 stands in the ERP: retry it"
    assert state(sql)[0] == "held"


def test_a_draft_in_the_erp_that_cannot_be_removed_is_looked_at_within_the_hour(
    finished, tidy, erp, sql
):
    finished()
    for _ in range(5):
        erp.faults["discard"] = [NOT_SENT]
        tidy()
        ((wait_s,),) = sql(
            "SELECT extract(epoch FROM tidy_at - now())::float8 FROM erp_draft WHERE draft = 1"
        )
        assert 0 < wait_s <= 1_800
        sql("UPDATE erp_draft SET tidy_at = now()")
    erp.documents["accr_1-1"].phase = Phase.VALIDATED
    assert len(tidy()) == 1


def test_a_draft_that_a_job_is_at_is_looked_at_again(finished, tidy, erp, sql):
    finished()
    erp.documents["accr_1-1"].phase = Phase.BUSY
    assert tidy() == []
    assert sql("SELECT state, why FROM erp_draft WHERE draft = 1") == [
        ("spare", "the ERP has it as busy")
    ]
    erp.documents["accr_1-1"].phase = Phase.LEDGER
    sql("UPDATE erp_draft SET tidy_at = now()")
    assert len(tidy()) == 1
