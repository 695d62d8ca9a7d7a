"""`pull`: what moved comes into PostgreSQL, on demand and by the clock's job; ping tells before."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from connector.store.transactions import Transactions
from tests.cli.conftest import NAME

SECTION = '[brex.transactions]\nevery = "1h"\noverlap = "7d"'
WINDOW = (date(2000, 1, 1), date(2100, 1, 1))


@pytest.fixture
def pulling(cli, file, sandbox):
    cli("connection", "add", file(more=SECTION))
    asked = {"count": 50, "seed": 1, "refunds": 0.2, "others": 0.3, "bills": 0.1}
    sandbox.call("POST", "/brex/generate", asked)
    return NAME


@pytest.fixture
def kept(application):
    return Transactions(application.database, application.wired(NAME).connection.id)


@pytest.fixture
def sandbox_settings(sandbox):
    yield lambda **values: sandbox.call("PATCH", "/settings", {"brex": values})
    sandbox.call("PATCH", "/settings", {"brex": {"lacking_scopes": [], "has_cash": True}})


def test_what_brex_shows_is_kept_to_the_cent_and_only_read(cli, pulling, sandbox, kept):
    report = cli.json("pull", pulling)
    assert [one for one in report["pulls"] if not one["whole"]] == []
    shown = sandbox.call("GET", "/brex/transactions")["transactions"]
    assert len(shown) >= 30
    assert Counter(
        (one["id"], one["amount"]["amount"], one["posted_at_date"], one.get("expense_id"))
        for one in shown
    ) == Counter(
        (one.id, one.amount, one.posted_on.isoformat(), one.expense_id)
        for one in kept.between(*WINDOW)
    )
    records = {one["id"] for one in sandbox.call("GET", "/brex/records")["records"]}
    assert {one.id for one in kept.records(*WINDOW)} == records
    assert [one.kind for one in kept.accounts()] == ["card", "cash"]
    assert {one.account_id for one in kept.statements(*WINDOW)} == {"primary", "cashacc_sandbox"}
    operations = sandbox.operations("brex")
    assert {name.partition(" ")[0] for name in operations} == {"GET"}
    assert "GET /v1/expenses" not in operations, "each transaction has its record"


def test_differences_are_found_by_the_next_pull(cli, pulling, sandbox, kept):
    cli("pull", pulling)
    first, second, *_ = [one for one in kept.between(*WINDOW) if one.kind == "card"]
    day = datetime.now(UTC).date().isoformat()
    sandbox.call(
        *("POST", "/brex/transactions"),
        {
            "transactions": [
                {"id": first.id, "amount": {"amount": first.amount + 1, "currency": "SEK"}},
                {"id": "tx_new", "posted_at_date": day, "expense_id": "expense_waits"},
            ]
        },
    )
    sandbox.call("DELETE", f"/brex/transactions/{second.id}")
    money = {"amount": 1, "currency": "SEK"}
    waits = {"id": "expense_waits", "status": "SUBMITTED", "billing_amount": money}
    sandbox.call("POST", "/brex/expenses", waits)
    report = cli.json("pull", pulling, "--since", first.posted_on.isoformat())
    (cards,) = [one for one in report["pulls"] if one["part"]["kind"] == "card_transactions"]
    assert (cards["new"], cards["changed"], cards["gone"]) == (1, 1, 1)
    assert [one.id for one in kept.gone(*WINDOW)] == [second.id]
    assert [(one.id, one.status) for one in kept.expenses(*WINDOW)] == [
        ("expense_waits", "SUBMITTED")
    ]


def test_the_clocks_job_pulls_and_says_what_is_lacking(
    cli, pulling, application, kept, sandbox_settings
):
    sandbox_settings(lacking_scopes=["statements.card.readonly"], has_cash=False)
    application.jobs.run(pulling, "transactions", nudger=None)
    jobs = {one["job"]: one for one in cli.json("status")["connections"][0]["jobs"]}
    assert "needs the scope statements.card.readonly" in jobs["transactions"]["outcome"]
    errors = {str(one.part): one.why for one in kept.coverage() if one.why}
    assert set(errors) == {"card_statements", "cash_accounts"}
    assert "answered 401" in errors["cash_accounts"]
    assert any(kept.between(*WINDOW))
    assert "cash_accounts" in cli("pull", pulling, code=1).output


def test_a_job_whose_peer_does_not_answer_comes_again_within_minutes(pulling, application, sandbox):
    sandbox.fault("500_before", path="/v2/accounts/card", times=1)
    application.jobs.run(pulling, "transactions", nudger=None)
    with application.database.transaction() as cursor:
        cursor.execute("SELECT due_at - now(), outcome FROM schedule WHERE job = 'transactions'")
        ((due, outcome),) = cursor.fetchall()
    assert "put off: brex: GET /v2/accounts/card: answered 500" in outcome
    assert timedelta(minutes=9) < due <= timedelta(minutes=10)


def test_ping_tells_which_lists_the_token_may_read(cli, pulling, sandbox_settings):
    checks = {one["name"]: one for one in cli.json("connection", "ping", pulling, code=1)["checks"]}
    lists = ["card transactions", "cash statements", "expenses", "card accounts"]
    assert all(checks[f"brex {name}"]["passed"] for name in lists)
    sandbox_settings(lacking_scopes=["transactions.card.readonly"], has_cash=False)
    checks = {one["name"]: one for one in cli.json("connection", "ping", pulling, code=1)["checks"]}
    assert not checks["brex card transactions"]["passed"]
    assert (
        "it needs the scope transactions.card.readonly"
        in checks["brex card transactions"]["detail"]
    )
    assert "and an account with cash" in checks["brex cash accounts"]["detail"]
    assert "brex cash statements" not in checks


def test_without_the_section_nothing_is_pulled_by_the_clock(cli, added, application):
    jobs = {one["job"] for one in cli.json("status")["connections"][0]["jobs"]}
    assert "transactions" not in jobs
