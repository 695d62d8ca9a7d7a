"""Signing in: sessions, their limits, roles, CSRF, lock-out, and the headers of every answer."""

import pytest

from connector.domain.people import MOST_FAILURES, PersonRole, Right
from tests.console.conftest import HASH, PASSWORD

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def test_whoever_has_not_signed_in_is_asked_to_and_comes_back_to_the_page(browser, people):
    people.add("anna", PersonRole.VIEWER, HASH)
    one = browser()
    asked = one.get("/?x=1")
    assert (asked.status_code, asked.location) == (302, "/sign-in?next=/?x%3D1")
    entered = one.post(asked.location, name="anna", password=PASSWORD)
    assert (entered.status_code, entered.location) == (302, "/?x=1")
    assert one.get("/").status_code == 200


def test_nobody_is_led_elsewhere_after_signing_in(browser, people):
    people.add("anna", PersonRole.VIEWER, HASH)
    for address in ("https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)"):
        one = browser()
        answer = one.post(f"/sign-in?next={address}", name="anna", password=PASSWORD)
        assert answer.location == "/"


def test_a_wrong_password_and_a_wrong_name_get_the_same_answer(browser, people):
    people.add("anna", PersonRole.VIEWER, HASH)
    answers = [browser().sign_in(name, "something else") for name in ("anna", "nobody")]
    assert [one.status_code for one in answers] == [401, 401]
    texts = [one.text.replace(one.text.partition("csrf")[2][:200], "") for one in answers]
    assert "Name or password is wrong" in texts[0]
    assert "Name or password is wrong" in texts[1]


def test_wrong_passwords_lock_the_name_for_a_while(browser, people, sql):
    people.add("anna", PersonRole.VIEWER, HASH)
    one = browser()
    for _ in range(MOST_FAILURES):
        assert one.sign_in("anna", "something else").status_code == 401
    assert one.sign_in("anna").status_code == 401
    sql("UPDATE person SET locked_until = now() - interval '1 second'")
    assert one.sign_in("anna").status_code == 302


def test_many_tries_from_one_address_are_refused_whatever_the_name(browser):
    one = browser()
    codes = [one.sign_in(f"name{n}", "guess").status_code for n in range(11)]
    assert codes == [401] * 10 + [429]


@pytest.mark.parametrize(
    "ended",
    [
        "UPDATE person_session SET seen_at = now() - interval '31 minutes'",
        "UPDATE person_session SET began_at = now() - interval '13 hours'",
        "UPDATE person SET disabled_at = now()",
    ],
)
def test_a_session_ends_when_idle_when_old_and_with_the_person(at_desk, sql, ended):
    one = at_desk("viewer")
    assert one.get("/").status_code == 200
    sql(ended)
    assert one.get("/").status_code == 302


def test_whoever_signs_out_is_out_with_every_copy_of_the_cookie(at_desk, sql):
    one = at_desk("viewer")
    cookie = one.client.get_cookie("__Host-ml-connector", "desk.test")
    one.post("/sign-out", page="/")
    one.client.set_cookie("__Host-ml-connector", cookie.value, domain="desk.test", secure=True)
    assert one.get("/").status_code == 302
    assert sql("SELECT count(*) FROM person_session WHERE ended_at IS NOT NULL") == [(1,)]


def test_a_change_without_the_forms_token_is_refused_and_changes_nothing(at_desk, sql):
    one = at_desk("viewer")
    answer = one.client.post("/sign-out", base_url="https://desk.test")
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.text
    assert sql("SELECT count(*) FROM person_session WHERE ended_at IS NOT NULL") == [(0,)]


def test_every_answer_has_the_headers_that_protect_it(at_desk):
    one = at_desk("viewer")
    for path in ("/", "/sign-in", "/nothing-here", "/static/desk.css", "/livez"):
        headers = one.get(path).headers
        assert headers["Content-Security-Policy"] == CSP
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
    assert one.get("/").headers["Cache-Control"] == "no-store"


def test_the_cookie_goes_by_https_alone_and_no_script_reads_it(browser, people):
    people.add("anna", PersonRole.VIEWER, HASH)
    cookie = browser().sign_in("anna").headers["Set-Cookie"]
    assert cookie.startswith("__Host-ml-connector=")
    assert cookie.endswith("; Secure; HttpOnly; Path=/; SameSite=Lax")


def test_each_role_may_what_the_one_before_it_may():
    assert {role: [right for right in Right if role.may(right)] for role in PersonRole} == {
        PersonRole.VIEWER: [Right.SEE],
        PersonRole.OPERATOR: [Right.SEE, Right.WORK],
        PersonRole.APPROVER: [Right.SEE, Right.WORK, Right.APPROVE],
        PersonRole.ADMIN: list(Right),
    }


def test_health_is_told_to_anybody(browser):
    assert [browser().get(path).status_code for path in ("/livez", "/readyz")] == [200, 200]
