"""The adapter of each ERP profile, against the sandbox."""

import json
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from connector.domain.connections import BrexConfig, Connection, MappingConfig
from connector.domain.documents import DocumentLine, SupplierInvoice
from connector.domain.numbers import document_number
from connector.erp.infor.adapter import InforM3
from connector.erp.infor.factory import build, token_source
from connector.http import Health
from connector.ports import Erp, Token, TokenGrant
from connector.secret import Secret
from tests.sandbox_process import Sandbox


class MemoryTokens:
    """A token store of one process."""

    def __init__(self) -> None:
        self.token: Token | None = None

    def load(self) -> Token | None:
        return self.token

    def refresh_token(self) -> Secret | None:
        return None

    def begin_refresh(self, generation: int, lease_s: float) -> bool:
        return generation == (self.token.generation if self.token else 0)

    def finish_refresh(self, generation: int, grant: TokenGrant) -> Token:
        self.token = Token(grant.access, generation + 1, grant.expires_in_s)
        return self.token

    def fail_refresh(self, generation: int, why: str) -> None:
        pass

    def refuse_refresh(self, generation: int, why: str, *, wait_s: float | None) -> None:
        pass


class FreeBudget:
    """As many requests as one likes."""

    def take(self, *, background: bool = False) -> float:
        return 0.0

    def block(self, asked_s: float | None) -> float:
        return asked_s or 0.0


@dataclass
class ErpUnderTest:
    """An ERP profile with what the conformance tests need to know of its sandbox.

    The calls are named as `fault` rules name them.
    """

    erp: Erp
    sandbox: Sandbox
    head_call: dict[str, str]
    line_call: dict[str, str]
    commit_call: dict[str, str]
    supplier: str
    blocked_supplier: str
    unknown_supplier: str
    company: tuple[tuple[str, str], ...]
    dimensions: tuple[tuple[str, str], ...]
    discards: str = ""
    shows_dimensions: bool = False
    made: int = field(default=0)

    def document(self, **changes: Any) -> SupplierInvoice:
        """A document of a record that no other document here is of."""
        self.made += 1
        document = SupplierInvoice(
            number=document_number(f"record-{id(self)}-{self.made}"),
            record_id=f"ar_{self.made:026d}",
            company=self.company,
            supplier=self.supplier,
            currency="SEK",
            total=Decimal("171.75"),
            invoice_date=date(2025, 1, 30),
            accounting_date=date(2025, 1, 31),
            text="Kött & Fisk / Åsa",
            lines=(
                DocumentLine(1, Decimal("100.00"), self.dimensions, "Lunch"),
                DocumentLine(2, Decimal("71.75"), self.dimensions, "Dinner"),
            ),
        )
        return replace(document, **changes)


def infor(sandbox: Sandbox, settings: dict[str, Any] | None = None, **section: Any) -> InforM3:
    """The adapter for M3 in the sandbox, with a fresh sandbox."""
    base = {
        "line_dimensions": "ait",
        "has_aps100": True,
        "has_dlt_invoice": False,
        "final_supa": 20,
        "validation_s": 0.05,
        "update_s": 0.05,
        "unknown_fields": "refuse",
        "bulk_stops_at_error": False,
        "always_pad": False,
        "forced_outcomes": [],
    }
    sandbox.call("DELETE", "/faults")
    sandbox.call("POST", "/reset", {})
    sandbox.call("PATCH", "/settings", {"infor": base | (settings or {})})
    file = Secret(json.dumps(sandbox.call("GET", "/infor/ionapi")))
    return build_infor(file, **section)


def build_infor(file: Secret, **section: Any) -> InforM3:
    """The adapter for M3 in the sandbox as it is."""
    connection = Connection(
        id=1,
        name="acme-m3",
        erp="infor-m3",
        brex=BrexConfig("https://api.brex.com"),
        mapping=MappingConfig(
            "GL_ACCOUNT",
            supplier_fallback="BREX",
            dimensions=(("AIT2", "COST_CENTER"),),
        ),
        erp_config={"cono": 100, "divi": "AAA", "timeout_seconds": 5} | section,
    )
    secrets = {"infor.ionapi": file}
    tokens = token_source(connection, secrets, store=MemoryTokens(), allow_http=True)
    return build(
        connection,
        secrets,
        tokens=tokens,
        budget=FreeBudget(),
        health=Health(),
        allow_http=True,
    )


def aps450(sandbox: Sandbox, discards: str = "renamed", **settings: Any) -> ErpUnderTest:
    return ErpUnderTest(
        erp=infor(sandbox, settings),
        sandbox=sandbox,
        head_call={"program": "APS450MI", "transaction": "AddHead"},
        line_call={"program": "APS450MI", "transaction": "AddLine"},
        commit_call={"program": "APS455MI", "transaction": "ValidByBatchNo"},
        supplier="730500",
        blocked_supplier="739999",
        unknown_supplier="000000",
        company=(("cono", "100"), ("divi", "AAA")),
        dimensions=(("AIT1", "7500"), ("AIT2", "CC10")),
        discards=discards,
    )


def aps450_deleting(sandbox: Sandbox) -> ErpUnderTest:
    return aps450(sandbox, "deleted", has_dlt_invoice=True, always_pad=True)


def aps450_objects(sandbox: Sandbox) -> ErpUnderTest:
    return aps450(sandbox, line_dimensions="ao", bulk_stops_at_error=True)


def aps100(sandbox: Sandbox) -> ErpUnderTest:
    return ErpUnderTest(
        erp=infor(sandbox, invoice_program="APS100MI"),
        sandbox=sandbox,
        head_call={"program": "APS100MI", "transaction": "AddHead"},
        line_call={"program": "APS100MI", "transaction": "AddLine"},
        commit_call={},
        supplier="730500",
        blocked_supplier="739999",
        unknown_supplier="000000",
        company=(("cono", "100"), ("divi", "AAA")),
        dimensions=(("AIT1", "7500"), ("AIT2", "CC10")),
        shows_dimensions=True,
    )


#: Profiles whose documents are drafts until they are committed.
WITH_DRAFTS = [aps450, aps450_deleting, aps450_objects]
#: Profiles whose writes post at once.
WITHOUT_DRAFTS = [aps100]
#: A later ERP joins the conformance tests in one of the two.
PROFILES = [*WITH_DRAFTS, *WITHOUT_DRAFTS]
