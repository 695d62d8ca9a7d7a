"""Each condition, brought about in PostgreSQL and seen with a worker's rights; and its end."""

import pytest

from connector.alarm_settings import AlarmSettings
from connector.domain import conditions
from connector.domain.alarms import AlarmKind, Severity
from connector.store.schedules import Schedules
from connector.store.sync_runs import PostgresSyncRuns, SyncOutcome, Target

WEBHOOK = (
    "INSERT INTO webhook_delivery (connection_id, webhook_id, event_type, body_sha256, record_ids,"
    " disposition, signed_at, received_at) VALUES (%s, 'msg_1', 'ACCOUNTING_RECORD_READY_FOR_EXPORT',"
    " '', '{}', 'accepted', now(), now() - make_interval(hours => %s))"
)
POLL = "UPDATE schedule SET watermark = now() - make_interval(secs => %s), outcome = %s WHERE job = 'poll'"
TOKEN = (
    "INSERT INTO oauth_token (connection_id, peer, expires_at, failure, refused_until)"
    " VALUES (%s, 'brex', now() + make_interval(mins => %s), %s, %s)"
)


@pytest.fixture
def seen(alarms_as, database, connection_id):
    """`seen()`: what stands after a look, as (kind, key)."""
    alarms = alarms_as(AlarmSettings())
    Schedules(database).set(connection_id, {"poll": 3600})

    def look():
        alarms.look()
        return [(one.kind, one.key) for one in alarms.board.standing()]

    look.board = alarms.board
    return look


def test_nothing_is_wrong_with_a_new_connection(seen):
    assert seen() == []


@pytest.mark.parametrize(("hours", "told"), [(None, False), (0, False), (5, True)])
def test_records_without_a_webhook_are_told_where_webhooks_used_to_come(
    seen, sql, connection_id, intake, hours, told
):
    if hours is not None:
        sql(WEBHOOK, connection_id, hours)
    intake.receive(connection_id, ["accr_1", "accr_2"])
    assert seen() == ([(AlarmKind.WEBHOOKS_MISSING, "")] if told else [])
    if told:
        assert "the poll alone found 2 records in the last day" in seen.board.standing()[0].what
        sql("ALTER TABLE record_history DISABLE TRIGGER USER")
        sql("UPDATE record_history SET at = at - interval '2 days'")
        assert seen() == [(AlarmKind.WEBHOOKS_MISSING, "")], "a weekend brings no webhook"
        sql(WEBHOOK.replace("msg_1", "msg_2"), connection_id, 0)
        assert seen() == []


def test_a_silence_without_records_is_no_alarm(seen, sql, connection_id):
    sql(WEBHOOK, connection_id, 50)
    assert seen() == []


def test_a_connection_that_wants_no_webhooks_misses_none(seen, sql, connection_id, intake):
    sql(WEBHOOK, connection_id, 5)
    intake.receive(connection_id, ["accr_1"])
    sql('UPDATE connection SET config = \'{"brex": {"webhooks": false}}\'')
    assert seen() == []


def test_a_webhook_that_nothing_could_prove_is_told_once_the_poll_has_asked(seen, sql):
    sql(POLL, 60, "done")
    assert seen() == [(AlarmKind.WEBHOOK_SECRET_MISSING, "")]


def test_polls_that_fail_are_told_after_three_periods(seen, sql, connection_id):
    sql(
        "INSERT INTO fetched_webhook_secrets (connection_id, ciphertext) VALUES (%s, '')",
        connection_id,
    )
    sql(POLL, 2.9 * 3600, "failed: 503")
    assert seen() == []
    sql(POLL, 3.1 * 3600, "failed: 503, token=CANARY-7f3a")
    assert seen() == [(AlarmKind.POLL_MISSING, "")]
    what = seen.board.standing()[0].what
    assert "failed: 503" in what
    assert "CANARY" not in what


def test_a_user_token_near_the_end_of_its_unused_days_is_told(seen, sql, connection_id):
    sql("INSERT INTO connection_secret VALUES (%s, 'brex.token', ''), (%s, 'brex.webhook_secrets.0', '')",
        connection_id, connection_id)  # fmt: skip
    sql(POLL, 19.9 * 86_400, "failed")
    assert (AlarmKind.TOKEN_UNUSED, "brex") not in seen()
    sql(POLL, 20.1 * 86_400, "failed")
    assert (AlarmKind.TOKEN_UNUSED, "brex") in seen()


def test_a_clock_that_stands_is_the_installations(seen, sql):
    sql("UPDATE schedule SET due_at = now() - interval '6 minutes'")
    assert seen() == [(AlarmKind.CLOCK_STANDS, "")]
    assert seen.board.standing()[0].connection == ""
    sql("UPDATE schedule SET due_at = now()")
    assert seen() == []


