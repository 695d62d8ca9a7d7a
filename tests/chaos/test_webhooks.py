"""Webhooks that are lost, repeated, reordered and replayed while their secrets rotate (F28)."""

import json
import time
from collections import Counter
from typing import Any

import pytest
import requests

from tests.chaos.conftest import Scale
from tests.chaos.stage import Stage
from tests.endtoend.installation import NAME
from tests.gateway.signing import signed
from tests.waiting import wait_until

pytestmark = [pytest.mark.timeout(900), pytest.mark.short]
WAVES = 4


@pytest.mark.fails_without("poll")
def test_f28_events_are_lost_repeated_reordered_replayed_and_signed_anew(
    stage: Stage, scale: Scale
) -> None:
    stage.connect(bulk_size=25, poll_every="5s")
    for name in ("worker-1", "worker-2"):
        stage.worker(name)
    stage.beat()
    stage.gateway()
    ids = stage.spend(scale.records, seed=stage.seed)
    secrets = []
    for wave in range(WAVES):
        part = ids[wave::WAVES]
        half = len(part) // 2
        chaos = {"drop": 0.3, "duplicate": 9, "reorder": True, "delay_s": 2.0, "max_ids": 5}
        stage.release(ids=part[:half], **chaos)
        secrets.append(secret(stage, "rotate"))
        stage.release(ids=part[half:], **chaos)
        wait_until(lambda: secrets[-1] in fetched(stage), "the new secret is fetched")
        wait_until(lambda: not on_the_way(stage), "both secrets sign until all is delivered")
        secret(stage, "revoke")
    stage.until_quiet(len(ids))
    assert {row[0] for row in stage.sql("SELECT record_id FROM record")} == set(ids)
    sent = events(stage)
    outcomes = Counter(one["outcome"] for event in sent for one in event["attempts"])
    dropped = [event for event in sent if event["dropped"]]
    assert set(outcomes) == {"204"}, "nothing that Brex signed is refused"
    assert dropped
    assert outcomes["204"] == 10 * (len(sent) - len(dropped))
    deliveries = stage.sql("SELECT webhook_id, deliveries FROM webhook_delivery")
    assert dict(deliveries) == {event["id"]: 10 for event in sent if not event["dropped"]}
    stage.figure(events=len(sent), dropped=len(dropped), attempts=outcomes["204"])

    before = everything(stage)
    replay_s = 10 * 60
    for event in sent[:20]:
        for key in secrets:
            assert replayed(stage, event, key, age_s=replay_s) == 401
    assert replayed(stage, sent[0], secrets[0], age_s=0) == 401, "its secret was revoked"
    assert everything(stage) == before
    for event in (one for one in sent[:20] if not one["dropped"]):
        assert replayed(stage, event, secrets[-1], age_s=0) == 204
    after = everything(stage)
    assert after[0] == before[0], "a repeat changes no record"
    stage.assert_sound(ids)


def secret(stage: Stage, action: str) -> str:
    return stage.sandbox.call("POST", "/brex/secrets", {"action": action})["secrets"][0]["secret"]


def fetched(stage: Stage) -> set[str]:
    connection = stage.application.wired(NAME).connection
    return {one.reveal() for one in stage.application.fetched_secrets.of(connection.id)}


def events(stage: Stage) -> list[dict[str, Any]]:
    return stage.sandbox.call("GET", "/brex/deliveries")["events"]


def on_the_way(stage: Stage) -> list[str]:
    """Events that were not delivered as often as they were sent."""
    return [
        event["id"]
        for event in events(stage)
        if not event["dropped"] and len(event["attempts"]) < 10
    ]


def replayed(stage: Stage, event: dict[str, Any], key: str, *, age_s: int) -> int:
    body = json.dumps(
        {
            "event_type": "ACCOUNTING_RECORD_READY_FOR_EXPORT",
            "accountingRecordIds": event["record_ids"],
            "companyId": "cuacc_sandbox",
        },
        separators=(",", ":"),
    ).encode()
    headers = signed(body, message_id=event["id"], at=int(time.time()) - age_s, secret=key)
    url = f"{stage.gateway_url}/webhooks/brex/{NAME}"
    return requests.post(url, data=body, headers=headers, timeout=10).status_code


def everything(stage: Stage) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """All records with their attempts, and all deliveries."""
    return (
        stage.sql("SELECT record_id, status, attempt FROM record ORDER BY id"),
        stage.sql("SELECT webhook_id, deliveries FROM webhook_delivery ORDER BY webhook_id"),
    )
