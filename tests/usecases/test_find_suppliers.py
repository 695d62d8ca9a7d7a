"""A merchant is looked for once for each reading of the suppliers; people's words go first."""

from connector.domain.accounting import Vendor
from connector.domain.suppliers import Found, Supplier, SupplierMatching
from tests.usecases.memory_merchants import MemorySuppliers, find_suppliers

TAXI = Vendor("pmch_1", "TAXI STOCKHOLM")
REGISTER = [Supplier("7", "Taxi Stockholm AB")]


def test_a_merchant_is_matched_once_for_each_reading_of_the_suppliers():
    suppliers = MemorySuppliers(REGISTER)
    find = find_suppliers(suppliers)
    for _ in range(2):
        assert find.run([TAXI], keep=True)["pmch_1"].supplier == "7"
    assert suppliers.readings == 1
    suppliers.replace([Supplier("7", "Taxi Stockholm AB", blocked=True)])
    assert find.run([TAXI], keep=True)["pmch_1"].supplier is None
    assert suppliers.readings == 2


def test_what_a_person_confirmed_goes_before_the_name():
    find = find_suppliers(MemorySuppliers(REGISTER))
    find.merchants.confirm(TAXI, "8")
    found = find.run([TAXI], keep=True)["pmch_1"]
    assert (found.supplier, found.found) == ("8", Found.CONFIRMED)


def test_nothing_is_read_where_merchants_are_not_to_be_matched():
    suppliers = MemorySuppliers(REGISTER)
    find = find_suppliers(suppliers, SupplierMatching(enabled=False))
    assert find.run([TAXI], keep=True)["pmch_1"].supplier is None
    assert suppliers.readings == 0


def test_a_preview_keeps_nothing():
    find = find_suppliers(MemorySuppliers(REGISTER))
    assert find.run([TAXI], keep=False)["pmch_1"].supplier == "7"
    assert find.merchants == {}
