"""The map of merchants: what a person confirmed stays, and what waits for it goes on."""

from datetime import UTC, datetime

import psycopg2
import pytest

from connector.domain.accounting import Vendor
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Status, Step
from connector.domain.suppliers import Found, Match, SupplierCandidate
from connector.ports import Basis, Fetched
from connector.store.actions import PostgresActions
from connector.store.merchants import PostgresMerchants
from connector.store.roles import Role
from tests.store_fixtures import invoice

TAXI = Vendor("pmch_1", "TAXI STOCKHOLM")
UNKNOWN = Hold(Reason.SUPPLIER_UNKNOWN, "no supplier", "vendor", "pmch_1 TAXI STOCKHOLM")
NEW = Basis(datetime(2026, 11, 2, tzinfo=UTC), "92/6")
OLD = Basis(datetime(2026, 11, 1, tzinfo=UTC), "92/6")
FUZZY = Match("7", Found.FUZZY, 96.5, (SupplierCandidate("7", "Taxi", 96.5, "Lund"),))


@pytest.fixture
def merchants(database_as, connection_id):
    return PostgresMerchants(database_as(Role.WORKER), connection_id)


@pytest.fixture
def fetched(intake, records, lease, connection_id):
    def bring(record_id="accr_1"):
        intake.receive(connection_id, [record_id])
        (row,) = lease(Step.FETCH, record_id, batch=1)
        records.fetched([Fetched(row, {"id": record_id, "vendor": {"id": "pmch_1"}}, 1)])
        return lease(Step.MAP, record_id, batch=1)[0]

    return bring


def test_a_match_is_kept_and_an_older_reading_does_not_replace_it(merchants):
    assert merchants.keep({TAXI: FUZZY}, NEW)["pmch_1"].match == FUZZY
    assert merchants.keep({TAXI: Match(None, None)}, OLD)["pmch_1"].match == FUZZY
    assert merchants.stale(NEW, after="", limit=9) == []
    assert merchants.stale(Basis(NEW.register_at, "99/6"), after="", limit=9) == [TAXI]


def test_what_a_person_confirmed_stays(merchants, sql):
    merchants.keep({TAXI: FUZZY}, OLD)
    merchants.confirm(Vendor("pmch_1", ""), "8")
    stands = merchants.keep({TAXI: FUZZY}, NEW)["pmch_1"]
    assert (stands.name, stands.match.supplier, stands.match.found) == (TAXI.name, "8", "confirmed")
    with pytest.raises(psycopg2.Error, match="confirmed by a person"):
        sql("UPDATE merchant SET found = 'fuzzy'")
    history = "SELECT supplier, found, actor FROM merchant_history ORDER BY id"
    assert sql(history) == [("7", "fuzzy", "test"), ("8", "confirmed", "test")]


def test_what_waits_for_a_merchant_is_found_and_goes_on(merchants, records, fetched, database_as):
    row = fetched()
    merchants.keep({TAXI: Match(None, None)}, NEW)
    records.hold([(row, UNKNOWN)])
    assert merchants.waiting(["pmch_2"], after=0, limit=9) == []
    assert merchants.waiting(["pmch_1"], after=0, limit=9) == [row.id]
    moved = PostgresActions(database_as(Role.CONSOLE)).retry([row.id])
    assert [one.status for one in moved] == [Status.RECEIVED]


def test_what_wants_an_employees_supplier_does_not_wait_for_the_merchants(
    merchants, records, fetched
):
    row = fetched()
    records.hold([(row, Hold(Reason.SUPPLIER_UNKNOWN, "no supplier", "user", "cuuser_1"))])
    merchants.confirm(TAXI, "8")
    assert merchants.count_waiting("pmch_1") == 0
    assert merchants.left_behind(after=0, limit=9) == []
    assert merchants.stale(NEW, after="", limit=9) == []


def test_a_merchant_that_was_held_before_there_was_a_map_is_looked_for(merchants, records, fetched):
    assert merchants.stale(NEW, after="", limit=9) == []
    records.hold([(fetched(), UNKNOWN), (fetched("accr_2"), UNKNOWN)])
    assert merchants.stale(NEW, after="", limit=9) == [Vendor("pmch_1", "")]
    assert merchants.stale(NEW, after="pmch_1", limit=9) == []
    merchants.keep({TAXI: Match(None, None)}, NEW)
    assert merchants.stale(NEW, after="", limit=9) == []


def test_a_record_held_behind_the_back_of_a_confirmation_begins_again(
    merchants, records, fetched, sql
):
    row = fetched()
    merchants.keep({TAXI: Match(None, None)}, NEW)
    merchants.confirm(TAXI, "8")
    records.hold([(row, UNKNOWN)])
    assert sql("SELECT status FROM record") == [("received",)]


def test_a_record_mapped_behind_the_back_of_a_correction_begins_again_and_once(
    merchants, records, fetched, lease, sql
):
    merchants.keep({TAXI: Match("BREX", Found.FUZZY, 96.5)}, NEW)
    row, other = fetched(), fetched("accr_2")
    records.mapped([(row, [invoice("accr_1")])], 1)
    merchants.confirm(TAXI, "8")
    assert merchants.unbegun(["pmch_1"], after=0, limit=9) == [row.id]
    records.mapped([(other, [invoice("accr_2")])], 1)
    stand = "SELECT status FROM record WHERE id = %s"
    assert sql(stand, other.id) == [("received",)]
    (other,) = lease(Step.FETCH, "accr_2", batch=1)
    records.fetched([Fetched(other, {"id": "accr_2", "vendor": {"id": "pmch_1"}}, 2)])
    (other,) = lease(Step.MAP, "accr_2", batch=1)
    records.mapped([(other, [invoice("accr_2")])], 1)  # as [mapping.suppliers] may have it
    assert sql(stand, other.id) == [("mapped",)]


def test_a_mapped_record_begins_again_and_one_that_is_decided_never(
    bring, database_as, decide, sql
):
    row = bring(Status.MAPPED)
    actions = PostgresActions(database_as(Role.CONSOLE))
    assert actions.begin_again([row.id]) == []  # a worker has it
    sql("UPDATE record SET lease_until = NULL")
    assert [one.status for one in actions.begin_again([row.id])] == [Status.RECEIVED]
    other = bring(Status.MAPPED, "accr_2")
    decide(other)
    sql("UPDATE record SET lease_until = NULL")
    assert actions.begin_again([other.id]) == []
