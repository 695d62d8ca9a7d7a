"""Deliveries that come while others are stored are stored together."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from tests.gateway.signing import EVENT, signed
from tests.waiting import wait_until
from webhook_gateway.app import create_app
from webhook_gateway.group_commit import GroupCommit

LATER = {f"msg_{number}" for number in range(5)}


@pytest.fixture
def app(intake, nudges) -> Flask:
    return create_app(intake, nudges, store_within_s=10)


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of deliveries that were handed to the store."""
    handed: list[str] = []
    add = GroupCommit.add

    def noted(self, delivery):
        future = add(self, delivery)
        handed.append(delivery.webhook_id)
        return future

    monkeypatch.setattr(GroupCommit, "add", noted)
    return handed


def send(app: Flask, intake, waiting: list[str]) -> dict[str, int]:
    """One delivery that finds the store frozen, and five behind it; what each is answered."""

    def post(message_id: str) -> int:
        return (
            app.test_client()
            .post("/webhooks/brex/acme", data=EVENT, headers=signed(message_id=message_id))
            .status_code
        )

    assert post("msg_known") == 204  # the connection is known from here on
    intake.frozen.clear()
    with ThreadPoolExecutor(6) as threads:
        first = threads.submit(post, "msg_first")
        wait_until(lambda: {"msg_first"} in intake.stored_together)
        answers = {one: threads.submit(post, one) for one in LATER}
        wait_until(lambda: set(waiting) >= LATER)
        intake.frozen.set()
        return {one: answer.result(10) for one, answer in {"msg_first": first, **answers}.items()}


def test_what_comes_while_others_are_stored_is_stored_in_one_go(app, intake, waiting) -> None:
    assert set(send(app, intake, waiting).values()) == {204}
    assert intake.stored_together == [{"msg_known"}, {"msg_first"}, LATER]


def test_what_cannot_be_stored_fails_alone(app, intake, waiting) -> None:
    intake.refuses = {"msg_2"}
    answers = send(app, intake, waiting)
    assert {one for one, status in answers.items() if status == 503} == {"msg_2"}
    assert {one.webhook_id for one in intake.deliveries} >= LATER - {"msg_2"}
