"""Alarms are raised once, touched while they stand, and resolved once, whoever looks when."""

from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from connector.domain.alarms import MORE, AlarmKind, Finding, Severity
from connector.store.alarms import AlarmBoard
from connector.store.roles import Role

AWAY = Finding(Severity.CRITICAL, "it does not answer", "see whether it runs")
OLD = Finding(Severity.WARNING, "it is old", "look at it")


@pytest.fixture
def board(database_as):
    return AlarmBoard(database_as(Role.WORKER))


def rows(sql):
    return sql("SELECT kind, key, severity, what, resolved_at IS NOT NULL FROM alarm ORDER BY id")


def test_many_checks_that_find_the_same_raise_one_alarm_and_touch_it(board, connection_id, sql):
    board.observe(connection_id, {AlarmKind.PEER_AWAY: {"brex": AWAY, "infor-m3": AWAY}})
    sql("UPDATE alarm SET last_seen_at = now() - interval '1 hour'")
    later = Finding(Severity.WARNING, "it answers again, slowly", "wait")
    board.observe(connection_id, {AlarmKind.PEER_AWAY: {"brex": later, "infor-m3": AWAY}})
    assert rows(sql) == [
        ("peer_away", "brex", "warning", "it answers again, slowly", False),
        ("peer_away", "infor-m3", "critical", "it does not answer", False),
    ]
    assert sql("SELECT min(last_seen_at) > now() - interval '1 minute' FROM alarm") == [(True,)]
    (one, other) = board.standing()
    assert (one.key, one.connection, one.kind) == ("infor-m3", "acme", AlarmKind.PEER_AWAY)
    assert other.severity is Severity.WARNING


def test_what_is_not_found_any_more_is_resolved_and_raised_anew_when_it_comes_back(
    board, connection_id, sql
):
    for found in ({"brex": AWAY}, {}, {}, {"brex": AWAY}):
        board.observe(connection_id, {AlarmKind.PEER_AWAY: found})
    assert [(key, is_resolved) for _, key, _, _, is_resolved in rows(sql)] == [
        ("brex", True),
        ("brex", False),
    ]
    assert len(board.standing()) == 1
    assert len(board.all()) == 2


def test_a_check_that_could_not_be_made_resolves_nothing(board, connection_id, sql):
    both = {AlarmKind.PEER_AWAY: {"brex": AWAY}, AlarmKind.HELD_OLD: {"unmapped": OLD}}
    board.observe(connection_id, both)
    board.observe(connection_id, {AlarmKind.HELD_OLD: {}})
    board.observe(connection_id, {})
    assert [one.kind for one in board.standing()] == [AlarmKind.PEER_AWAY]


def test_what_is_older_than_what_was_looked_at_stands(board, connection_id):
    kind = AlarmKind.RECONCILE_DIFFERENT
    both = {kind: {"2026-10-05 accr_1": AWAY, "2026-10-06 accr_2": AWAY}}
    board.observe(connection_id, both, since="2026-10-01")
    board.observe(connection_id, {kind: {}}, since="2026-10-06")
    assert [one.key for one in board.standing()] == ["2026-10-05 accr_1"]
    board.observe(connection_id, {kind: {}}, since="2026-10-05")
    assert board.standing() == []


def test_what_may_be_among_those_that_were_only_counted_stands(board, connection_id):
    kind, other = AlarmKind.RECONCILE_DIFFERENT, AlarmKind.RECONCILE_ONLY_IN_ERP
    found = {kind: {"2026-10-05 accr_1": AWAY}, other: {"2026-10-05 F1": AWAY}}
    board.observe(connection_id, found)
    board.observe(connection_id, {kind: {"2026-10-01 accr_0": AWAY, MORE: AWAY}, other: {}})
    assert {one.key for one in board.standing()} == {
        *("2026-10-01 accr_0", "2026-10-05 accr_1", MORE)
    }
    board.observe(connection_id, {kind: {"2026-10-01 accr_0": AWAY}})
    assert [one.key for one in board.standing()] == ["2026-10-01 accr_0"]


def test_connections_and_the_installation_have_alarms_of_their_own(
    board, connections, connection_id
):
    other = connections.add("beta", "infor-m3", {"brex": {}}, {})
    for about in (connection_id, other, None):
        board.observe(about, {AlarmKind.PEER_AWAY: {"brex": AWAY}})
    board.observe(other, {AlarmKind.PEER_AWAY: {}})
    board.observe(None, {AlarmKind.PEER_AWAY: {"brex": AWAY}})
    assert sorted(one.connection for one in board.standing()) == ["", "acme"]


def test_two_observers_at_once_raise_one_alarm(board, connection_id, sql):
    found = {AlarmKind.PEER_AWAY: {f"peer-{n}": AWAY for n in range(20)}}
    backwards = {AlarmKind.PEER_AWAY: dict(reversed(found[AlarmKind.PEER_AWAY].items()))}
    with ThreadPoolExecutor(4) as pool:
        looked = [
            pool.submit(board.observe, about, observed)
            for _ in range(5)
            for about in (connection_id, None)
            for observed in (found, backwards)
        ]
        for one in looked:
            one.result()
    assert sql("SELECT count(*), count(resolved_at) FROM alarm") == [(40, 0)]


def test_the_schema_refuses_a_second_alarm_about_the_same(board, sql):
    board.observe(None, {AlarmKind.CLOCK_STANDS: {"": AWAY}})
    with pytest.raises(psycopg2.errors.UniqueViolation):
        sql(
            "INSERT INTO alarm (kind, key, severity, what, mend)"
            " VALUES ('clock_stands', '', 'warning', '', '')"
        )


def test_the_alarms_of_a_removed_connection_are_resolved(board, connections, connection_id):
    board.observe(connection_id, {AlarmKind.PEER_AWAY: {"brex": AWAY}})
    connections.remove("acme")
    board.leave_removed()
    assert board.standing() == []


def test_an_alarm_of_a_later_version_is_shown_as_it_is(board, sql):
    sql(
        "INSERT INTO alarm (kind, key, severity, what, mend)"
        " VALUES ('moon_in_the_way', '', 'warning', 'it is dark', 'wait')"
    )
    (one,) = board.standing()
    assert (one.kind, one.what) == ("moon_in_the_way", "it is dark")
