"""The simulated ERPs, as tests of whole installations know them."""

import json
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from tests.sandbox_process import Sandbox

#: What the lines of a document say: amount, account and cost centre, by document number.
Ledger = dict[str, list[Counter[tuple[Any, ...]]]]

#: Enough for the answer of a sandbox that holds tens of thousands of documents.
_PATIENCE_S = 600


@dataclass(frozen=True)
class Written:
    """A document in the ERP, posted or not: its marker, and how many lines were written alone."""

    marker: str
    lines: int


class Erp(Protocol):
    """One of them."""

    #: as connection files, the sandbox, and the dimensions of documents name it
    name: str
    peer: str
    dimensions: tuple[str, str]

    def section(self, sandbox: Sandbox, folder: Path, **settings: Any) -> str:
        """Its section of a connection file, with the files that it refers to."""
        ...

    def ledger(self, sandbox: Sandbox) -> Ledger:
        """Every document that counts."""
        ...

    def written(self, sandbox: Sandbox) -> list[Written]:
        """Every document there is."""
        ...


class InforM3:
    name, peer = "infor-m3", "infor"
    dimensions = ("AIT1", "AIT2")

    def section(self, sandbox: Sandbox, folder: Path, **settings: Any) -> str:
        file = folder / "acme.ionapi"
        file.write_text(json.dumps(sandbox.call("GET", "/infor/ionapi")))
        file.chmod(0o600)
        return """
[infor]
ionapi = "file:acme.ionapi"
cono = 100
divi = "AAA"
invoice_program = "{program}"
timeout_seconds = {timeout_s}
settling_seconds = {settle_s}
requests_per_minute = {requests_per_minute}
bulk_size = {bulk_size}
{erp}
""".format(**{"program": "APS450MI"} | settings)

    def ledger(self, sandbox: Sandbox) -> Ledger:
        """The lines of every invoice with ledger effect, and of every voucher of an entry."""
        seen = sandbox.call("GET", "/infor/invoices", timeout_s=_PATIENCE_S)
        lines_of = {str(batch["inbn"]): batch["lines"] for batch in seen["batches"]}
        found: Ledger = {}
        for invoice in seen["ledger"]:
            lines = invoice["lines"] or lines_of.get(str(invoice["head"].get("INBN")), [])
            coded = Counter((Decimal(one["NLAM"]), one["AIT1"], one["AIT2"]) for one in lines)
            found.setdefault(invoice["sino"], []).append(coded)
        for voucher in sandbox.call("GET", "/infor/journals")["vouchers"]:
            lines = voucher["lines"]
            coded = Counter(
                (Decimal(one["CUAM"]), one["AIT1"], one.get("AIT2", "")) for one in lines
            )
            found.setdefault(lines[0]["VTXT"].partition(".")[0], []).append(coded)
        return found

    def written(self, sandbox: Sandbox) -> list[Written]:
        return [
            Written(batch["cori"], len(batch["lines"]))
            for batch in sandbox.call("GET", "/infor/invoices")["batches"]
            if not batch["deleted"]
        ] + [
            Written(batch["head"]["DESC"].partition(" ")[0], len(batch["lines"]))
            for batch in sandbox.call("GET", "/infor/journals")["journals"]
        ]


class IfsCloud:
    name, peer = "ifs-cloud", "ifs"
    dimensions = ("Account", "CodeB")

    def section(self, sandbox: Sandbox, folder: Path, **settings: Any) -> str:
        known = sandbox.call("GET", "/ifs/credentials")
        file = folder / "acme.ifs"
        file.write_text(known["client_secret"])
        file.chmod(0o600)
        return """
[ifs]
base_url = "{base_url}"
token_url = "{token_url}"
client_id = "{client_id}"
client_secret = "file:acme.ifs"
company = "10"
target = "{program}"
timeout_seconds = {timeout_s}
settling_seconds = {settle_s}
requests_per_minute = {requests_per_minute}
batch_size = {bulk_size}
{erp}
""".format(**known | {"program": "posting_proposal"} | settings)

    def ledger(self, sandbox: Sandbox) -> Ledger:
        """The lines of every proposal that was not cancelled, and the rows of every voucher."""
        seen = sandbox.call("GET", "/ifs/documents", timeout_s=_PATIENCE_S)
        found: Ledger = {}
        for one in (*seen["proposals"], *seen["vouchers"], *seen["ledger"]):
            if one.get("state") != "Cancelled":
                coded = Counter(
                    (Decimal(line["CurrencyAmount"]), line["Account"], line.get("CodeB"))
                    for line in one["lines"]
                )
                found.setdefault(one["number"], []).append(coded)
        return found

    def written(self, sandbox: Sandbox) -> list[Written]:
        return [
            Written(f"{one['number']}.{one['head']['CreatorsReference'].rpartition('.')[2]}", 0)
            for one in sandbox.call("GET", "/ifs/documents")["proposals"]
        ]


INFOR, IFS = InforM3(), IfsCloud()
ERPS: dict[str, Erp] = {one.name: one for one in (INFOR, IFS)}
