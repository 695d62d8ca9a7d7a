"""Who people are whom an OpenID provider signs in, and what they may."""

from connector.domain.people import PersonRole
from tests.console.conftest import HASH
from tests.console.openid import PEOPLE, settings, sign_in, told

__all__ = ["settings"]  # a fixture


def test_without_a_role_nobody_gets_in_and_is_told_whom_to_ask(browser, provider, sql):
    provider.claims["groups"] = ["everybody"]
    one = browser()
    answer = sign_in(one)
    assert answer.status_code == 403
    assert "says that you are anna" in told(answer)
    assert "Ask whoever looks after your groups there, or whoever runs ml-connector" in told(answer)
    assert one.get("/").status_code == 302
    assert sql(PEOPLE) == []


def test_the_role_is_taken_anew_at_each_signing_in_the_one_of_several_that_may_most(
    browser, provider, sql
):
    for groups, role in (
        (["ap-leads", "ap-team"], "approver"),
        ("ap-team", "operator"),
        (["ap-team", "it"], "admin"),
    ):
        provider.claims["groups"] = groups
        assert sign_in(browser()).location == "/"
        assert sql(PEOPLE) == [("anna", role, None)]
    provider.claims["groups"] = []
    assert sign_in(browser()).status_code == 403


def test_a_person_is_known_by_issuer_and_subject_and_keeps_the_name(browser, provider, sql):
    assert sign_in(browser()).location == "/"
    provider.claims |= {"preferred_username": "anna.b", "email": "anna.b@acme.example"}
    assert sign_in(browser()).location == "/"
    assert sql(PEOPLE) == [("anna", "operator", None)]


def test_nobody_who_is_there_is_taken_over_by_a_name_or_an_address(browser, provider, people, sql):
    people.add("Anna", PersonRole.ADMIN, HASH)
    people.add("anna@acme.example", PersonRole.ADMIN, HASH)
    for said in (
        {},
        {"sub": "00u-other"},
        {"sub": "00u-third", "preferred_username": "anna-2"},
        {
            "sub": "00u-fourth",
            "preferred_username": None,
            "email": "anna@acme.example",
            "email_verified": True,
        },
    ):
        provider.claims |= said
        assert sign_in(browser()).location == "/"
    assert [row[:2] for row in sql(PEOPLE)] == [
        ("Anna", "admin"),
        ("anna@acme.example", "admin"),
        ("anna-2", "operator"),
        ("anna-3", "operator"),
        ("anna-2-2", "operator"),
        ("anna@acme.example-2", "operator"),
    ]
    assert browser().sign_in("Anna").location == "/"


def test_whoever_is_switched_off_here_stays_out(browser, provider, people):
    one = browser()
    sign_in(one)
    people.change("anna", disabled=True)
    assert one.get("/").status_code == 302
    answer = sign_in(one)
    assert answer.status_code == 403
    assert "You are switched off here" in told(answer)
    people.change("anna", disabled=False)
    assert sign_in(one).location == "/"


def test_a_provider_gives_nobody_a_password(browser, provider):
    sign_in(browser())
    assert browser().sign_in("anna", "").status_code == 401


def test_the_list_of_people_says_where_each_comes_from(browser, provider, people):
    people.add("ben", PersonRole.VIEWER, HASH)
    sign_in(browser())
    assert [(one["name"], one["signs_in_with"]) for one in people.all()] == [
        ("anna", provider.issuer),
        ("ben", "password"),
    ]
