"""Signing in by OpenID Connect, through a provider over real HTTP."""

import logging
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Response
from structlog.testing import capture_logs

from connector.domain.people import PersonRole
from connector.openid import round_trip
from console.app import create_app
from tests.console.conftest import HASH
from tests.console.openid import ADDRESS, PEOPLE, settings, sign_in, there, told

__all__ = ["settings"]  # a fixture


@pytest.fixture
def logged(caplog):
    """All that is logged, before anything is masked in it."""
    caplog.set_level(logging.DEBUG)
    with capture_logs() as events:
        yield lambda: f"{events}{caplog.text}"


def test_whoever_the_provider_knows_comes_to_the_page_that_was_asked_for(browser, provider, sql):
    one = browser()
    asked = one.get("/held?order=largest")
    assert asked.location == "/sign-in?next=/held?order%3Dlargest"
    page = one.get(asked.location)
    assert f"Sign in with {urlsplit(provider.issuer).netloc}" in page.text
    assert 'name="password"' in page.text
    (link,) = re.findall(r'href="(/sign-in/openid[^"]*)"', page.text)
    entered = one.get(there(one, link))
    assert (entered.status_code, entered.location) == (302, "/held?order=largest")
    assert one.get(entered.location).status_code == 200
    assert sql(PEOPLE) == [("anna", "operator", None)]
    assert provider.codes == {}


@pytest.mark.parametrize(
    "address",
    ["https://evil.test/", "//evil.test", "/\\evil.test", f"/held?search={'x' * 1_000}"],
    ids=["elsewhere", "another host", "a backslash", "more than a cookie holds"],
)
def test_nobody_is_led_elsewhere_after_signing_in(browser, provider, address):
    one = browser()
    assert one.get(there(one, f"/sign-in/openid?next={address}")).location == "/"


def test_the_provider_is_asked_for_a_code_with_all_that_binds_it_to_this_browser(browser, provider):
    trips = [parse_qs(urlsplit(browser().get("/sign-in/openid").location).query) for _ in range(2)]
    for trip in trips:
        assert trip["scope"] == ["openid email profile"]
        assert trip["redirect_uri"] == [f"{ADDRESS}/sign-in/openid/callback"]
        assert all(len(trip[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))
    for name in ("state", "nonce", "code_challenge"):
        assert trips[0][name] != trips[1][name]


def test_a_token_that_cannot_be_relied_on_lets_nobody_in(browser, provider, sql, logged):
    provider.claims["nonce"] = "another"
    one = browser()
    answer = sign_in(one)
    assert answer.status_code == 401
    assert "cannot be relied on" in told(answer)
    assert one.get("/").status_code == 302
    assert sql(PEOPLE) == []
    assert "'why': 'its ID token: invalid_claim nonce', 'event': 'sign_in_refused'" in logged()
    assert "CANARY" not in logged() + answer.text


def test_a_code_that_was_redeemed_before_lets_nobody_in(browser, provider, logged):
    one = browser()
    back = there(one)
    provider.codes.clear()
    answer = one.get(back)
    assert answer.status_code == 401
    assert one.get("/").status_code == 302
    assert "invalid_grant" in logged()
    assert "CANARY" not in logged()


def test_an_answer_for_another_browser_is_not_even_redeemed(browser, provider):
    """Else somebody could have others work under his name."""
    back = there(browser())
    other = browser()
    for one in (browser(), other):
        if one is other:
            there(other)
        answer = one.get(back)
        assert answer.status_code == 400
        assert "was not for this browser" in told(answer)
        assert one.get("/").status_code == 302
    assert "/token" not in provider.asked


def test_an_answer_counts_once_and_not_late(browser, provider, monkeypatch):
    one = browser()
    back = there(one)
    assert one.get(back).status_code == 302
    assert one.get(back).status_code == 400
    late = browser()
    back = there(late)
    monkeypatch.setattr(round_trip, "_LONGEST_S", 0)
    assert late.get(back).status_code == 400
    assert provider.asked.count("/token") == 1


@pytest.mark.parametrize("said", ["?error=access_denied", "?", "?error=<script>"])
def test_whoever_the_provider_turns_away_sees_that(browser, provider, said):
    one = browser()
    state = parse_qs(urlsplit(there(one)).query)["state"][0]
    back = f"/sign-in/openid/callback{said}&state={state}"
    answer = one.get(back)
    assert answer.status_code == 401
    assert "did not sign you in" in told(answer)
    assert one.get(back).status_code == 400
    assert "<script>" not in answer.text


# -- sessions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ended",
    [
        "UPDATE person_session SET seen_at = now() - interval '31 minutes'",
        "UPDATE person_session SET began_at = now() - interval '13 hours'",
    ],
)
def test_the_sessions_end_as_all_others_do(browser, provider, sql, ended):
    one = browser()
    before = there(one)
    cookie = one.client.get_cookie("__Host-ml-connector", "desk.test").value
    set_cookie = one.get(before).headers["Set-Cookie"]
    assert cookie not in set_cookie
    assert set_cookie.endswith("; Secure; HttpOnly; Path=/; SameSite=Lax")
    assert one.get("/").status_code == 200
    sql(ended)
    assert one.get("/").status_code == 302


