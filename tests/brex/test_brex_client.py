"""Reading records and reporting results, against the simulated Brex."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connector.brex import factory
from connector.brex.client import BrexClient
from connector.domain.accounting import ReviewStatus, SourceType, Standing
from connector.domain.drafts import Outcome
from connector.errors import (
    CredentialsError,
    OutcomeUnknownError,
    RateLimitedError,
    RefusedError,
    RetryLaterError,
)
from connector.http import Health, StaticToken, TokenSource
from connector.ports import ExportResult, Token, TokenGrant
from connector.secret import Secret

EVER = datetime(2020, 1, 1, tzinfo=UTC)
EXPORT = "/v3/accounting/records/export-results"


def results(*ids: str) -> list[ExportResult]:
    return [ExportResult(one, reference=f"INBN {one}") for one in ids]


def outcomes(answers) -> dict[str, Outcome]:
    return {one: answer.outcome for one, answer in answers.items()}


def test_records_come_by_their_ids_and_unknown_ones_are_left_out(client, sandbox) -> None:
    sandbox.records("accr_1", "accr_2", updated_at="2021-01-01T00:00:00Z")
    found = client.records(["accr_2", "accr_9", "accr_1", "accr_1", "../x"])
    assert sorted(found) == ["accr_1", "accr_2"]
    assert found["accr_1"].standing == Standing(
        ReviewStatus.READY_FOR_EXPORT, SourceType.CARD, version=1
    )
    assert client.read(found["accr_1"].payload).amount.amount == Decimal("10.5")


def test_no_ids_make_no_call(client, budget) -> None:
    assert client.records([]) == {}
    assert client.export_results([]) == {}
    assert budget.background == []


def test_many_records_come_in_lists_of_a_hundred(client, sandbox, budget) -> None:
    ids = sandbox.records(*[f"accr_{n}" for n in range(250)])
    assert set(client.records(ids)) == set(ids)
    assert budget.background == [False] * 3


def test_a_record_that_cannot_be_read_spoils_no_other(client, sandbox) -> None:
    sandbox.records("accr_1")
    sandbox.records("accr_2", version="latest")
    sandbox.records("accr_3", posted_at="yesterday")
    found = client.records(["accr_1", "accr_2", "accr_3"])
    assert found["accr_1"].standing == found["accr_3"].standing
    assert (found["accr_2"].standing, found["accr_2"].fault) == (
        None,
        "version: is no exact number",
    )
    for record_id, field in (("accr_2", "version"), ("accr_3", "posted_at")):
        with pytest.raises(RefusedError, match=field):
            client.read(found[record_id].payload)


def test_a_record_that_a_stale_list_left_out_is_asked_for_by_id(client, sandbox) -> None:
    sandbox.records("accr_1")
    sandbox.fault("stale_reads", seconds=60, path="/v3/accounting/records", times=1)
    assert list(client.records(["accr_1"])) == ["accr_1"]


def test_a_query_goes_page_by_page_in_the_background(client, sandbox, budget) -> None:
    ids = sandbox.records(*[f"accr_{n}" for n in range(1_100)])
    sandbox.records("accr_reim", source_type="REIMBURSEMENT")
    sandbox.records("accr_prepare", status="PREPARE")
    seen: list[str] = []
    cursor = None
    pages = 0
    while True:
        page = client.query(
            SourceType.CARD, status=ReviewStatus.READY_FOR_EXPORT, updated_after=EVER, cursor=cursor
        )
        pages += 1
        seen += [one.id for one in page.records]
        cursor = page.cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(ids)
    assert (pages, budget.background) == (6, [True] * 6)


def test_bills_are_asked_for_by_their_change_alone(client, sandbox) -> None:
    sandbox.records(
        "accr_old", source_type="BILL", status="PREPARE", updated_at="2021-01-01T00:00:00Z"
    )
    sandbox.records("accr_new", source_type="BILL", status="PREPARE")
    now = datetime.now(UTC)
    newer = client.query(SourceType.BILL, status=None, updated_after=now - timedelta(hours=1))
    older = client.query(
        SourceType.BILL, status=None, updated_after=EVER, updated_before=now - timedelta(hours=1)
    )
    assert [one.id for one in newer.records] == ["accr_new"]
    assert [one.id for one in older.records] == ["accr_old"]


def test_results_are_reported_with_the_number_in_the_erp(client, sandbox) -> None:
    sandbox.records("accr_1", "accr_2")
    answers = client.export_results(
        [*results("accr_1"), ExportResult("accr_2", error="no supplier")]
    )
    assert outcomes(answers) == {"accr_1": Outcome.DONE, "accr_2": Outcome.DONE}
    one, two = sandbox.record("accr_1"), sandbox.record("accr_2")
    assert (one["review_status"], one["exports"][0]["success"]) == (
        "EXPORTED",
        {"reference_id": "INBN accr_1"},
    )
    assert (two["review_status"], two["exports"][0]["failure"]) == (
        "PREPARE",
        {"error_message": "no supplier"},
    )


def test_each_record_of_a_spoilt_list_is_answered_for_itself(client, sandbox) -> None:
    sandbox.records("accr_1", "accr_2")
    sandbox.records("accr_done", status="EXPORTED")
    sandbox.records("accr_back", status="REVIEW")
    answers = client.export_results(
        results("accr_1", "accr_done", "accr_none", "accr_back", "accr_2", "accr_1")
    )
    assert outcomes(answers) == {
        "accr_1": Outcome.DONE, "accr_2": Outcome.DONE, "accr_done": Outcome.DONE,
        "accr_none": Outcome.REFUSED, "accr_back": Outcome.REFUSED,
    }  # fmt: skip
    assert answers["accr_none"].code == "NOT_FOUND"
    assert answers["accr_back"].code == "ACCOUNTING_RECORD_NOT_READY_FOR_EXPORT"
    assert [sandbox.record(one)["export_count"] for one in ("accr_1", "accr_2")] == [1, 1]


def test_a_record_given_back_twice_is_done(client, sandbox) -> None:
    sandbox.records("accr_1", status="PREPARE")
    assert outcomes(client.export_results([ExportResult("accr_1", error="no")])) == {
        "accr_1": Outcome.DONE
    }


def test_many_results_go_up_in_lists_of_a_hundred(client, sandbox, budget) -> None:
    ids = sandbox.records(*[f"accr_{n}" for n in range(250)])
    assert set(outcomes(client.export_results(results(*ids))).values()) == {Outcome.DONE}
    assert len(budget.background) == 3


@pytest.mark.parametrize(
    "kind",
    ["500_before", "500_after", "504_after", "drop_before", "drop_after", "truncated_json", "html"],
)
def test_a_lost_answer_is_unknown_and_reporting_again_settles_it(
    client, sandbox, kind: str
) -> None:
    sandbox.records("accr_1", "accr_2")
    sandbox.fault(kind, path=EXPORT, times=1)
    with pytest.raises(OutcomeUnknownError):
        client.export_results(results("accr_1", "accr_2"))
    assert outcomes(client.export_results(results("accr_1", "accr_2"))) == {
        "accr_1": Outcome.DONE,
        "accr_2": Outcome.DONE,
    }
    assert [sandbox.record(one)["export_count"] for one in ("accr_1", "accr_2")] == [1, 1]


def test_a_result_that_brex_took_but_does_not_show_yet_waits(client, sandbox) -> None:
    sandbox.records("accr_1")
    client.export_results(results("accr_1"))
    sandbox.fault("stale_reads", seconds=60)
    assert outcomes(client.export_results(results("accr_1"))) == {"accr_1": Outcome.NOT_SENT}
    sandbox.control("DELETE", "faults")
    assert outcomes(client.export_results(results("accr_1"))) == {"accr_1": Outcome.DONE}


def test_a_429_is_for_later_and_what_was_taken_before_it_stays_taken(client, sandbox) -> None:
    ids = sandbox.records(*[f"accr_{n}" for n in range(150)])
    sandbox.fault("429", path=EXPORT, retry_after="9", skip=1, times=1)
    answers = client.export_results(results(*ids))
    assert list(outcomes(answers).values()).count(Outcome.DONE) == 100
    assert {answer.wait_s for answer in answers.values() if answer.outcome is Outcome.NOT_SENT} == {
        9.0
    }
    sandbox.fault("429", path=EXPORT, times=1)
    with pytest.raises(RateLimitedError):
        client.export_results(results("accr_149"))


@pytest.mark.parametrize("kind", ["drop_before", "500_before", "truncated_json", "html"])
def test_reads_in_trouble_are_for_later_or_over_soon(client, sandbox, kind: str) -> None:
    sandbox.records("accr_1")
    sandbox.fault(kind, effect="read", times=1)
    try:
        assert list(client.records(["accr_1"])) == ["accr_1"]
    except RetryLaterError:
        assert list(client.records(["accr_1"])) == ["accr_1"]


def test_a_probe_is_one_read_that_any_answer_ends(client, sandbox, budget) -> None:
    client.probe()
    sandbox.fault("500_before")
    with pytest.raises(RetryLaterError):
        client.probe()
    assert budget.background == [False, False]


@pytest.mark.parametrize("status", [401, 403])
def test_b50_a_wrong_token_is_a_matter_of_credentials_under_either_status(
    sandbox, budget, status: int
) -> None:
    sandbox.control("PATCH", "settings", {"brex": {"invalid_token_status": status}})
    try:
        client = BrexClient(
            factory.peer(
                sandbox.connection,
                tokens=StaticToken(Secret("bxt_wrong")),
                budget=budget,
                health=Health(),
                allow_http=True,
            )
        )
        with pytest.raises(CredentialsError):
            client.records(["accr_1"])
        with pytest.raises(CredentialsError):
            client.export_results(results("accr_1"))
    finally:
        sandbox.control("PATCH", "settings", {"brex": {"invalid_token_status": 401}})


class OneProcessStore:
    """A TokenStore of one process."""

    def __init__(self) -> None:
        self.token: Token | None = None
        self.refresh: list[str] = ["sandbox-refresh-token-0"]

    def load(self):
        return self.token

    def refresh_token(self):
        return Secret(self.refresh[-1])

    def begin_refresh(self, generation: int, lease_s: float) -> int:
        return generation

    def finish_refresh(self, generation: int, grant: TokenGrant) -> Token:
        self.token = Token(grant.access, generation + 1, grant.expires_in_s)
        if grant.refresh:
            self.refresh.append(grant.refresh.reveal())
        return self.token

    def fail_refresh(self, generation: int, why: str) -> None:
        """Nothing to note."""


def test_oauth_tokens_rotate(sandbox, budget) -> None:
    url = f"{sandbox.url}/oauth2/default/v1/token"
    brex = replace(sandbox.connection.brex, oauth_token_url=url, oauth_client_id="sandbox-client")
    with_oauth = replace(sandbox.connection, brex=brex)
    store = OneProcessStore()
    tokens = factory.token_source(
        with_oauth,
        {"brex.oauth.client_secret": Secret("sandbox-client-secret")},
        store=store,
        allow_http=True,
    )
    assert isinstance(tokens, TokenSource)
    client = BrexClient(
        factory.peer(with_oauth, tokens=tokens, budget=budget, health=Health(), allow_http=True)
    )
    sandbox.records("accr_1")
    for _ in range(3):
        assert list(client.records(["accr_1"])) == ["accr_1"]
        sandbox.fault("401", times=1, effect="read", path="/v3/*")
    assert len(store.refresh) >= 3


def test_a_user_token_stays_as_it_is(sandbox) -> None:
    tokens = factory.token_source(
        sandbox.connection,
        {"brex.token": Secret("bxt_1")},
        store=OneProcessStore(),
        allow_http=True,
    )
    assert isinstance(tokens, StaticToken)


def test_a_subscription_is_made_once_and_put_right_again(subscriptions, sandbox) -> None:
    url = "https://gateway.example/webhooks/brex/acme"
    one = subscriptions.ensure(url)
    assert (one.url, one.delivers) == (url, True)
    assert subscriptions.ensure(url) == one
    sandbox_peer = subscriptions._peer
    sandbox_peer.write(
        "PUT",
        f"/v1/webhooks/{one.id}",
        json={"url": url, "event_types": ["USER_UPDATED"], "status": "INACTIVE"},
    )
    assert not subscriptions.list()[0].delivers
    mended = subscriptions.ensure(url)
    assert (mended.delivers, mended.event_types) == (
        True,
        ("USER_UPDATED", "ACCOUNTING_RECORD_READY_FOR_EXPORT"),
    )


def test_another_endpoint_is_replaced_only_when_asked(subscriptions) -> None:
    subscriptions.ensure("https://one.example/x")
    with pytest.raises(RefusedError, match="https://one"):
        subscriptions.ensure("https://two.example/x")
    assert (
        subscriptions.ensure("https://two.example/x", replace=True).url == "https://two.example/x"
    )
    assert len(subscriptions.list()) == 1


def test_secrets_and_company(subscriptions) -> None:
    assert subscriptions.secrets() == (Secret("AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"),)
    assert subscriptions.company().id == "cuacc_sandbox"
