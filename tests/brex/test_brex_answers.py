"""Answers that the simulated Brex does not give: partial, nameless, endless, unreadable."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.brex.client import BrexClient
from connector.brex.subscriptions import Subscriptions
from connector.domain.accounting import SourceType
from connector.domain.drafts import Outcome
from connector.errors import OutcomeUnknownError, RefusedError, RetryLaterError
from connector.http import Reply
from connector.ports import ExportResult

EVER = datetime(2020, 1, 1, tzinfo=UTC)
AMOUNT = {"amount": "1", "currency": "SEK"}
MOMENT = "2026-06-11T09:09:05.840Z"


def record(record_id: str, status: str = "READY_FOR_EXPORT") -> dict[str, Any]:
    return {
        "id": record_id, "type": "CARD_EXPENSE_POST", "review_status": status, "source_type": "CARD", "version": 1,
        "amount": AMOUNT, "updated_at": MOMENT, "posted_at": MOMENT, "erp_posting_date": MOMENT, "line_items": [],
    }  # fmt: skip


def reply(status: int, body: Any = None) -> Reply:
    return Reply(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode())


class FakePeer:
    """Answers as a function of what was asked; remembers it."""

    def __init__(self, answer: Callable[[str, str, Any], Reply]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, Any]] = []

    def read(self, method, path, *, params=None, json=None, background=False):
        self.asked.append((method, path, params))
        return self.answer(method, path, params)

    def write(self, method, path, *, json=None, **_):
        self.asked.append((method, path, json))
        return self.answer(method, path, json)


def sent(json: Any) -> list[str]:
    return [one["accounting_record_id"] for one in json["results"]]


def results(*ids: str) -> list[ExportResult]:
    return [ExportResult(one, reference="r") for one in ids]


def outcomes(answers) -> dict[str, Outcome]:
    return {one: answer.outcome for one, answer in answers.items()}


def test_a_list_that_brex_takes_in_part_is_compared_with_what_was_sent() -> None:
    shown = {"b": "EXPORTED", "c": "READY_FOR_EXPORT", "d": "REVIEW"}

    def answer(method: str, path: str, asked: Any) -> Reply:
        if method == "POST":
            return reply(200, {"updated_accounting_record_ids": ["a", "z", None]})
        return reply(
            200,
            {
                "items": [record(*one) for one in shown.items()],
                "has_next_page": False,
                "next_cursor": None,
            },
        )

    peer = FakePeer(answer)
    assert outcomes(BrexClient(peer).export_results(results("a", "b", "c", "d"))) == {
        "a": Outcome.DONE, "b": Outcome.DONE, "c": Outcome.NOT_SENT, "d": Outcome.REFUSED,
    }  # fmt: skip
    assert [method for method, *_ in peer.asked] == ["POST", "GET"]


@pytest.mark.parametrize(
    "refusal",
    [
        reply(422, {"error_code": "NEW", "message": "m", "details": None}),
        reply(400, b"<html>"),
        reply(404, []),
    ],
)
def test_a_refusal_that_names_nobody_is_narrowed_down_to_its_cause(refusal: Reply) -> None:
    def answer(method: str, path: str, asked: Any) -> Reply:
        ids = sent(asked)
        return refusal if "bad" in ids else reply(200, {"updated_accounting_record_ids": ids})

    peer = FakePeer(answer)
    ids = [*"abcdefg", "bad"]
    expected = {**dict.fromkeys("abcdefg", Outcome.DONE), "bad": Outcome.REFUSED}
    assert outcomes(BrexClient(peer).export_results(results(*ids))) == expected
    assert len(peer.asked) <= 7


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("EXPORTED", Outcome.DONE),
        ("READY_FOR_EXPORT", Outcome.NOT_SENT),
        ("PREPARE", Outcome.REFUSED),
    ],
)
def test_a_422_that_was_cut_short_is_settled_by_reading(status: str, outcome: Outcome) -> None:
    def answer(method: str, path: str, asked: Any) -> Reply:
        if method == "POST":
            return reply(422, b'{"error_code":"ACCOUNTING_RECORD_NOT_')
        items = [record("a", status)]
        return reply(200, {"items": items, "has_next_page": False, "next_cursor": None})

    peer = FakePeer(answer)
    assert outcomes(BrexClient(peer).export_results(results("a"))) == {"a": outcome}


def test_the_trace_id_of_the_report_comes_with_what_became_of_each_record() -> None:
    def answer(method: str, path: str, asked: Any) -> Reply:
        if method == "GET":
            return replace(reply(200, {"items": [record("b", "EXPORTED")]}), trace_id="t-read")
        if "bad" in sent(asked):
            refusal = {"error_code": "NEW", "message": "m", "details": {"ids": ["bad"]}}
            return replace(reply(404, refusal), trace_id="t-no")
        return replace(reply(200, {"updated_accounting_record_ids": ["a"]}), trace_id="t-yes")

    answers = BrexClient(FakePeer(answer)).export_results(results("a", "b", "bad"))
    assert {one: (found.trace_id, found.message) for one, found in answers.items()} == {
        "a": ("t-yes", ""),
        "b": ("t-yes", ""),
        "bad": ("", "m (trace id t-no)"),
    }


def test_a_refused_or_unreadable_read_says_its_trace_id() -> None:
    for status, body, kind in ((400, {"message": "m"}, RefusedError), (200, [], RetryLaterError)):
        answered = replace(reply(status, body), trace_id="t-1")
        client = BrexClient(FakePeer(lambda *_, answered=answered: answered))
        with pytest.raises(kind, match=r" \(trace id t-1\)$"):
            client.query(SourceType.CARD, status=None, updated_after=EVER)


@pytest.mark.parametrize("body", [b"", b"<html>", [], {}, {"updated_accounting_record_ids": None}])
def test_a_2xx_that_does_not_say_what_it_took_is_unknown(body: Any) -> None:
    with pytest.raises(OutcomeUnknownError):
        BrexClient(FakePeer(lambda *_: reply(200, body))).export_results(results("a"))


def test_an_id_that_spoils_the_list_is_found_by_asking_one_by_one() -> None:
    def answer(method: str, path: str, params: Any) -> Reply:
        if params is not None:
            return reply(400, {"error_code": "INVALID_REQUEST", "message": "m"})
        return reply(200, record("a")) if path.endswith("/a") else reply(404)

    assert list(BrexClient(FakePeer(answer)).records(["a", "b"])) == ["a"]


def test_records_that_nobody_asked_for_are_left_alone() -> None:
    def answer(method: str, path: str, params: Any) -> Reply:
        return reply(
            200, {"items": [record("a"), record("x"), None, {"id": 1}], "next_cursor": None}
        )

    assert list(BrexClient(FakePeer(answer)).records(["a"])) == ["a"]


def test_a_list_is_followed_to_its_next_page() -> None:
    def answer(method: str, path: str, params: Any) -> Reply:
        second = ("cursor", "c1") in params
        return reply(
            200,
            {
                "items": [record("b" if second else "a")],
                "has_next_page": not second,
                "next_cursor": None if second else "c1",
            },
        )

    peer = FakePeer(answer)
    assert sorted(BrexClient(peer).records(["a", "b"])) == ["a", "b"]
    assert all(
        ("limit", "200") in params and "updated_at[gt]" in dict(params)
        for _, _, params in peer.asked
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        [],
        {},
        {"items": None},
        {"items": [], "next_cursor": 1},
        {"items": [], "next_cursor": "same", "has_next_page": True},
    ],
)
def test_b36_b37_b43_a_page_that_cannot_be_read_is_for_later(body: Any) -> None:
    client = BrexClient(FakePeer(lambda *_: reply(200, body)))
    with pytest.raises(RetryLaterError):
        client.query(SourceType.CARD, status=None, updated_after=EVER, cursor="same")


def test_a_query_that_brex_refuses_is_refused() -> None:
    client = BrexClient(
        FakePeer(lambda *_: reply(400, {"error_code": "INVALID_REQUEST", "message": "limit"}))
    )
    with pytest.raises(RefusedError) as error:
        client.query(SourceType.CARD, status=None, updated_after=EVER)
    assert error.value.code == "INVALID_REQUEST"


def test_an_answer_about_another_record_is_not_taken() -> None:
    client = BrexClient(
        FakePeer(lambda method, path, params: reply(400) if params else reply(200, record("x")))
    )
    with pytest.raises(RetryLaterError):
        client.records(["a"])


@pytest.mark.parametrize("body", [b"<html>", [], {"id": 1}])
def test_a_subscription_whose_answer_cannot_be_read_is_unknown(body: Any) -> None:
    subscriptions = Subscriptions(FakePeer(lambda *_: reply(200, body)))
    with pytest.raises((OutcomeUnknownError, RetryLaterError)):
        subscriptions.create("https://x.example/")


KEYS = ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", "whsec_GBkaGxwdHh8gISIjJCUmJygpKissLS4v"]


def test_revoked_secrets_are_left_out() -> None:
    body = [
        {"secret": KEYS[0], "status": "ACTIVE"},
        {"secret": "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3", "status": "REVOKED"},
        {"secret": KEYS[1], "status": "PENDING_REVOKE"},
        {},
        None,
    ]
    secrets = Subscriptions(FakePeer(lambda *_: reply(200, body))).secrets()
    assert [one.reveal() for one in secrets] == KEYS


@pytest.mark.parametrize("value", ["", "whsec_", "AAEC", "not base64", None, 5, KEYS[0] * 3])
def test_what_cannot_be_a_key_is_no_secret(value: Any) -> None:
    """A webhook that is checked with an empty key could be signed by anybody."""
    body = [{"secret": value, "status": "ACTIVE"}, {"secret": KEYS[1], "status": "ACTIVE"}]
    secrets = Subscriptions(FakePeer(lambda *_: reply(200, body))).secrets()
    assert [one.reveal() for one in secrets] == KEYS[1:]


def test_a_list_without_any_secret_is_none() -> None:
    with pytest.raises(RetryLaterError):
        Subscriptions(FakePeer(lambda *_: reply(200, []))).secrets()
