"""Listing records, looking into one, and deciding about held ones."""

import pytest
from redis import Redis

from connector.domain.records import Step


@pytest.fixture
def held(cli, file, released, work):
    """Three records that are held because their merchants have no supplier."""
    cli("connection", "add", file(fallback=""))
    ids = released(3)
    cli("poll", "acme-m3")
    work()
    return ids


@pytest.fixture
def mended(cli, file, application, sql):
    """Gives all merchants a supplier; by now every worker knows it."""

    def mend():
        cli("connection", "add", file(), "--replace")
        sql("UPDATE connection SET updated_at = now() - interval '1 minute'")
        application._wired.clear()

    return mend


@pytest.fixture
def hints(settings):
    """How many hints wait in a queue for workers."""
    with Redis.from_url(settings.redis_url.reveal()) as client:
        yield client.llen


def in_brex(sandbox, record_id):
    return sandbox.call("GET", f"/brex/records/{record_id}")


def test_pages_follow_each_other_by_their_cursor(cli, added, released):
    ids = released(7)
    cli("poll", added)
    found, after = [], []
    while True:
        page = cli.json("records", "list", "--limit", "3", *after)
        found += [row["record_id"] for row in page["records"]]
        if page["next"] is None:
            break
        after = ["--after", page["next"]]
    assert sorted(found) == sorted(ids)
    assert "--after" in cli("records", "list", "--limit", "3").stdout


def test_a_list_has_what_the_interface_promises(cli, held):
    page = cli.json("records", "list", "--status", "held", "--reason", "supplier_unknown")
    assert page["next"] is None
    assert {row["record_id"] for row in page["records"]} == set(held)
    names = "connection record_id status reason document_number erp_reference attempts"
    assert {*names.split(), "received_at", "updated_at"} <= set(page["records"][0])
    assert cli.json("records", "list", "--status", "exported")["records"] == []
    assert cli.json("records", "list", "--since", "2099-01-01")["records"] == []


def test_a_held_record_is_shown_with_its_reason_and_history(cli, held):
    shown = cli.json("records", "show", held[0])
    assert shown["reason"] == "supplier_unknown"
    assert shown["detail"]["value"].startswith("pmch_")
    assert [move["to_status"] for move in shown["history"]] == ["received", "fetched", "held"]
    text = cli("records", "show", held[0]).stdout
    assert "supplier_unknown" in text
    assert "History" in text


def test_a_posted_record_is_shown_with_its_document_and_writes(cli, added, released, work):
    (record_id,) = released(1)
    cli("poll", added)
    work()
    shown = cli.json("records", "show", record_id)
    assert shown["document"]["number"] == shown["document_number"]
    (draft,) = shown["drafts"]
    assert (draft["state"], draft["erp_reference"]) == ("decided", shown["erp_reference"])
    assert {write["outcome"] for write in draft["writes"]} == {"done"}
    assert [write["step"] for write in draft["writes"]][-1] == "commit"
    text = cli("records", "show", record_id).stdout
    assert shown["document_number"] in text
    assert "exported" in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--status", "lost"),
        ("list", "--limit", "0"),
        ("list", "--since", "yesterday"),
        ("list", "--since", "0001-01-01"),
        ("list", "--after", "x"),
        ("list", "--after", str(2**63)),
        ("show", "accr 1"),
        ("show", "accr\x1b[2J"),
        ("retry",),
        ("retry", "accr_1", "--held"),
        ("retry", "--held", "--reason", "unbalanced"),
        ("skip", "accr_1"),
        ("skip", "accr_1", "--because", "  "),
        ("skip", "accr_1", "--because", "a\nb"),
        ("skip", "accr_1", "--because", "\ud800"),
        ("return", "accr_1"),
    ],
)
def test_bad_use_ends_with_2_and_asks_nobody(cli, arguments):
    result = cli("records", *arguments, code=2)
    assert result.stdout == ""


def test_an_unknown_record_is_named(cli):
    assert "no record accr_none" in cli("records", "show", "accr_none", code=1).stderr
    refused = cli("records", "retry", "accr_none", code=1)
    assert "accr_none: there is no such record" in refused.stderr


def test_a_named_record_is_retried_and_the_workers_are_told(
    cli, held, mended, hints, work, statuses, empty_redis_url
):
    mended()
    with Redis.from_url(empty_redis_url.reveal()) as redis:
        redis.flushdb()  # the hint of the poll would do
    assert "1 record: go on" in cli("records", "retry", held[0]).stdout
    assert hints("fetch") == 1
    history = cli.json("records", "show", held[0])["history"]
    assert (history[-1]["from_status"], history[-1]["to_status"]) == ("held", "received")
    assert history[-1]["actor"].startswith("cli:")
    work()
    assert statuses() == {held[0]: "exported", held[1]: "held", held[2]: "held"}


