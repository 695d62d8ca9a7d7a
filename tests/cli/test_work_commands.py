"""Status, preview, poll, backfill, the webhook, and the keys."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet

from connector.domain.records import Step
from tests.cli.conftest import SECRETS

WRITES = {"AddHead", "AddLine", "ValidByBatchNo", "UpdHead"}


def written(sandbox):
    """Operations that change something in M3."""
    return [name for name in sandbox.operations() if name.split("/")[-1] in WRITES]


def test_status_counts_by_connection_and_tells_of_the_rest(cli, added, released, work):
    released(3)
    cli("poll", added)
    work(Step.MAP)
    found = cli.json("status")
    assert found["records"]["mapped"] == 3
    assert found["unfinished"] == 3
    assert 0 <= found["oldest_unfinished_s"] < 60
    (row,) = found["connections"]
    assert row["connection"] == added
    assert row["requests_per_minute"] == {"brex": 1000, "infor-m3": 1000}
    (poll,) = [job for job in row["jobs"] if job["job"] == "poll"]
    assert poll["outcome"] == "3 waiting, 3 new"
    work()
    found = cli.json("status")
    assert (found["records"]["exported"], found["oldest_unfinished_s"]) == (3, None)
    (token,) = found["connections"][0]["tokens"]
    assert token["peer"] == "infor-m3"
    assert 7000 < token["expires_s"] <= 7200
    assert found["spare_drafts"] == {"count": 0, "oldest_at": None, "drafts": []}
    assert added in cli("status").stdout


def test_status_tells_of_held_records_and_spare_drafts(cli, added, released, work, application):
    ids = released(2)
    cli("poll", added)
    work(Step.MAP)
    (first, second) = application.records.lease(
        application.wired(added).connection.id, Step.POST, ids, 2, 60.0
    )
    from connector.ports import OpenedDraft

    application.journal.open_drafts([OpenedDraft(first, 1, 1, "BX.1")])
    application.journal.abandon([(first, 1, "an answer was lost")])
    from connector.domain.reasons import Hold, Reason

    application.records.hold([(second, Hold(Reason.ERP_REFUSED, "\x1b[31mno"))])
    found = cli.json("status")
    assert found["connections"][0]["held"] == {"erp_refused": 1}
    assert found["spare_drafts"]["count"] == 1
    assert found["spare_drafts"]["drafts"][0]["record_id"] == first.record_id
    text = cli("status").stdout
    assert "erp_refused" in text
    assert "Spare drafts in the ERP: 1" in text
    assert "\x1b[31m" not in cli("records", "show", second.record_id).stdout


def test_status_of_nothing(cli):
    assert cli.json("status")["connections"] == []
    assert "no connections" in cli("status").stdout


def test_a_preview_is_what_gets_posted_and_writes_nothing(
    cli, added, released, work, sandbox, statuses
):
    ids = released(3)
    previews = cli.json("preview", added, *ids)["previews"]
    assert statuses() == {}
    assert not written(sandbox)
    assert [one["record_id"] for one in previews] == ids
    assert {one["review_status"] for one in previews} == {"READY_FOR_EXPORT"}
    cli("poll", added)
    waiting = cli.json("preview", added)["previews"]
    assert {one["record_id"] for one in waiting} == set(ids)
    assert set(statuses().values()) == {"received"}
    work()
    for one in previews:
        assert cli.json("records", "show", one["record_id"])["document"] == one["document"]
    assert cli.json("preview", added)["previews"] == []
    posted = cli("preview", added, ids[0], code=1).stdout
    assert previews[0]["document"]["number"] in posted
    assert "the ERP has it already" in " ".join(posted.split())


def test_a_preview_asks_the_erp_whether_it_would_take_each_document(cli, added, released, sandbox):
    ids = released(2)
    previews = cli.json("preview", added, *ids)["previews"]
    for one in previews:
        (checks,) = one["checks"]
        verdicts = {check["check"]: check["verdict"] for check in checks}
        assert verdicts.pop("period") == "could_not_run"
        assert set(verdicts.values()) == {"passed"}
        assert f"number {one['document']['number']}" in verdicts
    assert sandbox.operations()["CRS620MI/GetBasicData"] == 1
    sandbox.call("POST", "/infor/suppliers", {"suno": "BREX", "stat": "90"})
    shown = " ".join(cli("preview", added, ids[0], code=1).stdout.split())
    assert "supplier BREX failed supplier BREX is not active in M3" in shown
    sandbox.fault("500_before", peer="infor", operation="bulk *")
    (one,) = cli.json("preview", added, ids[0])["previews"]
    assert {check["verdict"] for check in one["checks"][0]} == {"could_not_run"}
    assert not written(sandbox)


def test_a_preview_names_why_a_record_would_be_held(cli, file, released):
    cli("connection", "add", file(fallback=""))
    (record_id,) = released(1)
    found = cli.json("preview", "acme-m3", record_id, "accr_none", code=1)["previews"]
    assert [one["hold"]["reason"] for one in found] == [
        "supplier_unknown",
        "not_found_in_brex",
    ]
    assert "supplier_unknown" in cli("preview", "acme-m3", record_id, code=1).stdout


def test_a_preview_of_too_many_is_bad_use(cli, added):
    cli("preview", added, *(f"accr_{n}" for n in range(51)), code=2)


def test_a_poll_takes_in_what_waits_once(cli, added, released, statuses):
    ids = released(3)
    assert cli("poll", added).stdout == f"{added}: 3 waiting, 3 new\n"
    assert cli("poll", added).stdout == f"{added}: 3 waiting, 0 new\n"
    assert statuses() == dict.fromkeys(ids, "received")


def test_a_backfill_takes_in_what_changed_on_these_days(cli, added, released, statuses):
    ids = released(3)
    today = datetime.now(UTC).date()
    past = [str(today - timedelta(days=days)) for days in (20, 10)]
    none = cli("backfill", added, "--since", past[0], "--until", past[1])
    assert none.stdout == f"{added}: 0 waiting in Brex, 0 new\n"
    since = str(today - timedelta(days=2))
    assert cli("backfill", added, "--since", since).stdout == (
        f"{added}: 3 waiting in Brex, 3 new\n"
    )
    assert set(statuses()) == set(ids)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--since", "1 May"),
        ("--since", "9999-12-31"),
        ("--since", "2026-05-02", "--until", "2026-05-01"),
    ],
)
def test_days_that_are_none_are_bad_use(cli, arguments):
    cli("backfill", "acme-m3", *arguments, code=2)


def test_a_webhook_is_subscribed_once(cli, added, sandbox):
    assert cli.json("webhook", "status", added, code=1)["subscriptions"] == []
    url = f"https://example.test/webhooks/brex/{added}"
    for _ in range(2):
        cli("webhook", "subscribe", added, "--url", url)
    (one,) = cli.json("webhook", "status", added)["subscriptions"]
    assert (one["url"], one["delivers"]) == (url, True)


def test_a_webhook_of_somebody_else_is_taken_over_only_when_told(cli, added):
    urls = [f"https://{host}.test/webhooks/brex/{added}" for host in "ab"]
    cli("webhook", "subscribe", added, "--url", urls[0])
    assert urls[0] in cli("webhook", "subscribe", added, "--url", urls[1], code=1).stderr
    cli("webhook", "subscribe", added, "--url", urls[1], "--replace")
    assert cli.json("webhook", "status", added)["subscriptions"][0]["url"] == urls[1]


@pytest.mark.parametrize(
    "url", ["https://example.test/hook", "example.test/webhooks/brex/acme-m3", "https://x/y\n"]
)
def test_a_url_that_is_not_the_gateways_is_bad_use(cli, added, url):
    cli("webhook", "subscribe", added, "--url", url, code=2)


def test_secrets_are_encrypted_anew_under_the_first_key(cli, added, application):
    old = cli.environment["ML_CONNECTOR_SECRET_KEYS"]
    new = Fernet.generate_key().decode()
    cli.environment["ML_CONNECTOR_SECRET_KEYS"] = f"{new},{old}"
    assert "3 secrets" in cli("secrets", "rotate").stdout
    cli.environment["ML_CONNECTOR_SECRET_KEYS"] = new
    cli("webhook", "status", added, code=1)  # it reads the token with the new key alone
    cli.environment["ML_CONNECTOR_SECRET_KEYS"] = old
    assert "none of the keys opens" in cli("poll", added, code=2).stderr


def test_json_is_one_document_on_stdout_whatever_is_logged(cli, added, settings):
    cli.environment["REDIS_URL"] = "redis://127.0.0.1:1/0"  # each call warns about it
    ran = subprocess.run(
        [sys.executable, "-m", "connector.cli", "connection", "ping", added, "--json"],
        env=cli.environment | {"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert json.loads(ran.stdout)["connection"] == added
    assert "budget_without_redis" in ran.stderr
    assert not any(secret in ran.stdout + ran.stderr for secret in SECRETS)


def test_a_database_without_the_schema_names_the_mend(cli, database_url):
    cli.environment["DATABASE_URL"] = database_url.reveal()
    assert "run ml-connector migrate" in cli("status", code=2).stderr


def test_a_database_that_is_away_is_an_error_in_words(cli):
    cli.environment["DATABASE_URL"] = "postgresql://u:CANARY@127.0.0.1:1/x"
    result = cli("status", code=1)
    assert result.stdout == ""
    assert "refused" in result.stderr
    assert "CANARY" not in result.stderr


def test_a_clock_that_stands_still_is_told_within_two_of_its_minutes(cli, added, work, sql):
    assert cli.json("status")["clock"]["runs"]
    sql(
        "UPDATE schedule SET started_at = now() - interval '121 s', due_at = now() + interval '1 h'"
    )
    sql("UPDATE schedule SET due_at = now() - interval '61 s' WHERE job = 'tokens'")
    clock = cli.json("status", code=1)["clock"]
    assert not clock["runs"]
    assert "ml-connector run beat" in clock["detail"]
    assert "beat: last run" in cli("status", code=1).stderr
    checks = {one["name"]: one["passed"] for one in cli.json("doctor", code=1)["checks"]}
    assert not checks["beat"]
