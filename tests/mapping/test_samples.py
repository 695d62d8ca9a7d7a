"""Every sample of `tests/samples` becomes exactly what stands beside it."""

import json
from datetime import date
from decimal import Decimal
from functools import cache

import pytest

from connector.brex.schemas import read_record
from connector.connection_file import load_mapping
from connector.domain.accounting import BillingEntity
from connector.domain.bookkeeping import RULES
from connector.domain.documents import Ignored
from connector.domain.reasons import Hold
from connector.mapping import map_record
from connector.suppliers import SupplierDirectory
from tests.mapping.conftest import SAMPLES

MAPPINGS, EXPECTED = SAMPLES.parent / "mappings", SAMPLES.parent / "expected"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.json"))
CASES = [
    (name, mapping)
    for name in NAMES
    for mapping in json.loads((EXPECTED / f"{name}.json").read_text("utf-8"))["becomes"]
]

mapping_of = cache(lambda name: load_mapping(MAPPINGS / f"{name}.toml", {}, erp_sections=()))


def test_there_are_samples_of_every_type_and_each_says_where_its_shape_comes_from():
    assert sorted(path.stem for path in EXPECTED.glob("*.json")) == NAMES
    types = {json.loads((SAMPLES / f"{n}.json").read_text("utf-8"))["type"] for n in NAMES}
    assert set(RULES) < types
    for name in NAMES:
        shape = json.loads((EXPECTED / f"{name}.json").read_text("utf-8"))["shape"]
        assert shape.startswith(("recorded", "derived from ", "Brex OpenAPI "))


@pytest.mark.parametrize(("name", "mapping"), CASES)
def test_a_sample_becomes_what_stands_beside_it(name, mapping):
    text = (SAMPLES / f"{name}.json").read_text("utf-8")
    record = read_record(json.loads(text, parse_float=Decimal))
    expected = json.loads((EXPECTED / f"{name}.json").read_text("utf-8"))["becomes"][mapping]
    config = mapping_of(mapping)
    open_from = expected.get("open_from")
    made = map_record(
        record,
        config,
        company={"cono": "100", "divi": "AAA"},
        dimension_of_gl="AIT1",
        suppliers=SupplierDirectory(config.suppliers, config.supplier_fallback),
        entity=BillingEntity(tuple(expected["entity"])) if "entity" in expected else None,
        open_from=date.fromisoformat(open_from) if open_from else None,
    )
    given = {key: expected[key] for key in ("entity", "open_from") if key in expected}
    assert given | _shown(made) == expected


def _shown(made):
    if isinstance(made, Hold):
        return {
            "held": made.reason,
            "message": made.message,
            "field": made.field,
            "value": made.value,
        }
    if isinstance(made, Ignored):
        return {"ignored": made.why}
    return {"documents": [document.to_json() for document in made]}
