"""The overview: what needs a person, what went through, and the sides of each connection."""

import re
from datetime import UTC, datetime

from connector.domain.alarms import AlarmKind, Finding, Severity
from connector.domain.reasons import Reason
from connector.store.alarms import AlarmBoard
from connector.store.status import StatusBoard
from console.throughput import HEIGHT, bars

MOVED = (
    "INSERT INTO record_history (record, at, actor, event, to_status, attempt)"
    " VALUES (%s, now() - make_interval(hours => %s), 'worker', 'moved', %s, 1)"
)


def test_it_shows_what_needs_a_person_and_leads_there(at_desk, hold):
    hold(3)
    hold(1, Reason.PERIOD_CLOSED, "erp_posting_date", "2026-09-30", prefix="b_")
    page = at_desk("viewer").get("/").text
    assert "wait for the supplier of pmch_1 Taxi" in page
    link = re.search(r'href="(/held\?[^"]*supplier_unknown[^"]*)"', page)[1].replace("&amp;", "&")
    shown = at_desk("operator").get(link).text
    assert shown.count('name="record"') == 3
    assert re.search(r"Wait for a person</dt><dd><a[^>]*>4<", page)


def test_each_hour_has_what_was_exported_and_held_in_it(hold, sql, desk):
    (number,) = hold(1)
    for hours, status in ((1, "exported"), (1, "exported"), (3, "held"), (30, "exported")):
        sql(MOVED, number, hours, status)
    seen = StatusBoard(desk.database).throughput(24)
    assert len(seen) == 24
    assert (seen[-2]["exported"], seen[-2]["held"]) == (2, 0)
    assert (seen[-4]["exported"], seen[-4]["held"]) == (0, 1)
    assert sum(one["exported"] for one in seen) == 2
    assert seen[-1]["held"] == 1  # as it was held just now


def test_the_highest_hour_fills_the_chart_and_nothing_stands_out_of_it():
    hours = [
        {"hour": datetime(2026, 11, 25, hour, tzinfo=UTC), "exported": exported, "held": held}
        for hour, (exported, held) in enumerate([(0, 0), (30, 10), (20, 0)])
    ]
    empty, highest, half = bars(hours)
    assert (highest.held_y, highest.exported_y) == (0, HEIGHT / 4)
    assert (half.exported_height, empty.exported_height) == (HEIGHT / 2, 0)
    assert [one.exported for one in bars([])] == []


def test_alarms_stand_with_what_they_are_about_and_only_while_they_do(
    at_desk, database, connection_id
):
    board, viewer = AlarmBoard(database), at_desk("viewer")
    away = Finding(Severity.CRITICAL, "brex is <away> token=CANARY", "see whether it runs")
    board.observe(connection_id, {AlarmKind.PEER_AWAY: {"brex": away}})
    board.observe(None, {AlarmKind.CLOCK_STANDS: {"": Finding(Severity.WARNING, "it stands", "")}})
    page = viewer.get("/").text
    assert 'told error">brex is &lt;away&gt; token=*** see whether it runs<' in page
    assert page.index('told warn">it stands') < page.index("told error")
    assert "brex is &lt;away&gt;" in viewer.get("/connections/acme").text
    board.observe(connection_id, {AlarmKind.PEER_AWAY: {}})
    board.observe(None, {AlarmKind.CLOCK_STANDS: {}})
    assert "told" not in viewer.get("/").text


def test_the_last_hours_are_read_by_their_time(sql):
    plan = sql("SET enable_seqscan = off; EXPLAIN SELECT FROM record_history WHERE at >= now()")
    assert any("record_history_by_time" in line for (line,) in plan)
