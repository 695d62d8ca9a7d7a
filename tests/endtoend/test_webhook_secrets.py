"""Brex rotates its signing secrets while records are released."""

from typing import Any

import requests

from connector.domain.jobs import Job
from tests.endtoend.installation import NAME, SECRET, Installation
from tests.waiting import wait_until


def rotate(installation: Installation, action: str) -> list[dict[str, Any]]:
    return installation.sandbox.call("POST", "/brex/secrets", {"action": action})["secrets"]


def events(installation: Installation) -> list[dict[str, Any]]:
    return installation.sandbox.call("GET", "/brex/deliveries")["events"]


def fetched(installation: Installation) -> set[str]:
    connection_id = installation.application.wired(NAME).connection.id
    return {one.reveal() for one in installation.application.fetched_secrets.of(connection_id)}


def refused(installation: Installation) -> list[str]:
    return [
        attempt["outcome"]
        for event in events(installation)
        for attempt in event["attempts"]
        if attempt["outcome"] != "204"
    ]


def poll(installation: Installation) -> None:
    installation.sql("UPDATE schedule SET due_at = now() WHERE job = 'poll'")
    installation.application.jobs.run(NAME, Job.POLL, nudger=Silent())


def test_the_poll_keeps_the_secrets_as_brex_has_them(installation: Installation) -> None:
    installation.connect()
    poll(installation)
    assert fetched(installation) == {SECRET}
    new = rotate(installation, "rotate")[0]["secret"]
    poll(installation)
    assert fetched(installation) == {SECRET, new}
    rotate(installation, "revoke")
    poll(installation)
    assert fetched(installation) == {new}
    assert installation.sql("SELECT outcome FROM schedule WHERE job = 'poll'") == [
        ("0 waiting, 0 new",)
    ]


def test_a_token_that_may_not_see_the_secrets_changes_nothing_for_the_poll(
    installation: Installation,
) -> None:
    installation.connect()
    installation.sandbox.fault("401", peer="brex", path="/v1/webhooks*")
    installation.spend(3)
    installation.release(send=False)
    poll(installation)
    assert installation.statuses() == {"received": 3}
    assert installation.sql("SELECT outcome FROM schedule WHERE job = 'poll'") == [
        ("3 waiting, 3 new",)
    ]


def test_a_rotation_refuses_no_delivery_while_both_secrets_sign(
    installation: Installation,
) -> None:
    installation.connect()
    installation.worker()
    installation.gateway()
    new = rotate(installation, "rotate")[0]["secret"]
    first = installation.spend(3, id_prefix="first")
    installation.release(ids=first)
    wait_until(lambda: new in fetched(installation), "the gateway has the new secret fetched")
    rotate(installation, "revoke")
    wait_until(lambda: all(event["delivered"] for event in events(installation)))
    second = installation.spend(3, id_prefix="second")
    installation.release(ids=second)
    installation.wait_for("exported", 6)
    assert refused(installation) == []
    installation.assert_posted_once([*first, *second])


def test_a_delivery_of_a_secret_that_nobody_knows_passes_at_the_next_try(
    installation: Installation,
) -> None:
    installation.connect()
    installation.worker()
    installation.gateway()
    rotate(installation, "rotate")
    rotate(installation, "revoke")
    ids = installation.spend(2)
    installation.release(max_ids=2)
    installation.wait_for("exported", 2)
    assert set(refused(installation)) == {"401"}
    assert all(len(event["attempts"]) == 2 for event in events(installation))
    installation.assert_posted_once(ids)


def test_a_flood_of_unsigned_deliveries_writes_nothing_and_has_brex_asked_once(
    installation: Installation,
) -> None:
    from tests.gateway.signing import EVENT, OTHER_SECRET, signed

    installation.connect()
    installation.worker()
    installation.gateway()
    asked = "GET /v1/webhooks/secrets"
    writes = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
    url = f"{installation.gateway_url}/webhooks/brex/{NAME}"
    with requests.Session() as session:
        for number in range(200):
            headers = signed(secret=OTHER_SECRET, message_id=f"m{number}")
            assert session.post(url, data=EVENT, headers=headers).status_code == 401
            if number == 0:
                wait_until(lambda: fetched(installation) == {SECRET})
                installation.sql("SELECT pg_stat_force_next_flush()")
                before = installation.sql(writes)
    installation.sql("SELECT pg_stat_force_next_flush()")
    assert installation.sql(writes) == before
    assert installation.sandbox.operations("brex")[asked] == 1


class Silent:
    """Implements Nudger."""

    def nudge(self, *_: Any) -> None:
        """Nobody is told."""

    refetch_secrets = nudge
