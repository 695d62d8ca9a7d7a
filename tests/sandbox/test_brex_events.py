"""Events: signed, told once per release, again until they are taken."""

import json

from svix.webhooks import Webhook

SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
NEXT_SECRET = "GBkaGxwdHh8gISIjJCUmJygpKissLS4v"


def released(sandbox, count=30, **options):
    ids = sandbox.control("POST", "brex/generate", {"count": count, "seed": 1})["ids"]
    return ids, sandbox.control("POST", "brex/release", {"ids": ids, **options})["events"]


def test_every_released_record_is_told_in_signed_events(sandbox, listener, eventually):
    ids, events = released(sandbox)
    eventually(lambda: len(listener.received) == len(events))
    assert sorted(listener.ids()) == sorted(ids)
    for headers, body in listener.received:
        Webhook(SECRET).verify(body, headers)
        payload = json.loads(body)
        assert payload["event_type"] == "ACCOUNTING_RECORD_READY_FOR_EXPORT"
        assert payload["companyId"] == "cuacc_sandbox"
        assert 1 <= len(payload["accountingRecordIds"]) <= 10


def test_a_refused_event_comes_again_with_the_same_id(sandbox, listener, eventually):
    sandbox.settings("brex", webhook_retry_scale=0.001)
    listener.answers = [503, 500]
    _, events = released(sandbox, count=1)
    eventually(lambda: len(listener.received) == 3)
    assert {headers["webhook-id"] for headers, _ in listener.received} == {events[0]}
    shown = eventually(
        lambda: [
            one for one in sandbox.control("GET", "brex/deliveries")["events"] if one["delivered"]
        ]
    )
    assert [one["outcome"] for one in shown[0]["attempts"]] == ["503", "500", "200"]


def test_while_secrets_rotate_each_signs(sandbox, listener, eventually):
    both = [
        {"secret": NEXT_SECRET, "status": "ACTIVE"},
        {"secret": SECRET, "status": "PENDING_REVOKE"},
    ]
    sandbox.settings("brex", webhook_secrets=both, webhook_headers="svix")
    released(sandbox, count=1)
    headers, body = eventually(lambda: list(listener.received))[0]
    assert len(headers["svix-signature"].split(" ")) == 2
    Webhook(SECRET).verify(body, headers)
    Webhook(NEXT_SECRET).verify(body, headers)


def test_the_older_payload_has_no_company(sandbox, listener, eventually):
    sandbox.settings("brex", webhook_payload="snake")
    ids, _ = released(sandbox, count=1)
    _, body = eventually(lambda: list(listener.received))[0]
    assert json.loads(body) == {
        "event_type": "ACCOUNTING_RECORD_READY_FOR_EXPORT",
        "accounting_record_ids": ids,
    }


def test_dropped_events_never_come_until_they_are_sent_again(sandbox, listener, eventually):
    _, events = released(sandbox, drop=1.0)
    assert all(one["dropped"] for one in sandbox.control("GET", "brex/deliveries")["events"])
    sandbox.control("POST", "brex/resend", {"event_ids": events[:1]})
    headers, _ = eventually(lambda: list(listener.received))[0]
    assert headers["webhook-id"] == events[0]
    assert len(listener.received) == 1


def test_duplicates_come_with_one_id(sandbox, listener, eventually):
    _, events = released(sandbox, count=1, duplicate=9, reorder=True)
    eventually(lambda: len(listener.received) == 10)
    assert {headers["webhook-id"] for headers, _ in listener.received} == set(events)


def test_nothing_is_sent_when_not_asked(sandbox, listener):
    ids, events = released(sandbox, send=False)
    assert events == []
    ready = sandbox.control("GET", "brex/records", status="READY_FOR_EXPORT")["records"]
    assert len(ready) == len(ids)


def test_a_rotation_has_two_secrets_and_two_signatures_until_the_old_one_is_revoked(
    sandbox, brex, listener, eventually
):
    rotating = sandbox.control("POST", "brex/secrets", {"action": "rotate"})["secrets"]
    assert [one["status"] for one in rotating] == ["ACTIVE", "PENDING_REVOKE"]
    assert rotating[1]["secret"] == SECRET
    assert brex.call("GET", "/v1/webhooks/secrets").json() == rotating
    released(sandbox, count=1)
    headers, body = eventually(lambda: list(listener.received))[0]
    assert len(headers["webhook-signature"].split(" ")) == 2
    for one in rotating:
        Webhook(one["secret"]).verify(body, headers)

    over = sandbox.control("POST", "brex/secrets", {"action": "revoke"})["secrets"]
    assert [one["status"] for one in over] == ["ACTIVE", "REVOKED"]
    assert brex.call("GET", "/v1/webhooks/secrets").json() == over
    sandbox.control("POST", "brex/resend", {})
    headers, body = eventually(lambda: listener.received[1:])[0]
    assert len(headers["webhook-signature"].split(" ")) == 1
    Webhook(rotating[0]["secret"]).verify(body, headers)

    sandbox.control("POST", "reset")
    assert brex.call("GET", "/v1/webhooks/secrets").json() == [
        {"secret": SECRET, "status": "ACTIVE"}
    ]
