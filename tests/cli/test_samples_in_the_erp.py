"""The samples of every type, from Brex through the steps into M3: each document as it is meant."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

from connector.brex.schemas import read_record
from connector.connection_file import load_mapping
from connector.mapping import Rules
from connector.suppliers import SupplierDirectory
from tests.cli.conftest import NAME
from tests.mapping.conftest import SAMPLES
from tests.waiting import wait_until

MAPPING = SAMPLES.parent / "mappings" / "both.toml"
CONFIG = load_mapping(MAPPING, {}, erp_sections=())
RULES = Rules(
    CONFIG,
    {"cono": "100", "divi": "AAA"},
    "AIT1",
    SupplierDirectory(CONFIG.suppliers, CONFIG.supplier_fallback),
)


def samples():
    """What Brex sends, by record id, of the types that the poll asks for."""
    texts = [path.read_text("utf-8") for path in sorted(SAMPLES.glob("*.json"))]
    records = {one["id"]: one for one in (json.loads(text) for text in texts)}
    return {key: one for key, one in records.items() if one["source_type"] != "CRYPTO"}


def amounts(lines):
    """Amounts with their coding, as M3 has them: VAT lines by code, debits positive."""
    return Counter(
        (Decimal(line.get("CUAM") or line.get("NLAM") or line["VTA1"]), coding)
        for line in lines
        for coding in [line.get("AIT1") or f"VAT {int(line['VTCD'])}"]
    )


def meant(document):
    return Counter(
        (line.amount, dict(line.dimensions).get("AIT1") or f"VAT {int(line.vat_code)}")
        for line in document.lines
    )


def open_in_m3(sandbox, documents):
    """Opens the suppliers, accounts and cost centres of documents in M3's registers."""
    for supplier in {document.partner for document in documents} - {""}:
        sandbox.call("POST", "/infor/suppliers", {"suno": supplier})
    coded = {pair for one in documents for line in one.lines for pair in line.dimensions}
    identities = [{"aitp": name.removeprefix("AIT"), "aitm": value} for name, value in coded]
    sandbox.call("POST", "/infor/identities", identities)


def test_every_sample_ends_in_m3_as_it_is_meant_or_is_held(cli, file, sandbox, work, statuses):
    path = Path(file())
    text = path.read_text("utf-8").partition("[mapping]")[0]
    text = text.replace("[infor]", '[infor]\njournal_interface = "BREX"')
    path.write_text(text + MAPPING.read_text("utf-8"), "utf-8")
    cli("connection", "add", str(path))
    records = samples()
    made = {
        key: RULES.documents(read_record(json.loads(json.dumps(one), parse_float=Decimal)))
        for key, one in records.items()
    }
    documents = {
        document.number: document
        for one in made.values()
        if isinstance(one, tuple)
        for document in one
    }
    assert len(documents) > 80
    open_in_m3(sandbox, documents.values())
    sandbox.call("POST", "/brex/records", {"records": list(records.values())})
    sandbox.call("POST", "/brex/release", {"ids": list(records), "send": False})
    cli("poll", NAME)

    def is_settled():
        work()
        return set(statuses().values()) <= {"exported", "held"}

    wait_until(is_settled, "every record to be exported or held", 60)
    expected = {key: "exported" if isinstance(one, tuple) else "held" for key, one in made.items()}
    assert statuses() == expected

    invoices = sandbox.call("GET", "/infor/invoices")
    vouchers = sandbox.call("GET", "/infor/journals")["vouchers"]
    posted = {one["sino"]: one["lines"] for one in invoices["batches"]}
    posted |= {one["lines"][0]["VTXT"].split(".")[0]: one["lines"] for one in vouchers}
    assert len(invoices["ledger"]) + len(vouchers) == len(documents)
    assert set(posted) == set(documents)
    for number, document in documents.items():
        assert amounts(posted[number]) == meant(document), document
