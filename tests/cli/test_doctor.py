"""`doctor`: sound facts pass, each unsound one is named with its mend."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from flask import Response

from connector.cli import vital_signs
from connector.http import RedisBudget
from connector.store.inspection import ServerFacts

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
SOUND = {"synchronous_commit": "on", "fsync": "on", "full_page_writes": "on"}


def failed(checks):
    return {check.name: check.detail for check in checks if not check.passed}


def database(version=180006, now=NOW, **settings):
    return failed(vital_signs.database(ServerFacts(version, SOUND | settings, now), NOW, NOW))


def test_a_sound_database_passes():
    assert database() == {}
    assert database(synchronous_commit="remote_apply") == {}


@pytest.mark.parametrize("name", list(SOUND))
def test_a_database_that_may_lose_a_commit_fails(name):
    assert "set it to on" in database(**{name: "off"})[f"PostgreSQL {name}"]


def test_an_old_database_fails():
    assert "update it to 15" in database(version=140011)["PostgreSQL"]


@pytest.mark.parametrize("skew_s", [-10, 10])
def test_clocks_that_differ_fail(skew_s):
    assert "NTP" in database(now=NOW + timedelta(seconds=skew_s))["clocks"]
    assert database(now=NOW + timedelta(seconds=skew_s / 10)) == {}


def test_a_clock_that_stands_fails():
    assert vital_signs.clock(None, None).passed
    assert vital_signs.clock(NOW, -30.0).passed
    assert not vital_signs.clock(NOW, 600.0).passed
    assert "nothing has ever run" in vital_signs.clock(None, 600.0).detail


def test_a_redis_that_forgets_fails():
    sound = {"maxmemory-policy": "noeviction", "appendonly": "yes"}
    assert failed(vital_signs.redis(sound)) == {}
    assert failed(vital_signs.redis(None)) == {}
    assert len(failed(vital_signs.redis({"maxmemory-policy": "allkeys-lru"}))) == 2


def test_a_peer_that_does_not_answer_fails():
    assert vital_signs.peers([]).passed
    outage = {
        "connection": "acme",
        "peer": "infor-m3",
        "of_writes": True,
        "lasted_s": 90.0,
        "why": "answered 503",
    }
    check = vital_signs.peers([outage])
    assert not check.passed
    assert "infor-m3 of acme has not answered writes for 90 s (answered 503)" in check.detail


def test_a_token_that_only_a_person_can_renew_fails():
    token = {"connection": "acme", "peer": "brex", "reauth_required": False}
    assert vital_signs.tokens([token]).passed
    check = vital_signs.tokens([token | {"reauth_required": True}])
    assert not check.passed
    assert check.detail.startswith("reauth required for brex of acme")


def assert_unsound(cli):
    """What `doctor` finds wrong, by name."""
    found = cli.json("doctor", code=1)
    assert found["passed"] is False
    return failed_of(found["checks"])


def failed_of(checks):
    return {check["name"]: check["detail"] for check in checks if not check["passed"]}


def test_an_installation_without_workers_is_told_to_start_them(cli, added):
    faults = assert_unsound(cli)
    assert "start ml-connector up" in faults["workers"]
    assert not {"schema", "keys", "schedules", "Redis", "clocks", "environment"} & set(faults)
    assert "FAIL workers" in cli("doctor", code=1).stdout


def test_b35_a_key_that_is_gone_is_named(cli, added):
    cli.environment["ML_CONNECTOR_SECRET_KEYS"] = Fernet.generate_key().decode()
    assert "acme-m3: brex.token" in assert_unsound(cli)["keys"]


def test_a_schema_that_is_missing_is_named_and_not_made(cli, database_url):
    cli.environment["DATABASE_URL"] = database_url.reveal()
    for _ in range(2):
        assert "run ml-connector migrate" in assert_unsound(cli)["schema"]


def test_a_connection_that_nothing_runs_for_is_named(cli, added, sql):
    sql("DELETE FROM schedule")
    assert added in assert_unsound(cli)["schedules"]


def test_a_redis_that_is_away_is_named(cli):
    cli.environment["REDIS_URL"] = "redis://127.0.0.1:1/0"
    assert "does not answer" in assert_unsound(cli)["Redis"]


def test_a_faulty_environment_is_named(cli):
    cli.environment["ML_CONNECTOR_ALLOW_HTTP"] = "perhaps"
    assert "ML_CONNECTOR_ALLOW_HTTP" in assert_unsound(cli)["environment"]


def test_a_peer_that_does_not_answer_is_named(cli, added, application):
    application.wired(added).health["infor-m3"]._alarm.outage("answered 503", of_writes=False)
    assert f"infor-m3 of {added} has not answered" in assert_unsound(cli)["peers"]
    (one,) = cli.json("status")["connections"][0]["outages"]
    assert (one["peer"], one["why"]) == ("infor-m3", "answered 503")
    assert "everything" in cli("status").stdout


def test_a_peer_that_asked_to_be_left_alone_for_long_is_named(cli, added, application):
    budget = RedisBudget(application._redis, added, "brex", 1000)
    budget.block(5.0)
    assert "budgets" not in failed_of(cli.json("doctor", code=1)["checks"])
    budget.block(3_600.0)
    detail = failed_of(cli.json("doctor", code=1)["checks"])["budgets"]
    assert f"brex of {added} for 15 min" in detail
    (one,) = cli.json("status")["connections"][0]["blocked"]
    assert one["peer"] == "brex"
    assert 890 < one["for_s"] <= 900
    assert "15 min" in cli("status").stdout


def test_an_openid_provider_that_is_away_or_another_is_named(cli, added, provider):
    cli.environment |= provider.settings().to_environment()
    assert "OpenID provider" not in assert_unsound(cli)
    provider.document["issuer"] = f"{provider.issuer}/"
    assert f"its issuer is not {provider.issuer}, to the" in assert_unsound(cli)["OpenID provider"]
    provider.faults["/.well-known/openid-configuration"] = Response(status=503)
    assert "answered 503" in assert_unsound(cli)["OpenID provider"]
