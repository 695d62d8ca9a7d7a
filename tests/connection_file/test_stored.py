"""What is stored reads back equal, through JSON and in any order of keys."""

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from connector.connection_file import from_json, posting_from_json, to_json
from connector.domain.connections import BrexConfig, ClosedPeriod, Currency, MappingConfig
from connector.domain.limits import Mode, PostingConfig
from connector.domain.pulls import PullSettings
from connector.domain.routes import CompanyRoute, RoutedBy, Vat, VatRoute

TEXT = st.text(max_size=8)
TABLES = st.dictionaries(TEXT, TEXT, max_size=3)
NAMED = st.dictionaries(TEXT, TABLES, max_size=3)
VAT = st.builds(Vat, TEXT, st.decimals("0", "99.999", places=3), TEXT)
SPANS = st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds))
BREX = st.builds(
    BrexConfig,
    base_url=TEXT,
    poll_every=SPANS,
    oauth_token_url=TEXT,
    transactions=st.none() | st.builds(PullSettings, SPANS, SPANS),
)
MAPPING = st.builds(
    MappingConfig,
    gl_account=TEXT,
    dimensions=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    values=st.dictionaries(TEXT, TABLES, max_size=3),
    suppliers=TABLES,
    company=st.none()
    | st.builds(
        CompanyRoute,
        TEXT,
        NAMED,
        st.sampled_from(RoutedBy),
        payments=TEXT,
        time_zones=TABLES,
        open_from=st.dictionaries(TEXT, st.dates(), max_size=2),
        offset_accounts=NAMED,
    ),
    types=TABLES,
    offset_accounts=TABLES,
    currency=st.sampled_from(Currency),
    closed_period=st.sampled_from(ClosedPeriod),
    open_from=st.none() | st.dates(),
    vat=st.none() | st.builds(VatRoute, TEXT, st.dictionaries(TEXT, VAT, max_size=3)),
)
ERP = st.dictionaries(TEXT, st.integers() | TEXT | st.booleans() | TABLES, max_size=3)


POSTING = st.builds(
    PostingConfig,
    st.sampled_from(Mode),
    st.none() | st.integers(1, 10**6),
    st.none() | st.decimals("0.01", "999999.99", places=2),
)


@given(BREX, MAPPING, ERP, POSTING)
def test_settings_survive_json(brex, mapping, erp, posting):
    stored = json.loads(json.dumps(to_json(brex, mapping, erp, posting), sort_keys=True))
    assert from_json(stored) == (brex, mapping, erp)
    assert posting_from_json(stored) == posting


def test_what_version_0_1_0_stored_is_stored_the_same():
    route = CompanyRoute("ENTITY", {"SE": {"cono": "100"}})
    stored = to_json(BrexConfig("https://x"), MappingConfig("GL", company=route), {})
    assert set(stored) == {"brex", "mapping", "erp"}
    assert "transactions" not in stored["brex"]
    assert set(stored["mapping"]) == {
        *("gl_account", "time_zone", "supplier_fallback", "dimensions", "values", "suppliers"),
        *("company", "types", "offset_accounts"),
    }
    assert stored["mapping"]["company"] == {"field": "ENTITY", "values": {"SE": {"cono": "100"}}}


def test_settings_of_another_version_are_read(read):
    data = {"brex": {"base_url": "https://x", "new": 1}, "mapping": {"gl_account": "GL"}, "erp": {}}
    assert from_json(data) == (BrexConfig("https://x"), MappingConfig("GL"), {})