def test_records_are_old_since_they_came_or_a_person_let_them_go_on(
    seen, sql, connection_id, intake
):
    intake.receive(connection_id, ["accr_1"])
    sql("UPDATE record SET received_at = now() - interval '2 hours'")
    assert seen() == [(AlarmKind.UNFINISHED_OLD, "")]
    sql("UPDATE connection SET paused_at = now()")
    assert seen() == [], "it waits for a switch"
    sql("UPDATE connection SET paused_at = NULL")
    assert seen() == [(AlarmKind.UNFINISHED_OLD, "")]
    sql(
        "INSERT INTO record_history (record, event, from_status, to_status, attempt)"
        " SELECT id, 'moved', 'held', 'received', 1 FROM record"
    )
    assert seen() == []


def test_records_held_for_days_are_told_by_reason(seen, sql, connection_id, intake):
    intake.receive(connection_id, ["accr_1"])
    sql("UPDATE record SET status = 'held', reason = 'supplier_unknown', due_at = NULL")
    assert seen() == []
    sql("ALTER TABLE record DISABLE TRIGGER USER")
    sql("UPDATE record SET updated_at = now() - interval '73 hours'")
    assert seen() == [(AlarmKind.HELD_OLD, "supplier_unknown")]


@pytest.mark.parametrize(
    ("minutes", "failure", "refused_until", "told"),
    [
        (60, None, None, False),
        (60, "503", None, False),
        (5, "503", None, True),
        (5, None, None, False),
        (60, "invalid_grant", "infinity", True),
    ],
)
def test_a_token_that_cannot_be_renewed_is_told_when_it_matters(
    seen, sql, connection_id, minutes, failure, refused_until, told
):
    sql(TOKEN, connection_id, minutes, failure, refused_until)
    assert seen() == ([(AlarmKind.TOKEN_REFUSED, "brex")] if told else [])


def test_an_outage_is_told_after_a_quarter_of_an_hour(seen, sql, connection_id):
    began = (
        "INSERT INTO outage (connection_id, peer, of_writes, why, wait_s, probe_at, began_at)"
        " VALUES (%s, 'infor-m3', true, '503', 30, now(), now() - interval '14 minutes')"
    )
    sql(began, connection_id)
    assert seen() == []
    sql("UPDATE outage SET began_at = now() - interval '16 minutes'")
    assert seen() == [(AlarmKind.PEER_AWAY, "infor-m3")]
    assert "has not answered writes since" in seen.board.standing()[0].what


def test_master_data_that_waits_or_was_refused_is_told(seen, database, connection_id):
    runs = PostgresSyncRuns(database, connection_id)
    for target, outcome in (
        (Target.ACCOUNTS, SyncOutcome.NEEDS_CONFIRMATION),
        (Target.SUPPLIERS, SyncOutcome.SUSPICIOUS),
        (Target.DIMENSIONS, SyncOutcome.DONE),
    ):
        runs.finish(runs.begin(target, dry_run=False), outcome, "80 % gone")
    assert seen() == [
        (AlarmKind.SYNC_SUSPICIOUS, "suppliers"),
        (AlarmKind.SYNC_UNCONFIRMED, "accounts"),
    ]
    runs.confirm(Target.ACCOUNTS, "anna")
    assert seen() == [(AlarmKind.SYNC_SUSPICIOUS, "suppliers")]


@pytest.mark.parametrize("outcome", [None, SyncOutcome.FAILED, SyncOutcome.ABANDONED])
def test_what_waits_for_a_word_is_told_until_a_run_says_otherwise(
    seen, database, connection_id, outcome
):
    runs = PostgresSyncRuns(database, connection_id)
    runs.finish(
        runs.begin(Target.ACCOUNTS, dry_run=False), SyncOutcome.NEEDS_CONFIRMATION, "80 % gone"
    )
    later = runs.begin(Target.ACCOUNTS, dry_run=False)
    if outcome:
        runs.finish(later, outcome, "503")
    assert seen() == [(AlarmKind.SYNC_UNCONFIRMED, "accounts")]
    assert runs.confirm(Target.ACCOUNTS, "anna"), "what is told can be done"
    assert seen() == []


def test_a_reading_that_was_refused_is_told_until_one_is_kept(seen, database, connection_id):
    runs = PostgresSyncRuns(database, connection_id)
    for outcome in (SyncOutcome.SUSPICIOUS, SyncOutcome.FAILED):
        runs.finish(runs.begin(Target.SUPPLIERS, dry_run=False), outcome, "80 % gone")
    assert seen() == [(AlarmKind.SYNC_SUSPICIOUS, "suppliers")]
    runs.finish(runs.begin(Target.SUPPLIERS, dry_run=False), SyncOutcome.DONE, "")
    assert seen() == []


def test_a_peer_is_told_of_that_wants_to_be_left_alone_for_a_minute():
    rows = [
        {"connection": "acme", "peer": peer, "blocked_s": s} for peer, s in (("a", 59), ("b", 60))
    ]
    (found,) = conditions.rate_limited(rows)["acme"].items()
    assert found[0] == "b"
    assert found[1].severity is Severity.WARNING
