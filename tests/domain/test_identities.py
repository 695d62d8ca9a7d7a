"""What claims about a person are worth here: a name that the histories can have, and a role."""

import pytest

from connector.domain.identities import identity_from
from connector.domain.people import PersonRole
from connector.openid_settings import ROLES

GIVEN = (("ap-team", "operator"), ("ap-leads", "approver"), ("it", "admin"))


def identity(**claims):
    said = {"iss": "https://login.test", "sub": "00u", "preferred_username": "anna"} | claims
    return identity_from(said, "groups", GIVEN)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({}, "anna"),
        ({"preferred_username": "ACME\\Åsa Öberg"}, "ACME-Asa-Oberg"),
        ({"preferred_username": "<script>", "email": "a@b"}, "script"),
        ({"preferred_username": "安娜", "email": "anna@acme.example"}, "anna@acme.example"),
        ({"preferred_username": 7, "sub": "auth0|5f7"}, "auth0-5f7"),
        ({"preferred_username": None, "sub": "安娜"}, "somebody"),
        ({"preferred_username": "a" * 200}, "a" * 50),
        ({"preferred_username": "-._@"}, "00u"),
    ],
)
def test_a_name_is_made_of_the_first_of_what_the_provider_says(said, name):
    assert identity(**said).name == name


@pytest.mark.parametrize(
    "groups", [None, [], "", ["everybody"], "ap-teams", 7, {"ap-team": 1}, [["it"], {}]]
)
def test_what_names_no_group_gives_no_role(groups):
    assert identity(groups=groups).role is None


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        ("ap-team", PersonRole.OPERATOR),
        (["everybody", "ap-team"], PersonRole.OPERATOR),
        (["it", "ap-leads", "ap-team"], PersonRole.ADMIN),
        (["ap-leads", "ap-team"], PersonRole.APPROVER),
    ],
)
def test_of_several_roles_the_one_counts_that_may_most(groups, role):
    assert identity(groups=groups).role is role


def test_the_settings_know_the_roles_that_there_are():
    assert list(ROLES) == list(PersonRole)