def test_what_cannot_be_retried_is_named_and_the_rest_is_done(cli, held, statuses):
    cli("records", "skip", held[0], "--because", "paid by hand")
    result = cli("records", "retry", *held, "accr_none", code=1)
    assert "2 records: go on" in result.stdout
    assert f"{held[0]}: it is skipped, not held" in result.stderr
    assert "accr_none: there is no such record" in result.stderr
    assert sorted(statuses().values()) == ["received", "received", "skipped"]


@pytest.mark.parametrize("which", [("--held",), ("--reason", "supplier_unknown")])
def test_all_held_records_are_retried_at_once(cli, held, mended, which, work, statuses):
    mended()
    assert "3 records: go on" in cli("records", "retry", *which).stdout
    assert "0 records: go on" in cli("records", "retry", *which).stdout
    work()
    assert set(statuses().values()) == {"exported"}


def test_a_retry_by_another_reason_or_connection_touches_nothing(cli, held, statuses):
    cli("records", "retry", "--reason", "unbalanced")
    cli("records", "retry", "--held", "--connection", "other")
    assert set(statuses().values()) == {"held"}


def test_a_skipped_record_says_who_and_why(cli, held):
    cli("records", "skip", held[0], "--because", "paid by hand")
    shown = cli.json("records", "show", held[0])
    assert (shown["status"], shown["reason"]) == ("skipped", "skipped_by_person")
    assert shown["detail"] == {"message": "paid by hand"}
    assert shown["history"][-1]["actor"].startswith("cli:")


def test_a_returned_record_is_back_in_brex_and_begins_again_when_released(
    cli, held, mended, sandbox, work, statuses
):
    assert "returned" in cli("records", "return", held[0], "--because", "no supplier").stdout
    brex = in_brex(sandbox, held[0])
    assert brex["review_status"] == "PREPARE"
    assert brex["export_count"] == 1
    assert "no supplier" in str(brex["exports"])
    assert cli.json("records", "show", held[0])["reason"] == "returned_to_brex"
    refused = cli("records", "return", held[0], "--because", "again", code=1)
    assert "it is skipped, not held" in refused.stderr
    assert in_brex(sandbox, held[0])["export_count"] == 1


@pytest.mark.parametrize(("kind", "taken"), [("drop_after", True), ("drop_before", False)])
def test_a_lost_answer_to_a_return_is_settled_by_reading(cli, held, sandbox, kind, taken, statuses):
    sandbox.fault(kind, peer="brex", path="/v3/accounting/records/export-results", times=1)
    cli("records", "return", held[0], "--because", "no supplier", code=0 if taken else 1)
    assert sandbox.fired() == 1
    assert statuses()[held[0]] == ("skipped" if taken else "held")
    cli("records", "return", held[0], "--because", "no supplier", code=1 if taken else 0)
    assert in_brex(sandbox, held[0])["export_count"] == 1
    assert statuses()[held[0]] == "skipped"


def test_a_record_with_a_decided_document_is_not_returned(
    cli, added, released, work, application, sandbox
):
    (record_id,) = released(1)
    cli("poll", added)
    work(Step.POST)
    with application.database.transaction() as cursor:
        cursor.execute(
            "UPDATE record SET status = 'held', reason = 'export_refused', due_at = NULL"
        )
    before = in_brex(sandbox, record_id)["export_count"]
    refused = cli("records", "return", record_id, "--because", "no", code=1)
    number = cli.json("records", "show", record_id)["erp_reference"]
    assert f"document {number} stands in the ERP: retry or skip it" in refused.stderr
    assert in_brex(sandbox, record_id)["export_count"] == before
    cli("records", "retry", record_id)
    assert cli.json("records", "show", record_id)["status"] == "posted"


def test_what_is_exported_in_brex_is_not_returned(cli, held, sandbox, statuses):
    raw = in_brex(sandbox, held[0])["record"]
    sandbox.call("POST", "/brex/records", {**raw, "review_status": "EXPORTED"})
    refused = cli("records", "return", held[0], "--because", "no", code=1)
    assert "EXPORTED" in refused.stderr
    assert statuses()[held[0]] == "held"
    cli("records", "skip", held[0], "--because", "exported by hand")
