"""People of providers: who they are, and those who come for the first time at one moment."""

from concurrent.futures import ThreadPoolExecutor

from connector.domain.identities import Identity
from connector.domain.people import PersonRole
from connector.store.identities import Identities
from connector.store.roles import Role


def test_nobody_becomes_two_people_and_no_two_get_one_name(database_as, sql):
    identities = Identities(database_as(Role.CONSOLE))
    annas = [Identity("https://login.test", f"00u-{n % 2}", "anna", None) for n in range(8)]
    with ThreadPoolExecutor(4) as threads:
        known = list(threads.map(lambda one: identities.welcome(one, PersonRole.VIEWER), annas))
    assert len({person.id for person in known}) == 2
    assert sorted(sql("SELECT name FROM person")) == [("anna",), ("anna-2",)]


def test_a_subject_of_another_issuer_is_somebody_else(database_as):
    identities = Identities(database_as(Role.CONSOLE))
    known = [
        identities.welcome(Identity(issuer, "00u", "anna", None), PersonRole.VIEWER).name
        for issuer in ("https://login.test", "https://other.test", "https://login.test")
    ]
    assert known == ["anna", "anna-2", "anna"]
