"""Brex rotates its signing secrets: what no known secret explains, and what it costs."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from connector.secret import Secret
from tests.gateway.signing import EVENT, OTHER_SECRET, SECRET, signature, signed
from tests.waiting import wait_until

PATH = "/webhooks/brex/acme"


def send(client: FlaskClient, **options) -> int:
    return client.post(PATH, data=EVENT, headers=signed(**options)).status_code


def learn(intake, *secrets: str) -> None:
    known = tuple(Secret(one) for one in secrets)
    intake.endpoints["acme"] = replace(intake.endpoints["acme"], secrets=known)


def test_a_signature_of_no_known_secret_has_brex_asked_once(client, intake, nudges) -> None:
    assert [send(client, secret=OTHER_SECRET, message_id=f"m{n}") for n in range(50)] == [401] * 50
    assert nudges.arrived.wait(5)
    assert (nudges.refetches, nudges.sent, intake.deliveries) == (["acme"], [], [])
    assert len(intake.asked) <= 3, "a flood is answered from memory"


def test_a_secret_that_is_stored_is_known_at_once(client, intake, nudges) -> None:
    assert send(client) == 204
    learn(intake, SECRET, OTHER_SECRET)
    assert send(client, secret=OTHER_SECRET, message_id="m2") == 204
    assert intake.asked == ["acme", "acme"]
    assert nudges.refetches == []


def test_a_burst_of_a_secret_that_was_just_stored_passes_whole(
    client, intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send(client) == 204
    learn(intake, OTHER_SECRET)
    answer = intake.endpoint

    def slowly(name: str):
        time.sleep(0.1)
        return answer(name)

    monkeypatch.setattr(intake, "endpoint", slowly)
    with ThreadPoolExecutor(12) as pool:
        answers = pool.map(
            lambda n: send(client, secret=OTHER_SECRET, message_id=f"b{n}"), range(12)
        )
    assert list(answers) == [204] * 12
    assert intake.asked == ["acme", "acme"]


def test_a_rotation_that_has_begun_is_noticed_before_the_old_secret_is_over(client, nudges) -> None:
    headers = signed()
    id_, at = headers["Webhook-Id"], headers["Webhook-Timestamp"]
    headers["Webhook-Signature"] += " " + signature(EVENT, id_, at, OTHER_SECRET)
    assert client.post(PATH, data=EVENT, headers=headers).status_code == 204
    wait_until(lambda: nudges.refetches == ["acme"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(at=1),
        {**signed(), "Webhook-Signature": "v1,x"},
        {**signed(), "Webhook-Signature": "v1a," + "A" * 44},
        {**signed(), "Webhook-Id": "m.1"},
    ],
    ids=["none", "old", "malformed", "another version", "no id"],
)
def test_what_no_secret_could_explain_asks_nobody(client, intake, nudges, headers) -> None:
    assert client.post(PATH, data=EVENT, headers=headers).status_code == 401
    assert send(client) == 204
    assert nudges.arrived.wait(5)
    assert nudges.refetches == []


def test_strangers_ask_for_no_connection_that_there_is_not(client, nudges) -> None:
    assert client.post("/webhooks/brex/nobody", data=EVENT, headers=signed()).status_code == 404
    assert send(client) == 204
    assert nudges.arrived.wait(5)
    assert nudges.refetches == []
