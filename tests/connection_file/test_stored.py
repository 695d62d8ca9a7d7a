"""What is stored reads back equal, through JSON and in any order of keys."""

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from connector.connection_file import from_json, to_json
from connector.domain.connections import BrexConfig, CompanyRoute, MappingConfig

TEXT = st.text(max_size=8)
TABLES = st.dictionaries(TEXT, TEXT, max_size=3)
BREX = st.builds(
    BrexConfig,
    base_url=TEXT,
    poll_every=st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
    oauth_token_url=TEXT,
)
MAPPING = st.builds(
    MappingConfig,
    gl_account=TEXT,
    dimensions=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    values=st.dictionaries(TEXT, TABLES, max_size=3),
    suppliers=TABLES,
    company=st.none() | st.builds(CompanyRoute, TEXT, st.dictionaries(TEXT, TABLES, max_size=3)),
    types=TABLES,
    offset_accounts=TABLES,
)
ERP = st.dictionaries(TEXT, st.integers() | TEXT | st.booleans() | TABLES, max_size=3)


@given(BREX, MAPPING, ERP)
def test_settings_survive_json(brex, mapping, erp):
    stored = json.dumps(to_json(brex, mapping, erp), sort_keys=True)
    assert from_json(json.loads(stored)) == (brex, mapping, erp)


def test_settings_of_another_version_are_read(read):
    data = {"brex": {"base_url": "https://x", "new": 1}, "mapping": {"gl_account": "GL"}, "erp": {}}
    assert from_json(data) == (BrexConfig("https://x"), MappingConfig("GL"), {})
