"""Each process works with the rights of its role, whoever logs in."""

import pytest

from connector.store.roles import Role


@pytest.fixture
def as_owner():
    """One DATABASE_URL for all."""
    return {}, {}


@pytest.fixture
def as_own_users(login_user):
    """A login user for the gateway, another for the workers."""
    urls = (login_user(Role.GATEWAY), login_user(Role.WORKER))
    return tuple({"DATABASE_URL": url.reveal()} for url in urls)


@pytest.mark.parametrize("users", ["as_owner", "as_own_users"])
def test_records_become_invoices_with_the_rights_of_the_roles(users, request, installation):
    gateway, worker = request.getfixturevalue(users)
    installation.sql("ALTER TABLE record_history ADD rights_of text DEFAULT current_user")
    installation.connect()
    installation.worker(**worker)
    installation.beat()
    installation.gateway(**gateway)
    ids = installation.spend(20, refunds=0.1)
    installation.release()
    installation.wait_for("exported", 20)
    installation.assert_posted_once(ids)
    assert installation.sql(
        "SELECT DISTINCT actor, rights_of FROM record_history ORDER BY actor"
    ) == [("gateway", Role.GATEWAY), ("worker", Role.WORKER)]
