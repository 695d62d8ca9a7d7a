"""What people may do with held records, and what the guards keep them from."""

import threading

import pytest

from connector.bootstrap import _SETTLED_S
from connector.domain.drafts import Outcome, WriteStep
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Status, Step
from connector.ports import NewWrite, OpenedDraft, SettledWrite
from connector.store.actions import SETTLED_S, PostgresActions
from connector.store.connections import Connections
from connector.store.roles import Role

STATE = (
    "SELECT status, reason, detail, due_at IS NOT NULL, lease_until, claims, failures, note"
    " FROM record WHERE record_id = %s"
)


@pytest.fixture
def actions(database_as, connection_id, sql) -> PostgresActions:
    sql("UPDATE connection SET updated_at = now() - interval '1 minute'")
    return PostgresActions(database_as(Role.CONSOLE))


@pytest.fixture
def held(bring, records):
    """A held record for which nothing was decided."""

    def hold(record_id="accr_1", reason=Reason.SUPPLIER_UNKNOWN, status=Status.FETCHED):
        row = bring(status, record_id)
        assert records.hold([(row, Hold(reason, "no supplier for Taxi", "vendor", "pmch_1"))])
        return row.id

    return hold


@pytest.fixture
def with_open_draft(bring, journal):
    """A record with the head of one draft in the ERP, still leased."""

    def open_draft(record_id="accr_1"):
        row = bring(Status.MAPPED, record_id)
        journal.open_drafts([OpenedDraft(row, 1, 1, f"{record_id}.1")])
        times = {"call_s": 5.0, "lease_s": 60.0}
        assert journal.intend([NewWrite(row, 1, WriteStep.HEAD, settle_s=5.0)], **times)
        done = SettledWrite(row, 1, WriteStep.HEAD, 0, Outcome.DONE, reference=f"INBN-{record_id}")
        journal.settle([done])
        return row

    return open_draft


@pytest.fixture
def decided(with_open_draft, journal, records):
    """A held record whose document was decided on."""

    def decide(reason, record_id="accr_1"):
        row = with_open_draft(record_id)
        assert journal.decide([(row, 1, f"INBN-{record_id}")]) == {row.id}
        if reason is Reason.EXPORT_REFUSED:
            assert records.posted([(row, 1, "")])
        assert records.hold([(row, Hold(reason, "why"))])
        return row.id

    return decide


def test_a_retry_of_what_was_not_decided_begins_again(actions, held, sql, lease):
    number = held()
    (moved,) = actions.retry([number])
    assert (moved.connection, moved.erp, moved.record_id) == ("acme", "infor-m3", "accr_1")
    assert moved.status is Status.RECEIVED
    assert sql(STATE, "accr_1") == [("received", None, None, True, None, 0, 0, "")]
    assert [row.record_id for row in lease(Step.FETCH)] == ["accr_1"]


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.EXPORT_REFUSED, Status.POSTED),
        (Reason.ERP_VALIDATION_FAILED, Status.POSTING),
        (Reason.CONTENT_DIFFERS, Status.POSTING),
        (Reason.ERP_DOCUMENT_BUSY, Status.POSTING),
    ],
)
def test_a_retry_of_a_decided_document_goes_on_with_it(actions, decided, reason, status, sql):
    (moved,) = actions.retry([decided(reason)])
    assert moved.status is status
    assert sql("SELECT erp_reference FROM erp_document") == [("INBN-accr_1",)]


@pytest.mark.parametrize("status", [Status.RECEIVED, Status.FETCHED, Status.MAPPED])
def test_only_held_records_are_touched(actions, bring, status, sql):
    row = bring(status)
    before = sql("SELECT * FROM record")
    assert actions.retry([row.id]) == []
    assert actions.skip(row.id, "no") is None
    assert actions.claim(row.id, 60) is None
    assert sql("SELECT * FROM record") == before


def test_an_action_fences_off_whoever_held_the_record_before(actions, bring, records, sql):
    row = bring(Status.FETCHED)
    records.hold([(row, Hold(Reason.CRASH_LOOP, "it stops its worker"))])
    actions.retry([row.id])
    assert records.hold([(row, Hold(Reason.RECORD_UNREADABLE, "woken too late"))]) == set()
    assert sql("SELECT status FROM record") == [("received",)]


def test_a_retry_waits_until_every_worker_knows_the_mended_settings(
    actions, held, connections, lease, sql
):
    number = held()
    connections.add("acme", "infor-m3", {"brex": {}}, {}, replace=True)
    actions.retry([number])
    assert lease(Step.FETCH) == []
    ((wait_s,),) = sql(
        "SELECT extract(epoch FROM r.due_at - c.updated_at)::float8 FROM record r, connection c"
    )
    assert wait_s == SETTLED_S > _SETTLED_S


