"""A reading of the ERP's master data is kept as a whole; what it lacks is gone, never deleted."""

from datetime import UTC, date, datetime, timedelta

import pytest

from connector.domain.master_data import Entry, Kind
from connector.store.master_data import MasterData
from connector.store.roles import Role

FIRST = datetime(2026, 11, 1, tzinfo=UTC)
SECOND, THIRD = FIRST + timedelta(hours=1), FIRST + timedelta(hours=2)
TRAVEL = Entry("7500", "Travel", company="AAA", valid_from=date(2026, 1, 1))
FUEL = Entry("7510", "Fuel", company="AAA")


@pytest.fixture
def acme(database_as, connection_id):
    return MasterData(database_as(Role.WORKER), connection_id)


def seen(kept):
    return [(one.entry.code, one.first_seen, one.last_seen, one.gone) for one in kept]


def test_what_a_reading_lacks_is_gone_and_may_come_back(acme):
    assert acme.changed_at(Kind.GL_ACCOUNT) is None
    assert acme.keep(Kind.GL_ACCOUNT, [TRAVEL, FUEL], FIRST)
    assert acme.keep(Kind.GL_ACCOUNT, [FUEL], SECOND)
    assert seen(acme.entries(Kind.GL_ACCOUNT)) == [
        ("7500", FIRST, FIRST, True),
        ("7510", FIRST, SECOND, False),
    ]
    assert acme.keep(Kind.GL_ACCOUNT, [TRAVEL, FUEL], THIRD)
    kept = acme.entries(Kind.GL_ACCOUNT)
    assert [one.entry for one in kept] == [TRAVEL, FUEL]
    assert seen(kept) == [("7500", FIRST, THIRD, False), ("7510", FIRST, THIRD, False)]


def test_an_entry_is_told_apart_by_dimension_and_company(acme):
    entries = [Entry("1", "one", part, company) for part in ("AIT2", "AIT3") for company in "AB"]
    acme.keep(Kind.DIMENSION_VALUE, entries, FIRST)
    assert [one.entry for one in acme.entries(Kind.DIMENSION_VALUE)] == entries
    assert [one.entry for one in acme.entries(Kind.DIMENSION_VALUE, "AIT3")] == entries[2:]
    assert acme.entries(Kind.GL_ACCOUNT) == []


def test_a_reading_that_changes_nothing_writes_no_entry(acme, sql):
    acme.keep(Kind.GL_ACCOUNT, [TRAVEL, FUEL], FIRST)
    written = sql("SELECT xmin::text FROM erp_entry ORDER BY code")
    acme.keep(Kind.GL_ACCOUNT, [TRAVEL, FUEL], SECOND)
    assert sql("SELECT xmin::text FROM erp_entry ORDER BY code") == written
    assert acme.changed_at(Kind.GL_ACCOUNT) == FIRST
    acme.keep(Kind.GL_ACCOUNT, [TRAVEL, Entry("7510", "Petrol", company="AAA")], THIRD)
    assert acme.changed_at(Kind.GL_ACCOUNT) == THIRD


def test_an_older_reading_does_not_replace_a_newer_one(acme):
    acme.keep(Kind.GL_ACCOUNT, [TRAVEL], SECOND)
    assert not acme.keep(Kind.GL_ACCOUNT, [FUEL], FIRST)
    assert [one.entry for one in acme.entries(Kind.GL_ACCOUNT)] == [TRAVEL]


def test_the_extras_of_a_supplier_are_kept(acme):
    blocked = Entry(
        "732000", "Hotel AB", blocked=True, extras={"vat_number": "SE1", "city": "Lund"}
    )
    acme.keep(Kind.SUPPLIER, [blocked], FIRST)
    assert [one.entry for one in acme.entries(Kind.SUPPLIER)] == [blocked]
