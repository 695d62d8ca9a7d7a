"""Pause, shadow and the limits of a day, as PostgreSQL keeps to them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest

from connector.domain.limits import PostingConfig
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Status, Step
from connector.ports import Fetched
from connector.store.limits import PostgresLimits
from connector.store.outages import PostgresAlarm, PostgresOutages
from connector.store.roles import Role
from connector.store.schedules import Schedules
from connector.store.status import StatusBoard
from connector.store.sweeping import PostgresSweeping
from tests.store_fixtures import invoice

SHADOW = {"brex": {}, "mode": "shadow"}


@pytest.fixture
def everywhere(bring, decide, records, sql, intake, connection_id):
    """A due record for each step."""
    posted = bring(Status.MAPPED, "accr_export")
    decide(posted)
    records.posted([(posted, 1, "")])
    bring(Status.MAPPED, "accr_post")
    bring(Status.FETCHED, "accr_map")
    intake.receive(connection_id, ["accr_fetch"])
    sql("UPDATE record SET due_at = now() - interval '1 minute', lease_until = NULL, claims = 0")


@pytest.fixture
def halted(connections):
    """The connection is paused, or in shadow."""

    def halt(how):
        if how == "paused":
            connections.pause("acme", paused=True)
        else:
            connections.add("acme", "infor-m3", SHADOW, {}, replace=True)

    return halt


@pytest.mark.parametrize("how", ["paused", "shadow"])
def test_what_reads_goes_on_and_what_writes_rests(
    everywhere, halted, connections, lease, database, how
):
    halted(how)
    (shown,) = StatusBoard(database).connections()
    assert (shown["mode"] == "shadow", shown["paused_at"] is not None) == (
        how == "shadow",
        how == "paused",
    )
    due = PostgresSweeping(database).due(overdue_s=0.0)
    assert {work.step for work in due} == {Step.FETCH, Step.MAP}
    assert [len(lease(step)) for step in Step] == [1, 1, 0, 0]
    connections.pause("acme", paused=False)
    connections.add("acme", "infor-m3", {"brex": {}}, {}, replace=True)
    assert [len(lease(step)) for step in (Step.POST, Step.EXPORT)] == [1, 1]


@pytest.mark.parametrize("how", ["paused", "shadow"])
def test_nothing_is_posted_to_see_whether_a_peer_is_back(
    everywhere, halted, records, connection_id, how
):
    halted(how)
    assert records.lease(connection_id, Step.POST, (), 9, 60.0, on_trial=True) == []


@pytest.mark.parametrize("how", ["paused", "shadow"])
def test_the_poll_goes_on_and_no_draft_is_removed(halted, database, connection_id, how):
    schedules = Schedules(database)
    schedules.set(connection_id, {"poll": 1, "tokens": 1, "spares": 1})
    halted(how)
    assert {job.job for job in schedules.claim()} == {"poll", "tokens"}
    assert schedules.begin("acme", "spares") is None
    assert schedules.begin("acme", "poll") is not None


@pytest.fixture
def limits(database_as, connection_id):
    def of(**changes):
        config = replace(PostingConfig(), **changes)
        return PostgresLimits(database_as(Role.WORKER), connection_id, config, "Europe/Stockholm")

    return of


def held(beyond):
    assert all(hold.reason is Reason.LIMIT_REACHED for _, hold in beyond)
    return [row.record_id for row, _ in beyond]


def test_so_many_documents_begin_on_a_day_and_no_more(bring, limits):
    rows = [bring(Status.MAPPED, f"accr_{n}") for n in range(3)]
    assert held(limits(documents_per_day=2).admit(rows)) == ["accr_2"]
    assert held(limits(documents_per_day=2).admit([rows[2]])) == ["accr_2"]
    assert held(limits(documents_per_day=3).admit([rows[2]])) == []


def test_a_record_is_counted_with_all_its_documents_or_not_at_all(bring, limits, sql):
    row = bring(Status.MAPPED, documents=2)
    ((_, hold),) = limits(documents_per_day=1).admit([row])
    assert (hold.field, hold.value) == ("limits.documents_per_day", "1")
    assert sql("SELECT count(counted_on) FROM erp_document") == [(0,)]
    assert limits(documents_per_day=2).admit([row]) == []


def test_a_record_that_is_taken_up_again_is_not_counted_again(bring, limits):
    row = bring(Status.MAPPED)
    two = limits(documents_per_day=1)
    assert [two.admit([row]) for _ in range(3)] == [[], [], []]


def test_a_record_that_is_mapped_anew_is_counted_as_it_is_then(bring, limits, records, lease, sql):
    row = bring(Status.MAPPED, documents=2)
    assert limits(documents_per_day=2).admit([row]) == []
    records.hold([(row, Hold(Reason.ERP_REFUSED, "no such account"))])
    sql("UPDATE record SET status = 'received', reason = NULL, due_at = now()")
    records.fetched([Fetched(row, {}, 1) for row in lease(Step.FETCH)])
    (row,) = lease(Step.MAP)
    records.mapped([(row, [invoice("accr_1")])], 1)
    other = bring(Status.MAPPED, "accr_2")
    assert limits(documents_per_day=2).admit([*lease(Step.POST), other]) == []


def test_amounts_add_up_without_their_signs_and_each_currency_by_itself(
    bring, limits, sql, records, lease
):
    rows = [bring(Status.MAPPED, f"accr_{n}") for n in range(3)]
    of_sek = limits(amount_per_day=Decimal("75.00"))
    ((row, hold),) = of_sek.admit(rows)
    assert row.record_id == "accr_2"
    assert "60.00 SEK were begun" in hold.message
    assert "30.00 more would be above the limit of 75.00" in hold.message
    sql(
        "INSERT INTO erp_content SELECT record, 'usd', jsonb_set(content, '{currency}', '\"USD\"')"
        " FROM erp_content WHERE record = %s",
        row.id,
    )
    sql("UPDATE erp_document SET fingerprint = 'usd' WHERE record = %s", row.id)
    assert of_sek.admit([row]) == []


def test_the_next_day_begins_with_nothing_in_the_time_zone_of_the_connection(bring, limits, sql):
    row = bring(Status.MAPPED)
    assert limits(documents_per_day=1).admit([row]) == []
    other = bring(Status.MAPPED, "accr_2")
    ((_, hold),) = limits(documents_per_day=1).admit([other])
    ((today,),) = sql("SELECT (now() AT TIME ZONE 'Europe/Stockholm')::date::text")
    assert f"begun on {today}" in hold.message
    sql("UPDATE erp_document SET counted_on = counted_on - 1")
    assert limits(documents_per_day=1).admit([other]) == []


def test_many_workers_at_once_never_begin_more_than_the_limit(bring, limits, sql):
    rows = [bring(Status.MAPPED, f"accr_{n:02d}") for n in range(24)]
    shared = limits(documents_per_day=10, amount_per_day=Decimal(10000))
    with ThreadPoolExecutor(8) as workers:
        beyond = [
            one for some in workers.map(shared.admit, [[row] for row in rows]) for one in some
        ]
    assert len(beyond) == 14
    assert sql("SELECT count(counted_on), sum(counted_amount) FROM erp_document") == [
        (10, Decimal("300.00"))
    ]


def test_another_connection_has_limits_of_its_own(bring, limits, connections, database_as):
    assert limits(documents_per_day=1).admit([bring(Status.MAPPED)]) == []
    other = connections.add("beta", "infor-m3", {"brex": {}}, {})
    of_beta = PostgresLimits(
        database_as(Role.WORKER), other, PostingConfig(documents_per_day=1), "UTC"
    )
    assert of_beta.admit([bring(Status.MAPPED, "accr_2")]) == []


def test_an_erp_that_is_left_alone_is_not_probed_and_brex_is(halted, database, connection_id, sql):
    for peer in ("brex", "infor-m3"):
        PostgresAlarm(database, connection_id, "acme", peer).outage("503", of_writes=False)
    sql("UPDATE outage SET probe_at = now()")
    halted("paused")
    assert [outage.peer for outage in PostgresOutages(database).claim()] == ["brex"]