def test_two_retries_at_once_move_a_record_once(actions, held):
    number = held()
    moved = []
    threads = [
        threading.Thread(target=lambda: moved.extend(actions.retry([number]))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(moved) == 1


def test_a_record_of_a_removed_connection_is_not_retried(actions, held, connections: Connections):
    number = held()
    connections.remove("acme")
    assert actions.retry([number]) == []
    assert actions.held(connection=None, reason=None, after=0, limit=10) == []
    (candidate,) = actions.candidates(["accr_1"])
    assert candidate.removed


def test_held_records_are_found_by_reason_and_page(actions, held):
    numbers = [held(f"accr_{n}") for n in range(3)]
    other = held("accr_9", Reason.UNBALANCED)
    assert actions.held(connection=None, reason=None, after=0, limit=9) == [*numbers, other]
    assert actions.held(connection="acme", reason="unbalanced", after=0, limit=9) == [other]
    assert actions.held(connection=None, reason=None, after=numbers[0], limit=1) == [numbers[1]]
    assert actions.held(connection="other", reason=None, after=0, limit=9) == []


def test_a_skip_says_who_and_why_and_gives_open_drafts_up(
    actions, with_open_draft, records, sql, migrated_database_url
):
    row = with_open_draft()
    records.hold([(row, Hold(Reason.OUTCOME_UNKNOWN, "an answer was lost"))])
    moved = actions.skip(row.id, "paid twice by hand")
    assert moved is not None
    assert moved.status is Status.SKIPPED
    assert sql(STATE, "accr_1")[0][:4] == (
        *("skipped", "skipped_by_person", {"message": "paid twice by hand"}),
        False,
    )
    assert sql("SELECT state, why FROM erp_draft") == [("spare", "skipped by a person")]
    last = sql("SELECT actor, to_status, detail FROM record_history ORDER BY id DESC LIMIT 1")
    detail = {"message": "paid twice by hand", "reason": "skipped_by_person"}
    assert last == [("test", "skipped", detail)]


def test_a_skip_leaves_a_decided_document_alone(actions, decided, sql):
    assert actions.skip(decided(Reason.EXPORT_REFUSED), "told Brex by hand")
    assert sql("SELECT erp_reference FROM erp_document") == [("INBN-accr_1",)]
    assert sql("SELECT state FROM erp_draft") == [("decided",)]


def test_a_claim_keeps_everybody_else_away_until_it_is_released(actions, held):
    number = held()
    attempt = actions.claim(number, 60)
    assert attempt is not None
    (candidate,) = actions.candidates(["accr_1"])
    assert candidate.leased
    assert actions.claim(number, 60) is None
    assert actions.retry([number]) == []
    assert actions.skip(number, "no") is None
    actions.release(number, attempt)
    assert len(actions.retry([number])) == 1


def test_a_webhook_does_not_reopen_a_claimed_record(actions, held, intake, connection_id, sql):
    actions.claim(held(), 60)
    from tests.store.deliveries import deliver

    deliver(intake, connection_id, ["accr_1"])
    assert sql("SELECT status FROM record") == [("held",)]


def test_a_decided_record_cannot_be_claimed_for_return(actions, decided):
    assert actions.claim(decided(Reason.ERP_VALIDATION_FAILED), 60) is None


def test_a_returned_record_is_set_aside_and_begins_again_when_brex_releases_it(
    actions, with_open_draft, records, intake, connection_id, sql
):
    row = with_open_draft()
    records.hold([(row, Hold(Reason.GL_ACCOUNT_MISSING, "no account"))])
    attempt = actions.claim(row.id, 60)
    assert actions.returned(row.id, attempt, "code it", "t-1").status is Status.SKIPPED
    assert sql("SELECT detail FROM record_history WHERE to_status = 'skipped'") == [
        ({"message": "code it", "trace_id": "t-1", "reason": "returned_to_brex"},)
    ]
    assert sql("SELECT reason, lease_until FROM record") == [("returned_to_brex", None)]
    assert sql("SELECT state FROM erp_draft") == [("spare",)]
    from tests.store.deliveries import deliver

    deliver(intake, connection_id, ["accr_1"])
    assert sql("SELECT status FROM record") == [("received",)]


def test_a_lost_claim_changes_nothing(actions, held, sql):
    number = held()
    attempt = actions.claim(number, 0)  # over at once
    again = actions.claim(number, 60)
    assert actions.returned(number, attempt, "late", "") is None
    actions.release(number, attempt)
    assert sql("SELECT status, lease_until IS NOT NULL FROM record") == [("held", True)]
    assert actions.returned(number, again, "in time", "")


def test_candidates_name_every_connection_that_knows_the_id(actions, held, connections, intake):
    held()
    other = connections.add("beta", "infor-m3", {"brex": {}}, {})
    intake.receive(other, ["accr_1"])
    assert [one.connection for one in actions.candidates(["accr_1"])] == ["acme", "beta"]
    assert [one.connection for one in actions.candidates(["accr_1"], "beta")] == ["beta"]
    assert actions.candidates(["accr_none"]) == []
