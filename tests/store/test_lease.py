"""Leases: who may work on a record, and for how long."""

import json
from concurrent.futures import ThreadPoolExecutor

from connector.domain.records import Status, Step
from connector.ports import DueWork, Fetched, Waiting
from connector.store.records import MAX_CLAIMS
from connector.store.sweeping import PostgresSweeping


def test_a_record_is_leased_by_one_worker_at_a_time(intake, lease, connection_id):
    intake.receive(connection_id, [f"accr_{n}" for n in range(40)])
    with ThreadPoolExecutor(8) as pool:
        batches = list(pool.map(lambda _: lease(Step.FETCH, batch=7), range(8)))
    taken = [row.record_id for batch in batches for row in batch]
    assert sorted(taken) == sorted({f"accr_{n}" for n in range(40)})


def test_the_records_asked_for_come_first_and_the_batch_is_filled_up(intake, lease, connection_id):
    intake.receive(connection_id, ["accr_1", "accr_2", "accr_3", "accr_4"])
    taken = lease(Step.FETCH, "accr_4", batch=2)
    assert {row.record_id for row in taken} > {"accr_4"}
    assert len(taken) == 2


def test_live_records_go_before_backfilled_ones(intake, lease, connection_id):
    intake.receive(connection_id, ["old_1", "old_2"], backfill=True)
    intake.receive(connection_id, ["live_1"])
    assert [row.record_id for row in lease(Step.FETCH, batch=1)] == ["live_1"]


def test_a_new_lease_counts_the_attempt_and_fences_the_old_holder(
    intake, lease, records, sql, connection_id
):
    intake.receive(connection_id, ["accr_1"])
    (old,) = lease(Step.FETCH, lease_s=0.0)
    (new,) = lease(Step.FETCH)
    assert new.attempt == old.attempt + 1
    assert records.fetched([Fetched(old, {}, 1)]) == set()
    assert sql("SELECT status FROM record") == [("received",)]
    assert records.fetched([Fetched(new, {}, 1)]) == {new.id}


def test_a_live_lease_is_not_taken_over(intake, lease, connection_id):
    intake.receive(connection_id, ["accr_1"])
    assert lease(Step.FETCH)
    assert lease(Step.FETCH, "accr_1") == []


def test_a_record_that_waits_is_not_due_before_its_time(bring, lease, records, sql):
    row = bring(Status.RECEIVED)
    records.wait([Waiting(row, 3600, "Brex answered 503", failed=True)])
    assert lease(Step.FETCH, "accr_1") == []
    assert sql("SELECT failures, note, claims FROM record") == [(1, "Brex answered 503", 0)]
    sql("UPDATE record SET due_at = now()")
    assert lease(Step.FETCH)[0].failures == 1


def test_a_record_that_ends_every_worker_is_held_and_the_others_get_through(
    intake, lease, database, sql, connection_id
):
    intake.receive(connection_id, ["accr_1"])
    for _ in range(MAX_CLAIMS):
        assert lease(Step.FETCH, lease_s=0.0)
    assert lease(Step.FETCH) == []
    assert PostgresSweeping(database).hold_crash_loops() == 1
    ((status, reason, detail),) = sql("SELECT status, reason, detail FROM record")
    assert (status, reason) == ("held", "crash_loop")
    assert f"{MAX_CLAIMS} times" in detail["message"]


def test_the_sweep_sees_each_step_with_due_work_that_nobody_holds_once(
    intake, lease, database, connection_id
):
    intake.receive(connection_id, ["accr_1", "accr_2", "accr_3"])
    lease(Step.FETCH, batch=1)
    sweeping = PostgresSweeping(database)
    assert sweeping.due(overdue_s=0.0) == [DueWork("acme", "infor-m3", Step.FETCH)]
    assert sweeping.due(overdue_s=3600) == []
    lease(Step.FETCH)
    assert sweeping.due(overdue_s=0.0) == []


def test_leasing_and_sweeping_use_the_index_of_due_records(sql, connection_id):
    sql(
        "INSERT INTO record (connection_id, record_id, status, due_at, decided)"
        " SELECT %s, 'done_' || n, 'exported', NULL, true FROM generate_series(1, 20000) n",
        connection_id,
    )
    sql(
        "INSERT INTO record (connection_id, record_id) SELECT %s, 'due_' || n"
        " FROM generate_series(1, 500) n",
        connection_id,
    )
    sql("ANALYZE record")
    ((plan,),) = sql(
        "EXPLAIN (FORMAT JSON) SELECT id FROM record WHERE connection_id = %s AND next_step = 'fetch'"
        " AND priority = 0 AND due_at <= now() AND claims < 8 ORDER BY due_at LIMIT 50",
        connection_id,
    )
    assert "record_due" in json.dumps(plan)
    assert "Seq Scan" not in json.dumps(plan)


def test_a_record_that_may_end_workers_is_taken_alone(intake, lease, records, connection_id):
    """One bad record never takes its whole batch with it."""
    intake.receive(connection_id, [f"accr_{n}" for n in range(5)])
    for _ in range(2):
        batch = lease(Step.FETCH, lease_s=0.0)
        assert len(batch) == 5
    for _ in range(4):
        (alone,) = lease(Step.FETCH)
        records.fetched([Fetched(alone, {}, 1)])
    assert len(lease(Step.FETCH)) == 1


def test_a_record_that_is_taken_alone_gets_its_turn_though_ever_more_come(
    intake, lease, sql, connection_id
):
    for record_id in ("accr_old", "accr_bad"):
        intake.receive(connection_id, [record_id])
    sql("UPDATE record SET claims = 2 WHERE record_id = 'accr_bad'")
    batches = []
    for n in range(3):
        intake.receive(connection_id, [f"accr_{n}{m}" for m in range(9)])
        batches.append({row.record_id for row in lease(Step.FETCH, f"accr_{n}1", batch=2)})
    assert batches[0] == {"accr_01", "accr_old"}, "what has been due for longer goes first"
    assert batches[1] == {"accr_bad"}
    assert len(batches[2]) == 2


def test_a_backfilled_record_that_is_taken_alone_lets_live_ones_go_first(
    intake, lease, sql, connection_id
):
    intake.receive(connection_id, ["accr_bad"], backfill=True)
    sql("UPDATE record SET claims = 2")
    intake.receive(connection_id, ["accr_live"])
    taken = [[row.record_id for row in lease(Step.FETCH)] for _ in range(2)]
    assert taken == [["accr_live"], ["accr_bad"]]


def test_after_an_unexpected_error_the_lease_ends_and_the_claim_stays_counted(
    bring, lease, records, sql
):
    row = bring(Status.RECEIVED)
    assert records.give_back([row], "unexpected: KeyError") == {row.id}
    assert sql("SELECT claims, note, due_at < now() + interval '5 s' FROM record") == [
        (1, "unexpected: KeyError", True)
    ]


def test_a_woken_worker_of_a_record_held_as_a_crash_loop_changes_nothing(
    intake, lease, records, database, sql, connection_id
):
    intake.receive(connection_id, ["accr_1"])
    for _ in range(MAX_CLAIMS):
        (row,) = lease(Step.FETCH, lease_s=0.0)
    PostgresSweeping(database).hold_crash_loops()
    assert records.wait([Waiting(row, 1.0, "woken")]) == set()
    assert records.fetched([Fetched(row, {}, 1)]) == set()
