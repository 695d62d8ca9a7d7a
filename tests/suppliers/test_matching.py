"""Which supplier a merchant is, and when nobody can say."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.suppliers import Found, Supplier, SupplierMatching
from connector.suppliers.catalogue import Catalogue
from connector.suppliers.matching import match

REGISTER = (
    Supplier("1", "Scandinavian Airlines System", ("SE902001772001",), "Stockholm", "SE"),
    Supplier("2", "Restaurang Kött & Fisk AB", ("556677-8899",), "Stockholm", "SE"),
    Supplier("3", "Brinkeby Bygg AB", city="Malmö"),
    Supplier("4", "Brinkeby Holding AB", city="Malmö"),
    Supplier("5", "Müller Büromöbel GmbH & Co. KG", city="München"),
    Supplier("6", "Nordvik Hotell AS", city="Bergen"),
    Supplier("7", "Tallbacka El AB", blocked=True),
    Supplier("8", "Tallbacka Rör AB"),
    Supplier("9", "Ekeberga Plåt AB", city="Lund"),
    Supplier("10", "Ekeberga Plåt AB", city="Umeå"),
    Supplier("11", "Larsson Måleri AB"),
    Supplier("12", "Kestrel EMEA Ltd"),
)
CATALOGUE = Catalogue(REGISTER)


def matched(name, *suppliers, thresholds=None):
    found = match(
        name, Catalogue(suppliers) if suppliers else CATALOGUE, thresholds or SupplierMatching()
    )
    return found.supplier, found.found


@pytest.mark.parametrize(
    "name",
    [
        "RESTAURANG KOTT & FISK",
        "Restaurang Kött och Fisk",
        "SQ *REST KOETT & FISK",
        "PAYPAL *KOTT&FISK RESTAURANG",
        "WWW.RESTAURANGKOTTFISK.SE",
        "RESTAURANG KOTT & FISK STOCKHOLM     SE",
        "RESTAURANG KOTT & FISK #123",
        "RESTAURANGKOTTFISK",
        "Restaurang Kött & Fisk Aktiebolag",
    ],
)
def test_case_accents_forms_processors_numbers_and_places_do_not_matter(name):
    assert matched(name)[0] == "2"


@pytest.mark.parametrize(
    ("name", "supplier", "how"),
    [
        ("Scandinavian Airlines System", "1", Found.EXACT),
        ("SCANDINAVIAN AIRLINES SYS", "1", Found.FUZZY),
        ("Scandinavian Airlnes System", "1", Found.FUZZY),
        ("MUELLER BUEROMOEBEL GMBH", "5", Found.EXACT),
        ("MULLER BUROMOBEL", "5", Found.EXACT),
        ("KESTREL*CLOUD", "12", Found.FUZZY),
        ("Fish of Sweden 556677-8899", "2", Found.NUMBER),
        ("SAS SE902001772001", "1", Found.NUMBER),
    ],
)
def test_a_number_goes_before_the_name_and_the_same_name_before_a_like_one(name, supplier, how):
    assert matched(name) == (supplier, how)


@pytest.mark.parametrize(
    "name",
    [
        "BRINKEBY",  # the holding or the subsidiary
        "BRINKEBY MALERI",  # a sister
        "LARSEN MALERI",  # another surname
        "LARSSON BYGG",  # another trade
        "TALLBACKA EL",  # blocked
        "EKEBERGA PLAT",  # one branch or the other
        "EKEBERGA PLAT UPPSALA",
        "NORDVIK HOTELL MALMO",  # a hotel of that name elsewhere
        "MULLER BUROMOBEL AB",  # a company of another form
        "KOTT",
        "COFFEE",
        "",
        "***",
        "0123456789",
    ],
)
def test_what_nobody_can_tell_is_nobody(name):
    assert matched(name) == (None, None)


@pytest.mark.parametrize(("city", "supplier"), [("LUND", "9"), ("UMEA", "10"), ("UMEAA", "10")])
def test_the_city_tells_branches_apart(city, supplier):
    assert matched(f"EKEBERGA PLAT          {city}         SE") == (supplier, Found.EXACT)


def test_the_company_form_tells_companies_apart():
    companies = Supplier("1", "Acme AB"), Supplier("2", "Acme GmbH")
    assert matched("ACME", *companies) == (None, None)
    assert matched("ACME GMBH", *companies) == ("2", Found.EXACT)


def test_a_blocked_supplier_gives_way_to_the_one_that_took_its_place():
    blocked, active = Supplier("1", "Acme AB", blocked=True), Supplier("2", "Acme AB")
    assert matched("ACME", blocked, active) == ("2", Found.EXACT)
    assert matched("ACME", blocked) == (None, None)


def test_a_number_of_two_suppliers_decides_only_together_with_the_name():
    lund = Supplier("1", "Acme Lund AB", ("556677-8899",))
    umea = Supplier("2", "Acme Umeå AB", ("556677-8899",))
    other = Supplier("3", "Nordvik AB")
    assert matched("Acme Umeå 556677-8899", lund, umea, other) == ("2", Found.EXACT)
    assert matched("Nordvik 556677-8899", lund, umea, other) == (None, None)


def test_the_thresholds_decide_from_where_a_like_name_is_taken():
    name = "Scandinavian Airlnes System"
    assert matched(name, thresholds=SupplierMatching(automatic=100)) == (None, None)
    near = Supplier("1", "Scandinavian Airlines System"), Supplier("2", "Scandinavian Airlines")
    assert matched("SCANDINAVIAN AIRLINES SYST", *near)[0] == "1"
    assert (
        matched("SCANDINAVIAN AIRLINES SYST", *near, thresholds=SupplierMatching(margin=30))[0]
        is None
    )


def test_the_five_best_are_candidates_and_no_blocked_one():
    suppliers = [
        Supplier(str(n), f"Acme {trade}", blocked=trade == "El")
        for n, trade in enumerate(("El", "Bygg", "Rör", "Glas", "Frakt", "Tak", "Golv"))
    ]
    found = match("ACME KONSULT", Catalogue(suppliers), SupplierMatching())
    assert found.supplier is None
    assert len(found.candidates) == 5
    assert "0" not in {one.number for one in found.candidates}
    assert all(0 < one.score <= 80 for one in found.candidates)


@given(st.text(max_size=60))
def test_any_text_is_read(text):
    found = match(text, CATALOGUE, SupplierMatching())
    assert found.supplier != "7"
    assert all(0 < one.score <= 100 for one in found.candidates)


@given(st.sampled_from(REGISTER), st.text(string.whitespace, max_size=3), st.booleans())
def test_a_register_of_one_finds_it_by_its_own_name(supplier, blanks, is_upper):
    name = supplier.name.upper() if is_upper else supplier.name
    found = match(f"{blanks}{name}{blanks}", Catalogue([supplier]), SupplierMatching())
    assert found.supplier == (None if supplier.blocked else supplier.number)


@given(st.permutations(REGISTER))
def test_the_order_of_the_register_does_not_matter(register):
    catalogue = Catalogue(register)
    for name in ("EKEBERGA PLAT", "BRINKEBY BYGG", "SCANDINAVIAN AIRLNES SYSTEM"):
        assert match(name, catalogue, SupplierMatching()) == match(
            name, CATALOGUE, SupplierMatching()
        )
