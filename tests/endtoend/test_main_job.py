"""The main job through real processes: a signed webhook becomes an invoice, once."""

import pytest

from tests.endtoend.installation import NAME, Installation
from tests.waiting import wait_until


@pytest.fixture
def running(installation: Installation) -> Installation:
    installation.everything()
    return installation


@pytest.mark.parametrize("program", ["APS450MI", "APS100MI"])
@pytest.mark.parametrize("count", [1, 300])
def test_released_records_become_invoices_once_and_are_exported(installation, program, count):
    installation.everything(program=program)
    ids = installation.spend(count, refunds=0.1)
    installation.release()
    installation.wait_for("exported", count)
    installation.assert_posted_once(ids)


def test_a_backlog_costs_few_calls_per_record(installation):
    installation.connect()
    ids = installation.spend(300)
    installation.gateway()
    installation.release()
    wait_until(lambda: installation.statuses()["received"] == 300, "all are received")
    installation.worker()
    installation.beat()
    installation.wait_for("exported", 300)
    installation.assert_posted_once(ids)
    calls = installation.sandbox.call("GET", "/calls")
    assert calls["brex"]["http_calls"] < 0.1 * 300
    assert calls["infor"]["http_calls"] < 0.3 * 300


def test_a_repeated_webhook_changes_nothing(running):
    ids = running.spend(20)
    running.release(duplicate=4)
    running.wait_for("exported", 20)
    running.sandbox.call("POST", "/brex/resend", {})
    wait_until(
        lambda: running.sql("SELECT min(deliveries) FROM webhook_delivery")[0][0] >= 6,
        "every event has come again",
    )
    assert running.statuses() == {"exported": 20}
    running.assert_posted_once(ids)


def test_a_webhook_and_the_poll_at_once_take_a_record_in_once(installation):
    installation.everything(poll_every="1s")
    ids = installation.spend(50)
    installation.release()
    installation.wait_for("exported", 50)
    wait_until(
        lambda: installation.sql(
            "SELECT 1 FROM schedule WHERE job = 'poll' AND outcome LIKE '0 waiting%%'"
        ),
        "the poll ran after the last export",
    )
    installation.assert_posted_once(ids)


def test_the_poll_alone_is_enough_where_no_webhook_comes(installation):
    installation.connect(poll_every="1s")
    installation.worker()
    installation.beat()
    ids = installation.spend(30)
    installation.release(send=False)
    installation.wait_for("exported", 30)
    installation.assert_posted_once(ids)


def test_two_workers_with_the_same_ids_do_the_work_once(installation):
    installation.connect()
    ids = installation.spend(10)
    installation.release(send=False)
    installation.application.intake.receive(installation.application.wired(NAME).connection.id, ids)
    from workers.nudges import CeleryNudger

    nudger = CeleryNudger(installation.settings.redis_url)
    from connector.domain.records import Step

    for step in Step:
        for _ in range(10):
            nudger.nudge(step, NAME, "infor-m3", ids)
    installation.worker("worker-1")
    installation.worker("worker-2")
    installation.beat()
    installation.wait_for("exported", 10)
    installation.assert_posted_once(ids)
    operations = installation.sandbox.operations()
    assert operations["APS450MI/AddHead"] == 10
    assert operations["APS455MI/ValidByBatchNo"] == 10


def test_a_posted_record_rests_where_brex_is_not_to_be_told(installation):
    installation.everything(mark_exported=False)
    ids = installation.spend(5)
    installation.release()
    installation.wait_for("posted", 5)
    for record_id in ids:
        seen = installation.sandbox.call("GET", f"/brex/records/{record_id}")
        assert (seen["review_status"], seen["export_count"]) == ("READY_FOR_EXPORT", 0)


def test_each_command_of_the_day_stands_in_the_history(running):
    (record_id,) = running.spend(1)
    running.release()
    running.wait_for("exported", 1)
    moves = running.sql(
        "SELECT to_status, actor FROM record_history h JOIN record r ON r.id = h.record"
        " WHERE record_id = %s ORDER BY h.id",
        record_id,
    )
    assert moves == [
        ("received", "gateway"),
        ("fetched", "worker"),
        ("mapped", "worker"),
        ("posting", "worker"),
        ("posted", "worker"),
        ("exported", "worker"),
    ]
