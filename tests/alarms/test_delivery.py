"""Alarms are told once when raised and once when resolved, at least once on each way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from redis.exceptions import RedisError
from structlog.testing import capture_logs

from connector import alarms as alarms_module
from connector.alarm_settings import AlarmSettings
from connector.domain.alarms import AlarmKind, Finding, Severity, Way
from tests.alarms.conftest import PASSWORD, SIGNING_SECRET, by_email, by_webhook
from workers.watch import Watch

SOME = Finding(Severity.WARNING, "it is so", "mend it")


def test_many_rounds_tell_one_alarm_once_and_its_end_once(alarms, peer_away, mailbox, receiver):
    box, _ = mailbox
    peer_away("brex")
    peer_away("infor-m3")
    for _ in range(3):
        alarms.run()
    peer_away("brex", back=True)
    for _ in range(3):
        alarms.run()
    (first, raised), (second, resolved) = receiver.taken
    assert raised["type"] == "alarms.changed"
    assert [one["key"] for one in raised["data"]["raised"]] == ["brex", "infor-m3"]
    assert raised["data"]["resolved"] == []
    (over,) = resolved["data"]["resolved"]
    assert (over["connection"], over["kind"], over["key"]) == ("acme", "peer_away", "brex")
    assert first != second
    assert [one["Subject"] for one in box.mails] == [
        "ml-connector alarms: 2 new, 2 critical (acme)",
        "ml-connector alarms: 1 resolved (acme)",
    ]
    assert [one["Message-ID"] for one in box.mails] == [
        f"<{first}@example.com>",
        f"<{second}@example.com>",
    ]
    assert box.recipients == ["a@example.com", "b@example.com"]
    text = box.mails[0].get_content()
    assert "brex has not answered since" in text
    assert "ml-connector connection ping acme" in text


def test_what_a_receiver_refused_comes_again_with_the_same_id_and_not_to_who_has_it(
    alarms, peer_away, mailbox, receiver, due_now, sql
):
    receiver.answers = [500, 302]
    receiver.headers = {"Location": "/elsewhere"}
    peer_away()
    alarms.run()
    assert receiver.taken == []
    (why, waits) = sql("SELECT why, due_at > now() FROM alarm_delivery WHERE way = 'webhook'")[0]
    assert (why, waits) == ("the receiver answered 500", True)
    alarms.run()
    assert len(receiver.asked) == 1, "it is not due yet"
    for _ in range(3):
        due_now()
        alarms.run()
    assert len(receiver.asked) == 3
    assert len(set(receiver.asked)) == 1, "the same id, and no redirect followed"
    assert receiver.asked[0][0] == "/hooks/ml?key=CANARY-9c0d-key"
    assert len(receiver.taken) == 1
    assert len(mailbox[0].mails) == 1


def test_a_receiver_is_left_alone_for_as_long_as_it_asks(alarms, peer_away, receiver, sql):
    receiver.answers, receiver.headers = [429], {"Retry-After": "600"}
    peer_away()
    alarms.run()
    due = "SELECT due_at > now() + interval '595 s' FROM alarm_delivery WHERE way = 'webhook'"
    assert sql(due) == [(True,)]


def test_a_worker_killed_between_sending_and_recording_sends_again_with_the_same_id(
    alarms, peer_away, receiver, mailbox, due_now, monkeypatch
):
    class KilledError(BaseException):
        pass

    def die(*_):
        raise KilledError

    peer_away()
    with monkeypatch.context() as patched:
        patched.setattr(alarms._messages, "delivered", die)
        with pytest.raises(KilledError):
            alarms.run()
    alarms.run()
    assert len(mailbox[0].mails) == 1, "its lease has not ended"
    due_now()
    alarms.run()
    assert [one["Message-ID"] for one in mailbox[0].mails] == [
        mailbox[0].mails[0]["Message-ID"]
    ] * 2
    assert len(receiver.taken) == 1


def test_two_workers_at_once_deliver_each_message_once(alarms, peer_away, receiver, mailbox):
    peer_away()
    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(alarms.run) for _ in range(4)]:
            one.result()
    assert len(receiver.asked) == 1
    assert len(mailbox[0].mails) == 1


def test_what_cannot_be_delivered_for_a_day_is_given_up_and_shown(
    alarms, peer_away, receiver, due_now, sql
):
    receiver.answers = [500, 500]
    peer_away()
    alarms.run()
    sql("UPDATE alarm_message SET made_at = now() - interval '25 hours'")
    due_now()
    with capture_logs() as logged:
        alarms.run()
    assert "alarm_message_given_up" in [one["event"] for one in logged]
    (told,) = [one for one in alarms.board.standing()[0].deliveries if one.way == Way.WEBHOOK]
    assert (told.of, told.tries, told.due_at, told.delivered_at) == ("raised", 2, None, None)
    assert told.failed_at
    assert told.why == "the receiver answered 500"
    due_now()
    alarms.run()
    assert len(receiver.asked) == 2


def test_without_a_way_nothing_is_told_and_what_stands_is_once_there_is_one(
    alarms_as, peer_away, receiver, sql
):
    peer_away()
    silent = alarms_as(AlarmSettings())
    silent.run()
    assert sql("SELECT count(*) FROM alarm_message") == [(0,)]
    assert len(silent.board.standing()) == 1
    alarms_as(AlarmSettings(webhook=by_webhook(receiver.url))).run()
    assert len(receiver.taken) == 1


def test_the_daily_message_comes_once_and_only_when_something_stands(
    alarms, connection_id, receiver, sql
):
    alarms.run()
    assert receiver.taken == []
    alarms.board.observe(connection_id, {AlarmKind.RECONCILE_DIFFERENT: {"accr_1": SOME}})
    alarms.run()
    assert [said["type"] for _, said in receiver.taken] == ["alarms.changed"]
    sql("UPDATE alarm_round SET told_on = told_on - 1")
    for _ in range(2):
        alarms.run()
    assert [said["type"] for _, said in receiver.taken] == ["alarms.changed", "alarms.daily"]
    (standing,) = receiver.taken[1][1]["data"]["standing"]
    assert (standing["kind"], standing["mend"]) == ("reconcile_different", "mend it")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_daily_message_waits_for_its_hour_where_the_reader_is(
    alarms_as, connection_id, receiver, sql, zone
):
    settings = AlarmSettings(webhook=by_webhook(receiver.url), time_zone=zone)
    hour = datetime.now(UTC).astimezone(settings.zone).hour
    for later, told in ((1, 0), (0, 1)):
        if hour + later > 23:
            continue  # there is no such hour in this day any more
        given = AlarmSettings(webhook=settings.webhook, hour=hour + later, time_zone=zone)
        alarms = alarms_as(given)
        alarms.board.observe(connection_id, {AlarmKind.RECONCILE_DIFFERENT: {"accr_1": SOME}})
        alarms.run()
        daily = [said for _, said in receiver.taken if said["type"] == "alarms.daily"]
        assert len(daily) == told


def test_a_check_that_could_not_be_made_resolves_nothing(alarms, sql, connection_id, monkeypatch):
    def away(*_):
        raise RedisError

    found = [{"connection": "acme", "peer": "brex", "blocked_s": 300.0}]
    monkeypatch.setattr(alarms_module.budgets, "standing_budgets", lambda *_: found)
    alarms.look()
    monkeypatch.setattr(alarms_module.budgets, "standing_budgets", away)
    with capture_logs() as logged:
        alarms.look()
    assert [one["kind"] for one in logged if one["event"] == "alarm_not_checked"] == [
        "rate_limited"
    ]
    assert [one.kind for one in alarms.board.standing()] == [AlarmKind.RATE_LIMITED]
    monkeypatch.setattr(alarms_module.budgets, "standing_budgets", lambda *_: [])
    alarms.look()
    assert alarms.board.standing() == []


def test_one_round_a_minute_is_claimed(alarms, sql):
    assert [alarms.claim(), alarms.claim()] == [True, False]
    sql("UPDATE alarm_round SET due_at = now()")
    assert alarms.claim()


def test_no_secret_is_logged_or_kept_whatever_fails(
    alarms_as, peer_away, mailbox, receiver, sql, due_now
):
    box, port = mailbox
    box.answer = f"554 you said {PASSWORD}"
    receiver.answers = [500] * 9
    peer_away()
    settings = AlarmSettings(email=by_email(port), webhook=by_webhook(receiver.url))
    wrong = AlarmSettings(
        email=by_email(port, user="you"), webhook=by_webhook("http://127.0.0.1:1/?CANARY-9c0d-key")
    )
    with capture_logs() as logged:
        for one in (settings, wrong):
            alarms_as(one).run()
            due_now()
        told = alarms_as(wrong).test()
    assert "you said ***" in str(logged)
    assert "SMTPAuthenticationError 535" in told[Way.EMAIL]
    assert "NewConnectionError" in told[Way.WEBHOOK] or "Refused" in told[Way.WEBHOOK]
    everything = f"{logged} {settings!r} {told} {sql('SELECT why FROM alarm_delivery')}"
    for secret in (PASSWORD, SIGNING_SECRET, "CANARY-9c0d"):
        assert secret not in everything


@pytest.mark.parametrize("url", ["https://169.254.169.254/latest", "https://10.0.0.1/"])
def test_an_address_that_no_peer_may_have_is_not_called(alarms_as, url):
    alarms = alarms_as(AlarmSettings(webhook=by_webhook(url)), allow_http=False)
    told = alarms.test()[Way.WEBHOOK]
    assert told == "base URL of the alarms' webhook: is an address that is not called"


@pytest.mark.parametrize(
    ("url", "why"), [("https://10.0.0.5/x", "is an address"), ("http://127.0.0.1:1/a|b", "a path")]
)
def test_a_way_that_cannot_be_gone_fails_for_itself_and_is_given_up_after_a_day(
    alarms_as, peer_away, mailbox, due_now, sql, url, why
):
    box, port = mailbox
    settings = AlarmSettings(email=by_email(port), webhook=by_webhook(url))
    alarms = alarms_as(settings, allow_http=url.startswith("http:"))
    peer_away()
    alarms.run()
    assert len(box.mails) == 1
    assert why in alarms.failing()[Way.WEBHOOK]
    sql("UPDATE alarm_message SET made_at = now() - interval '25 hours'")
    due_now()
    alarms.run()
    (told,) = [one for one in alarms.board.standing()[0].deliveries if one.way == Way.WEBHOOK]
    assert (told.tries, told.due_at) == (2, None)
    assert told.failed_at
    assert why in told.why


def test_a_name_that_stands_for_this_host_is_not_called(alarms_as, receiver):
    url = receiver.url.replace("http://127.0.0.1", "https://localhost")
    told = alarms_as(AlarmSettings(webhook=by_webhook(url)), allow_http=False).test()
    assert "RefusedAddressError" in told[Way.WEBHOOK]
    assert receiver.asked == []


def test_a_worker_looks_by_itself_where_the_clock_is_two_minutes_late(
    alarms, peer_away, receiver, sql
):
    peer_away()
    watch = Watch(alarms)
    sql("UPDATE alarm_round SET due_at = now()")
    watch.look()
    assert receiver.taken == [], "the clock has time yet"
    sql("UPDATE alarm_round SET due_at = now() - interval '121 s'")
    for _ in range(2):
        watch.look()
    assert len(receiver.taken) == 1