def test_signing_out_ends_the_session_here_and_leads_to_the_end_of_the_one_there(
    browser, provider, sql
):
    one = browser()
    sign_in(one)
    answer = one.post("/sign-out", page="/")
    assert answer.status_code == 200
    there = answer.headers["Refresh"].removeprefix("0; url=")
    assert there.startswith(f"{provider.issuer}/end?client_id=ml-connector&")
    back = requests.get(there, allow_redirects=False, timeout=10).headers["Location"]
    assert back == f"{ADDRESS}/sign-in"
    assert one.get("/").status_code == 302
    assert sql("SELECT count(*) FROM person_session WHERE ended_at IS NULL") == [(0,)]


@pytest.mark.parametrize("away", [True, False])
def test_a_provider_without_such_a_place_or_away_keeps_nobody_signed_in(browser, provider, away):
    one = browser()
    sign_in(one)
    provider.document["end_session_endpoint"] = None
    if away:
        provider.faults["/.well-known/openid-configuration"] = Response(status=503)
    assert one.post("/sign-out", page="/").location == "/sign-in"
    assert one.get("/").status_code == 302
    assert ("sign out there, too" in one.get("/sign-in").text) is away


def test_a_session_by_password_ends_here_alone(at_desk, provider):
    provider.asked.clear()
    assert at_desk("viewer").post("/sign-out", page="/").location == "/sign-in"
    assert provider.asked == []


def test_passwords_can_be_left_to_the_provider(desk, settings, people, provider):
    only = replace(settings, openid=provider.settings(is_only_way=True))
    client = create_app(replace(desk, settings=only)).test_client()
    page = client.get("/sign-in", base_url=ADDRESS).text
    assert "Sign in with" in page
    assert 'name="password"' not in page
    people.add("anna", PersonRole.ADMIN, HASH)
    token = re.search(r'"X-CSRFToken": "([^"]+)"', page)[1]
    form = {"name": "anna", "password": "correct horse battery", "csrf_token": token}
    headers = {"Referer": f"{ADDRESS}/"}
    answer = client.post("/sign-in", base_url=ADDRESS, data=form, headers=headers)
    assert answer.status_code == 405


# -- the provider errs -----------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["/.well-known/openid-configuration", "/token", "/jwks"])
def test_a_provider_that_does_not_answer_lets_nobody_in_and_is_named(
    browser, provider, sql, part, logged
):
    one = browser()
    back = there(one)
    provider.faults[part] = Response("CANARY", status=503)
    answer = one.get(back)
    assert answer.status_code == 503
    assert "does not answer. Try again in a moment." in told(answer)
    assert one.get("/").status_code == 302
    assert sql(PEOPLE) == []
    assert "CANARY" not in logged() + answer.text


def test_whoever_cannot_be_sent_there_is_told_and_may_use_a_password(browser, provider):
    provider.document = {"issuer": "https://evil.test"}
    answer = browser().get("/sign-in/openid")
    assert answer.status_code == 401
    assert "cannot be relied on" in told(answer)
    assert 'name="password"' in answer.text


def test_many_tries_from_one_address_are_refused(browser):
    one = browser()
    codes = [one.get("/sign-in/openid/callback?state=x").status_code for _ in range(11)]
    assert codes == [400] * 10 + [429]
    codes = [one.get("/sign-in/openid").status_code for _ in range(11)]
    assert codes == [302] * 10 + [429]


def test_without_a_provider_there_is_no_such_way(desk, settings):
    alone = create_app(replace(desk, settings=replace(settings, openid=None))).test_client()
    assert alone.get("/sign-in/openid", base_url=ADDRESS).status_code == 404
    assert "Sign in with" not in alone.get("/sign-in", base_url=ADDRESS).text
