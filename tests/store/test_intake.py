"""Taking record ids in: once each, whatever comes how often."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import psycopg2
import pytest

from connector.domain.documents import Ignored
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Status
from connector.ports import Delivery, Disposition, Fetched, Waiting
from connector.secret import Secret
from tests.store.deliveries import deliver
from tests.store_fixtures import invoice
from tests.waiting import wait_until

NOW = datetime(2026, 11, 1, tzinfo=UTC)
MARKED = "SELECT announced_again FROM record"


def delivery(webhook_id="msg_1", ids=("accr_1", "accr_2"), disposition=Disposition.ACCEPTED):
    return Delivery(
        1, webhook_id, "ACCOUNTING_RECORD_READY_FOR_EXPORT", b"x" * 32, ids, disposition, NOW
    )


def accept(intake, endpoint, delivery):
    """What became of a delivery to that endpoint, stored alone."""
    (accepted,) = intake.accept([replace(delivery, connection_id=endpoint.connection_id)])
    return accepted


@pytest.fixture
def endpoint(connections, intake):
    connections.add(
        "acme",
        "infor-m3",
        {"brex": {"company_id": "cuacc_1"}},
        {"brex.webhook_secrets.0": Secret("whsec"), "brex.token": Secret("bxt")},
    )
    return intake.endpoint("acme")


def test_the_gateway_sees_the_webhook_secrets_of_a_connection_and_no_other(endpoint, intake):
    assert endpoint.secrets == (Secret("whsec"),)
    assert (endpoint.company_id, endpoint.erp) == ("cuacc_1", "infor-m3")
    assert intake.endpoint("nobody") is None


def test_a_delivery_is_stored_with_its_records_and_a_repeat_changes_nothing(endpoint, intake, sql):
    assert set(accept(intake, endpoint, delivery()).fresh_ids) == {"accr_1", "accr_2"}
    again = accept(intake, endpoint, delivery())
    assert (again.fresh_ids, again.repeat) == ((), True)
    assert sql("SELECT deliveries FROM webhook_delivery") == [(2,)]
    assert sql("SELECT count(*) FROM record") == [(2,)]


def test_b20_a_repeat_with_another_body_is_told_apart_and_brings_nothing(endpoint, intake, sql):
    assert accept(intake, endpoint, delivery(ids=("accr_1",))).same_body
    forged = replace(delivery(ids=("accr_9",)), body_sha256=b"y" * 32)
    again = accept(intake, endpoint, forged)
    assert (again.fresh_ids, again.repeat, again.same_body) == ((), True, False)
    assert sql("SELECT record_id FROM record") == [("accr_1",)]


def test_the_same_delivery_many_times_at_once_is_taken_in_once(endpoint, intake, sql):
    with ThreadPoolExecutor(4) as pool:
        accepted = list(pool.map(lambda _: accept(intake, endpoint, delivery()), range(12)))
    assert sum(len(one.fresh_ids) for one in accepted) == 2
    assert sql("SELECT deliveries FROM webhook_delivery") == [(12,)]


def test_overlapping_deliveries_at_once_neither_lose_nor_double(endpoint, intake, sql):
    batches = [tuple(f"accr_{(n + k) % 20}" for k in range(10)) for n in range(20)]

    def bring(number):
        return accept(intake, endpoint, delivery(f"msg_{number}", batches[number]))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(bring, range(20)))
    assert sql("SELECT count(*) FROM record") == [(20,)]


def test_deliveries_that_are_stored_together_are_told_apart(connections, endpoint, intake, sql):
    connections.add("other", "infor-m3", {}, {})
    other = intake.endpoint("other").connection_id
    accept(intake, endpoint, delivery("msg_old"))
    first, repeat, ignored, overlapping, others = intake.accept(
        [
            replace(one, connection_id=connection_id)
            for one, connection_id in (
                (delivery("msg_new", ("accr_2", "accr_3")), endpoint.connection_id),
                (delivery("msg_old"), endpoint.connection_id),
                (delivery("msg_odd", ("accr_4",), Disposition.IGNORED), endpoint.connection_id),
                (delivery("msg_late", ("accr_3", "accr_5")), endpoint.connection_id),
                (delivery("msg_new", ("accr_3",)), other),
            )
        ]
    )
    assert (first.fresh_ids, repeat.fresh_ids, repeat.repeat) == (("accr_3",), (), True)
    assert (ignored.fresh_ids, overlapping.fresh_ids) == ((), ("accr_3", "accr_5"))
    assert (others.fresh_ids, others.repeat) == (("accr_3",), False)
    assert sql("SELECT connection_id, record_id FROM record ORDER BY 1, 2") == [
        *((endpoint.connection_id, f"accr_{n}") for n in (1, 2, 3, 5)),
        (other, "accr_3"),
    ]


@pytest.mark.parametrize("disposition", [Disposition.IGNORED, Disposition.REFUSED_COMPANY])
def test_a_delivery_that_is_not_ours_is_noted_and_brings_no_records(
    endpoint, intake, sql, disposition
):
    assert accept(intake, endpoint, delivery(disposition=disposition)).fresh_ids == ()
    assert sql("SELECT disposition FROM webhook_delivery") == [(disposition.value,)]
    assert sql("SELECT count(*) FROM record") == [(0,)]


def test_a_held_record_that_brex_announces_again_begins_again(bring, records, intake, sql):
    row = bring(Status.FETCHED)
    records.hold([(row, Hold(Reason.GL_ACCOUNT_MISSING, "line 1"))])
    endpoint = intake.endpoint("acme")
    assert accept(intake, endpoint, delivery(ids=("accr_1",))).fresh_ids == ("accr_1",)
    assert sql("SELECT status, reason FROM record") == [("received", None)]


def test_the_poll_does_not_start_a_held_record_again(bring, records, intake, connection_id, sql):
    row = bring(Status.FETCHED)
    records.hold([(row, Hold(Reason.GL_ACCOUNT_MISSING, "line 1"))])
    assert intake.receive(connection_id, ["accr_1"]) == ()
    assert sql("SELECT status FROM record") == [("held",)]


def test_a_record_that_a_worker_holds_is_not_taken_from_it(bring, intake, sql):
    bring(Status.FETCHED)
    accept(intake, intake.endpoint("acme"), delivery(ids=("accr_1",)))
    assert sql("SELECT status FROM record") == [("fetched",)]


@pytest.mark.parametrize("reason", ["not_ready_for_export", "not_found_in_brex"])
def test_the_poll_starts_again_what_waited_for_brex(bring, intake, connection_id, sql, reason):
    bring(Status.RECEIVED)
    sql("UPDATE record SET status = 'held', reason = %s, due_at = NULL, lease_until = NULL", reason)
    assert intake.receive(connection_id, ["accr_1"]) == ("accr_1",)
    assert sql("SELECT status FROM record") == [("received",)]


def test_the_poll_takes_a_returned_record_in_again(bring, intake, connection_id, sql):
    bring(Status.FETCHED)
    sql(
        "UPDATE record SET status = 'skipped', reason = 'returned_to_brex', due_at = NULL,"
        " lease_until = NULL"
    )
    assert intake.receive(connection_id, ["accr_1"]) == ("accr_1",)
    assert sql("SELECT status FROM record") == [("received",)]


@pytest.mark.parametrize("status", [Status.FETCHED, Status.MAPPED, Status.HELD])
def test_a_poll_that_shows_another_version_is_an_announcement_that_was_lost(
    bring, records, intake, connection_id, sql, status
):
    row = bring(Status.FETCHED if status is Status.HELD else status)
    if status is Status.HELD:
        records.hold([(row, Hold(Reason.GL_ACCOUNT_MISSING, "line 1"))])
    sql("UPDATE record SET lease_until = NULL")
    assert intake.receive(connection_id, ["accr_1"], versions={"accr_1": 1}) == ()
    assert intake.receive(connection_id, ["accr_1"]) == ()
    assert sql("SELECT status FROM record") == [(status.value,)]
    assert intake.receive(connection_id, ["accr_1"], versions={"accr_1": 2}) == ("accr_1",)
    assert sql("SELECT status FROM record") == [("received",)]


@pytest.mark.parametrize("status", ["posting", "posted"])
def test_a_poll_that_shows_another_version_marks_what_is_being_posted(
    bring, records, intake, connection_id, sql, decide, status
):
    row = bring(Status.MAPPED)
    sql("UPDATE record SET status = 'posting', lease_until = NULL")
    if status == "posted":
        decide(row)
        assert records.posted([(row, 1, "")]) == {row.id: Status.POSTED}
    assert intake.receive(connection_id, ["accr_1"], versions={"accr_1": 1}) == ()
    assert sql(MARKED) == [(False,)]
    assert intake.receive(connection_id, ["accr_1"], versions={"accr_1": 2}) == ()
    assert sql(MARKED) == [(True,)]


def test_a_change_announced_while_a_worker_has_the_record_is_not_forgotten(
    bring, records, intake, sql
):
    row = bring(Status.FETCHED)
    accept(intake, intake.endpoint("acme"), delivery(ids=("accr_1",)))
    records.mapped([(row, [invoice("accr_1")])], 1)
    assert sql("SELECT status, announced_again FROM record") == [("received", False)]


def test_what_a_late_worker_read_before_the_announcement_is_read_again(
    bring, records, intake, connection_id, sql
):
    row = bring(Status.RECEIVED)
    sql("UPDATE record SET lease_until = now() - interval '1 minute'")
    deliver(intake, connection_id, ["accr_1"])
    assert records.fetched([Fetched(row, {"id": "accr_1"}, 1)]) == {row.id}
    assert sql("SELECT status, due_at IS NOT NULL FROM record") == [("received", True)]


@pytest.mark.parametrize("by", ["webhook", "poll"])
def test_a_change_announced_in_the_moment_in_which_a_worker_ends_its_lease_is_not_forgotten(
    bring, intake, connection_id, sql, migrated_database_url, by
):
    bring(Status.FETCHED)
    ends = "UPDATE record SET due_at = now(), lease_until = NULL"
    waits = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'"
    )

    def take_in():
        if by == "poll":
            return intake.receive(connection_id, ["accr_1"], versions={"accr_1": 2})
        return deliver(intake, connection_id, ["accr_1"]).fresh_ids

    with (
        closing(psycopg2.connect(migrated_database_url.reveal())) as worker,
        ThreadPoolExecutor(1) as pool,
    ):
        worker.cursor().execute(ends)
        taken = pool.submit(take_in)
        wait_until(lambda: sql(waits), "the announcement comes in between")
        worker.commit()
        assert taken.result() == ("accr_1",)
    assert sql("SELECT status FROM record") == [("received",)]


def test_a_record_that_is_held_while_brex_announces_it_again_begins_again(
    bring, records, intake, connection_id, sql
):
    row = bring(Status.FETCHED)
    deliver(intake, connection_id, ["accr_1"])
    assert records.hold([(row, Hold(Reason.GL_ACCOUNT_MISSING, "line 1"))]) == {row.id}
    assert sql("SELECT status, reason, due_at <= now(), announced_again FROM record") == [
        ("received", None, True, False)
    ]
    moves = sql("SELECT to_status FROM record_history ORDER BY id DESC LIMIT 2")
    assert moves == [("received",), ("held",)]
    assert records.wait([Waiting(row, 9.0, "woken")]) == set(), "its worker is fenced off"


def test_a_record_that_is_ignored_while_brex_announces_it_again_begins_again(
    bring, records, intake, connection_id, sql
):
    row = bring(Status.FETCHED)
    deliver(intake, connection_id, ["accr_1"])
    records.ignore([(row, Ignored("its type is ignored"))])
    assert sql("SELECT status, reason FROM record") == [("received", None)]


@pytest.mark.parametrize("memo", ["a NUL \0 in it", "six characters: \\u0000", "C:\\"])
def test_whatever_people_write_can_be_stored(bring, records, memo):
    row = bring(Status.RECEIVED)
    records.fetched([Fetched(row, {"memo": memo}, 1)])
    assert records.payloads([row])[row.id]["memo"] == memo.replace("\0", "\ufffd")
