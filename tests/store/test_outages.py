"""Outages: what waits while a peer does not answer, and who probes it when."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.testing import capture_logs

from connector.domain.records import Status, Step
from connector.ports import Outage, Waiting
from connector.store.intake import PostgresIntake
from connector.store.outages import PostgresAlarm, PostgresOutages
from connector.store.schedules import Schedules
from connector.store.status import StatusBoard
from connector.store.sweeping import PostgresSweeping


@pytest.fixture
def alarm(database, connection_id):
    """`alarm("infor-m3")` begins an outage, or not."""

    def begin(peer, *, of_writes=False, why="answered 503"):
        PostgresAlarm(database, connection_id, "acme", peer).outage(why, of_writes=of_writes)

    return begin


@pytest.fixture
def outages(database):
    return PostgresOutages(database)


@pytest.fixture
def due(sql):
    """Let the time of the next probe come."""
    return lambda: sql("UPDATE outage SET probe_at = now()")


@pytest.fixture
def wait_s(sql):
    """Seconds from now to the next probe, and what the outage keeps of it."""

    def read():
        ((kept, left),) = sql("SELECT wait_s, extract(epoch FROM probe_at - now()) FROM outage")
        assert kept - 2 < left <= kept
        return kept

    return read


def test_only_what_needs_the_peer_waits(alarm, bring, lease, records, intake, connection_id):
    post = bring(Status.MAPPED, "accr_post")
    fetched = bring(Status.FETCHED, "accr_map")
    records.wait([Waiting(row, 0.0, "") for row in (post, fetched)])
    intake.receive(connection_id, ["accr_fetch"])
    alarm("infor-m3")
    assert lease(Step.POST, "accr_post") == []
    assert len(lease(Step.MAP)) == len(lease(Step.FETCH)) == 1


def test_without_brex_nothing_is_fetched_or_exported_and_posting_goes_on(
    alarm, bring, lease, records, intake, connection_id, decide
):
    records.wait([Waiting(bring(Status.MAPPED, "accr_post"), 0.0, "")])
    posted = bring(Status.MAPPED, "accr_export")
    decide(posted)
    records.posted([(posted, 1, "")])
    intake.receive(connection_id, ["accr_fetch"])
    alarm("brex")
    assert lease(Step.FETCH, "accr_fetch") == lease(Step.EXPORT, "accr_export") == []
    assert [row.record_id for row in lease(Step.POST)] == ["accr_post"]


@pytest.fixture
def everywhere(bring, records, connection_id, decide, sql, database, intake):
    """What can be begun: the steps that a record can be leased for, and the jobs that are due."""
    posted = bring(Status.MAPPED, "accr_export")
    decide(posted)
    records.posted([(posted, 1, "")])
    records.wait([Waiting(bring(Status.MAPPED, "accr_post"), 0.0, "")])
    intake.receive(connection_id, ["accr_fetch"])
    schedules = Schedules(database)
    schedules.set(connection_id, {"poll": 60, "tokens": 60, "spares": 60})

    def begun():
        sql("UPDATE record SET due_at = now(), lease_until = NULL")
        sql("UPDATE schedule SET due_at = now(), claimed_at = NULL")
        steps = {step.value for step in Step if records.lease(connection_id, step, [], 9, 60.0)}
        return sorted(steps | {job.job for job in schedules.claim()})

    return begun


def test_while_brex_takes_no_writes_what_only_reads_goes_on(alarm, everywhere):
    assert everywhere() == ["export", "fetch", "poll", "post", "spares", "tokens"]
    alarm("brex", of_writes=True)
    assert everywhere() == ["fetch", "poll", "post", "spares", "tokens"]


def test_while_the_erp_takes_no_writes_all_waits_that_writes_there(alarm, everywhere):
    alarm("infor-m3", of_writes=True)
    assert everywhere() == ["export", "fetch", "poll", "tokens"]


def test_an_outage_of_writes_in_which_reads_fail_too_holds_up_both_until_reads_are_answered(
    alarm, outages, due, everywhere, database
):
    alarm("brex", of_writes=True)
    with capture_logs() as logged, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: alarm("brex", why="answered 502"), range(16)))
    assert [(one["event"], one["of_writes"]) for one in logged] == [("outage_began", False)]
    assert everywhere() == ["post", "spares", "tokens"]
    (one,) = StatusBoard(database).outages()
    assert (one["of_writes"], one["why"]) == (False, "answered 502")
    due()
    (outage,) = outages.claim()
    assert outage.of_writes
    outages.reads_are_answered(outage)
    assert everywhere() == ["fetch", "poll", "post", "spares", "tokens"]
    outages.end(outage)
    assert everywhere() == ["export", "fetch", "poll", "post", "spares", "tokens"]


def test_other_connections_go_on(alarm, connections, intake, records):
    other = connections.add("other", "infor-m3", {"brex": {}}, {})
    alarm("brex")
    intake.receive(other, ["accr_1"])
    assert len(records.lease(other, Step.FETCH, [], 1, 60.0)) == 1


def test_the_sweep_and_the_clock_leave_alone_what_waits_for_a_peer(
    alarm, intake, database, vault, connection_id, sql, outages
):
    intake.receive(connection_id, ["accr_1"])
    schedules = Schedules(database)
    schedules.set(connection_id, {"poll": 60, "tokens": 60, "spares": 60})
    sql("UPDATE schedule SET due_at = now() - interval '1 hour'")
    alarm("brex")
    sweeping = PostgresSweeping(database)
    assert sweeping.due(overdue_s=0.0) == []
    claimed = sorted(job.job for job in schedules.claim())
    assert claimed == ["spares", "tokens"]
    assert all(schedules.begin("acme", job) for job in claimed)
    _, overdue_s = Schedules(database).last_tick()
    assert overdue_s < 0, "doctor must not take this for a clock that stands"
    assert PostgresIntake(database, vault).pulse().overdue_s == 0
    outages.end(Outage(connection_id, "acme", "brex", of_writes=False))
    assert [job.job for job in schedules.claim()] == ["poll"]
    assert len(sweeping.due(overdue_s=0.0)) == 1


def test_an_outage_begins_once_and_is_logged_once_however_many_notice(alarm, sql):
    with capture_logs() as logged, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: alarm("infor-m3"), range(16)))
    ((began_at, wait_s),) = sql("SELECT began_at, wait_s FROM outage")
    assert wait_s == 30
    alarm("infor-m3", why="answered 500", of_writes=True)
    assert sql("SELECT began_at, of_writes FROM outage") == [(began_at, False)]
    assert [one["event"] for one in logged] == ["outage_began"]


def test_one_worker_probes_at_a_time(alarm, outages, due, connection_id):
    alarm("infor-m3", of_writes=True)
    assert outages.claim() == []
    due()
    with ThreadPoolExecutor(8) as pool:
        claimed = [one for found in pool.map(lambda _: outages.claim(), range(16)) for one in found]
    assert claimed == [Outage(connection_id, "acme", "infor-m3", of_writes=True)]


def test_a_worker_that_died_while_it_probed_is_replaced(alarm, outages, due):
    alarm("brex")
    due()
    outages.claim()
    due()
    assert len(outages.claim()) == 1


def test_each_probe_in_vain_doubles_the_wait_up_to_four_minutes(alarm, outages, due, wait_s):
    alarm("brex")
    waits = [wait_s()]
    for _ in range(5):
        due()
        (outage,) = outages.claim()
        outages.goes_on(outage, "no answer")
        waits.append(wait_s())
    assert waits == [30, 60, 120, 240, 240, 240]


def test_an_outage_that_begins_again_soon_waits_twice_as_long_and_a_later_one_does_not(
    alarm, outages, wait_s, connection_id, sql
):
    this = Outage(connection_id, "acme", "brex", of_writes=False)
    alarm("brex")
    outages.end(this)
    alarm("brex")
    assert wait_s() == 60
    outages.end(this)
    sql("UPDATE outage SET ended_at = now() - interval '10 minutes'")
    alarm("brex")
    assert wait_s() == 30
    with capture_logs() as logged:
        outages.end(this)
        outages.end(this)
    assert [one["event"] for one in logged] == ["outage_ended"]


def test_a_late_verdict_changes_nothing_of_an_outage_that_ended(alarm, outages, connection_id, sql):
    this = Outage(connection_id, "acme", "brex", of_writes=False)
    alarm("brex")
    outages.end(this)
    before = sql("SELECT * FROM outage")
    outages.goes_on(this, "no answer")
    outages.nothing_to_try(this)
    assert sql("SELECT * FROM outage") == before


def test_where_no_write_is_due_the_outage_stays_while_one_will_be(
    alarm, outages, due, bring, records, connection_id, sql
):
    records.wait([Waiting(bring(Status.MAPPED), 3600.0, "settles")])
    alarm("infor-m3", of_writes=True)
    due()
    (outage,) = outages.claim()
    outages.nothing_to_try(outage)
    ((ended_at, left),) = sql("SELECT ended_at, extract(epoch FROM probe_at - now()) FROM outage")
    assert (ended_at, 58 < left <= 60) == (None, True)
    sql("UPDATE record SET status = 'held', reason = 'erp_refused', due_at = NULL")
    outages.nothing_to_try(outage)
    assert sql("SELECT 1 FROM outage WHERE ended_at IS NULL") == []


def test_a_trial_takes_a_record_all_the_same(alarm, bring, records, connection_id):
    records.wait([Waiting(bring(Status.MAPPED), 0.0, "")])
    alarm("infor-m3", of_writes=True)
    assert records.lease(connection_id, Step.POST, [], 1, 60.0) == []
    assert len(records.lease(connection_id, Step.POST, [], 1, 60.0, on_trial=True)) == 1


def test_status_tells_of_running_outages(alarm, outages, database, connection_id):
    alarm("brex", why="answered 503")
    (one,) = StatusBoard(database).outages()
    assert (one["connection"], one["peer"], one["why"]) == ("acme", "brex", "answered 503")
    assert 28 < one["probe_in_s"] <= 30
    outages.end(Outage(connection_id, "acme", "brex", of_writes=False))
    assert StatusBoard(database).outages() == []
