"""Real workers tell of an ERP that is away, once, and of a clock that stands."""

from tests.alarms.conftest import SIGNING_SECRET, receiver
from tests.endtoend.installation import Installation
from tests.waiting import wait_until

__all__ = ["receiver"]

OVERDUE = "UPDATE schedule SET due_at = now() - interval '6 minutes' WHERE job = 'poll'"
OUTAGE = (
    "INSERT INTO outage (connection_id, peer, of_writes, why, wait_s, probe_at, began_at)"
    " SELECT id, erp, false, 'answered 503', 30, now() + interval '1 hour',"
    " now() - interval '1 hour' FROM connection"
)


def test_without_beat_a_worker_says_that_the_clock_stands_and_with_it_that_it_goes(
    installation: Installation, receiver
):
    installation.connect()
    installation.sql(OVERDUE)
    installation.sql(
        "UPDATE alarm_round SET due_at = now() - interval '3 minutes', told_on = now()"
    )
    ways = {
        "ML_CONNECTOR_ALARM_WEBHOOK_URL": receiver.url,
        "ML_CONNECTOR_ALARM_WEBHOOK_SECRET": SIGNING_SECRET,
    }
    installation.worker("worker-1", **ways)
    installation.worker("worker-2", **ways)
    wait_until(lambda: receiver.taken, "the clock's alarm")
    ((_, said),) = receiver.taken
    assert [one["kind"] for one in said["data"]["raised"]] == ["clock_stands"]
    installation.sql(OUTAGE)
    installation.sql("UPDATE alarm_round SET due_at = now()")
    installation.beat()
    wait_until(lambda: len(receiver.taken) == 2, "what the next look found")
    said = receiver.taken[1][1]["data"]
    assert ("acme-m3", "peer_away", "infor-m3") in {
        (one["connection"], one["kind"], one["key"]) for one in said["raised"]
    }
    installation.sql("UPDATE alarm_round SET due_at = now()")
    wait_until(
        lambda: (
            "clock_stands"
            in {one["kind"] for _, said in receiver.taken for one in said["data"]["resolved"]}
        ),
        "the clock goes",
    )
