"""A mapping is written as TOML that reads back equal; what differs between two is told."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.connection_file import load_mapping
from connector.connection_file.differences import Difference, differences
from connector.connection_file.written import mapping_to_toml
from connector.domain.bookkeeping import RULES, Account, Policy
from connector.domain.connections import ClosedPeriod, Currency, MappingConfig
from connector.domain.routes import CompanyRoute, RoutedBy, Vat, VatRoute
from connector.domain.suppliers import SupplierMatching

#: What a setting may hold (`rules.plain`), but for references.
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=9)
NAMES = WORDS.filter(lambda word: not word.startswith(("env:", "file:")))
TABLES = st.dictionaries(NAMES, NAMES, max_size=3)
ACCOUNTS = st.dictionaries(st.sampled_from([str(one) for one in Account]), NAMES, min_size=1)


@st.composite
def routes(draw):
    values = draw(
        st.dictionaries(
            NAMES, st.fixed_dictionaries({"cono": NAMES, "divi": NAMES}), min_size=1, max_size=3
        )
    )
    names = st.sampled_from(sorted(values))
    by = draw(st.sampled_from(RoutedBy))
    return CompanyRoute(
        draw(NAMES) if by is RoutedBy.FIELD else "",
        values,
        by,
        payments=draw(st.just("") | names),
        time_zones=draw(st.dictionaries(names, st.just("Asia/Tokyo"), max_size=2)),
        open_from=draw(st.dictionaries(names, st.dates(), max_size=2)),
        offset_accounts=draw(st.dictionaries(names, ACCOUNTS, max_size=2)),
    )


@st.composite
def mappings(draw):
    codes = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    vats = {f"T{n}": Vat(code, Decimal("5.5"), draw(NAMES)) for n, code in enumerate(codes)}
    fields = draw(st.lists(NAMES, min_size=3, max_size=3, unique=True))
    return MappingConfig(
        gl_account=fields[0],
        time_zone=draw(st.sampled_from(["UTC", "Europe/Stockholm"])),
        supplier_fallback=draw(st.just("") | NAMES),
        dimensions=draw(st.sampled_from([(), (("AIT3", fields[1]), ("AIT2", fields[2]))])),
        values=draw(st.sampled_from([{}, {fields[0]: {"efo_1": "7500"}}])),
        suppliers=draw(TABLES),
        company=draw(st.none() | routes()),
        types=draw(st.dictionaries(st.sampled_from(sorted(RULES)), st.just(str(Policy.IGNORE)))),
        offset_accounts=draw(ACCOUNTS),
        currency=draw(st.sampled_from(Currency)),
        closed_period=draw(st.sampled_from(ClosedPeriod)),
        supplier_matching=draw(
            st.builds(SupplierMatching, st.booleans(), st.integers(70, 101), st.integers(0, 50))
        ),
        open_from=draw(st.none() | st.dates()),
        vat=draw(st.sampled_from([None, VatRoute("TAX", vats)])),
    )


@given(mappings())
def test_what_is_written_reads_back_equal(tmp_path_factory, mapping):
    path = tmp_path_factory.mktemp("m") / "m.toml"
    path.write_text(mapping_to_toml(mapping), encoding="utf-8")
    assert load_mapping(path, {}, erp_sections=()) == mapping
    assert differences(mapping, load_mapping(path, {}, erp_sections=())) == []


def test_it_is_written_as_a_person_would():
    mapping = MappingConfig(
        "GL",
        suppliers={"pmch.1": "7", "pmch_2": 'a "b"'},
        types={"CARD_PAYMENT": "ignore"},
        dimensions=(("AIT3", "PROJECT"),),
    )
    assert mapping_to_toml(mapping) == (
        '[mapping]\ngl_account = "GL"\ntime_zone = "UTC"\n\n'
        '[mapping.dimensions]\nAIT3 = "PROJECT"\n\n'
        '[mapping.suppliers]\n"pmch.1" = "7"\npmch_2 = "a \\"b\\""\n\n'
        '[mapping.types]\nCARD_PAYMENT = "ignore"\n'
    )


OLD = MappingConfig("GL", suppliers={"pmch_1": "7"}, dimensions=(("AIT2", "CC"), ("AIT3", "PR")))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, []),
        ({"gl_account": "X"}, [("mapping.gl_account", "GL", "X")]),
        ({"suppliers": {}}, [("mapping.suppliers.pmch_1", "7", "")]),
        ({"currency": Currency.ORIGINAL}, [("mapping.currency", "", "original")]),
        ({"dimensions": OLD.dimensions[:1]}, [("mapping.dimensions.AIT3", "PR", "")]),
        (
            {"dimensions": OLD.dimensions[::-1]},
            [("mapping.dimensions", "AIT2, AIT3", "AIT3, AIT2")],
        ),
        (
            {"company": CompanyRoute("E", {"SE": {"cono": "1"}}), "types": {"INVOICE": "ignore"}},
            [
                ("mapping.company.field", "", "E"),
                ("mapping.company.values.SE.cono", "", "1"),
                ("mapping.types.INVOICE", "", "ignore"),
            ],
        ),
    ],
)
def test_every_setting_that_differs_is_told(changes, told):
    new = replace(OLD, **changes)
    assert differences(OLD, new) == [Difference(*one) for one in told]
    backwards = {(one.setting, one.new, one.old) for one in differences(new, OLD)}
    assert backwards == {tuple(one) for one in told}
