"""The adapter of each ERP profile, against the sandbox."""

import json
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from connector.domain.connections import BrexConfig, Connection, MappingConfig
from connector.domain.documents import DocumentKind, DocumentLine, GlEntry, SupplierInvoice
from connector.domain.numbers import document_number
from connector.domain.posting import Phase, PostingRules
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

    def begin_refresh(self, generation: int, lease_s: float) -> int:
        return generation

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

    The calls are named as `fault` rules name them. `head_changes` are each seen as one difference;
    `refused` makes a document of which the ERP, or its adapter, says no.
    """

    erp: Erp
    sandbox: Sandbox
    head_call: dict[str, str]
    line_call: dict[str, str]
    commit_call: dict[str, str]
    company: tuple[tuple[str, str], ...]
    dimensions: tuple[tuple[str, str], ...]
    refused: dict[str, Any]
    supplier: str = ""
    blocked_supplier: str = ""
    unknown_supplier: str = ""
    kind: DocumentKind = DocumentKind.SUPPLIER_INVOICE
    head_changes: tuple[dict[str, Any], ...] = ()
    discards: str = ""
    shows_dimensions: bool = False
    #: a line that is written again is the same line
    keyed: bool = False
    committed: Phase = Phase.VALIDATED
    #: what does not add up is refused when the commit is asked for
    commit_says_no: bool = False
    made: int = field(default=0)

    @property
    def rules(self) -> PostingRules:
        return self.erp.rules(self.kind)

    def document(self, **changes: Any) -> Any:
        """A document of a record that no other document here is of, with two lines."""
        entry = self.kind is DocumentKind.GL_ENTRY
        lines = (
            DocumentLine(1, Decimal("100.00"), self.dimensions, "Lunch"),
            DocumentLine(2, Decimal("-100.00" if entry else "71.75"), self.dimensions, "Dinner"),
        )
        return replace(self._document(lines), **changes)

    def in_currency(self, currency: str, amount: Decimal) -> Any:
        """A document of this amount."""
        amounts = [amount] if self.kind is DocumentKind.SUPPLIER_INVOICE else [amount, -amount]
        lines = [DocumentLine(n, one, self.dimensions, "") for n, one in enumerate(amounts, 1)]
        return replace(self._document(tuple(lines)), currency=currency)

    def credit(self) -> Any:
        """A document of which every amount is negated."""
        lines = self.document().lines
        return self._document(tuple(replace(line, amount=-line.amount) for line in lines))

    def _document(self, lines: tuple[DocumentLine, ...]) -> SupplierInvoice | GlEntry:
        self.made += 1
        common: dict[str, Any] = {
            "number": document_number(f"record-{id(self)}-{self.made}"),
            "record_id": f"ar_{self.made:026d}",
            "company": self.company,
            "currency": "SEK",
            "accounting_date": date(2025, 1, 31),
            "text": "Kött & Fisk / Åsa",
            "lines": lines,
        }
        if self.kind is DocumentKind.GL_ENTRY:
            return GlEntry(**common)
        return SupplierInvoice(
            **common,
            supplier=self.supplier,
            total=sum((line.amount for line in lines), Decimal(0)),
            invoice_date=date(2025, 1, 30),
        )


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
        "journal_update_s": 0.05,
        "second_update": "doubles",
        "updated_journals": "kept",
        "control_answers": True,
        "allows_exportmi": True,
        "debit_credit_code": False,
        "closed_until": "",
        "max_list": 0,
        "dimensions_used": 7,
        "document_flow": True,
        "bod_delay_s": 0.0,
        "bod_deliveries": 1,
        "bod_validates": True,
        "bod_maps_cori": True,
        "bod_answers": True,
        "allows_mi": True,
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
            offset_accounts={"card_liability": "2441"},
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


ACCOUNTS: dict[str, Any] = {
    "company": (("cono", "100"), ("divi", "AAA")),
    "dimensions": (("AIT1", "7500"), ("AIT2", "CC10")),
}
INVOICES = ACCOUNTS | {
    "supplier": "730500",
    "blocked_supplier": "739999",
    "unknown_supplier": "000000",
    "refused": {"supplier": "000000"},
    "head_changes": (
        {"total": Decimal("171.76")},
        {"currency": "EUR"},
        {"invoice_date": date(2025, 1, 29)},
        {"accounting_date": date(2025, 2, 1)},
    ),
}


def aps450(sandbox: Sandbox, discards: str = "renamed", **settings: Any) -> ErpUnderTest:
    return ErpUnderTest(
        erp=infor(sandbox, settings),
        sandbox=sandbox,
        head_call={"program": "APS450MI", "transaction": "AddHead"},
        line_call={"program": "APS450MI", "transaction": "AddLine"},
        commit_call={"program": "APS455MI", "transaction": "ValidByBatchNo"},
        **INVOICES,
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
        **INVOICES,
        shows_dimensions=True,
        committed=Phase.LEDGER,
    )


BOD = {"route": "bod", "bod_logical_id": "lid://infor.ims.mlconnector", "bod_answers": "datalake"}


def bod(sandbox: Sandbox, reads: str = "api", **settings: Any) -> ErpUnderTest:
    return ErpUnderTest(
        erp=infor(sandbox, settings, **BOD, bod_reads=reads),
        sandbox=sandbox,
        head_call={"operation": "ims message"},
        line_call={},
        commit_call={},
        **INVOICES,
    )


def gls840(
    sandbox: Sandbox, reads: str = "EXPORTMI", *, reversal_info: str = "", **settings: Any
) -> ErpUnderTest:
    journals = {"journal_interface": "BREX", "journal_info": "001", "journal_reads": reads}
    erp = infor(sandbox, settings, **journals, journal_reversal_info=reversal_info)
    return ErpUnderTest(
        erp=erp,
        sandbox=sandbox,
        head_call={"program": "GLS840MI", "transaction": "AddBatchHead"},
        line_call={"program": "GLS840MI", "transaction": "AddBatchLineFld"},
        commit_call={"program": "GLS840MI", "transaction": "UpdBatch"},
        **ACCOUNTS,
        kind=DocumentKind.GL_ENTRY,
        refused={"lines": ()},
        head_changes=({"currency": "EUR"}, {"accounting_date": date(2025, 2, 1)}),
        shows_dimensions=True,
        keyed=True,
        committed=Phase.LEDGER,
        commit_says_no=True,
    )


def gls840_with_codes(sandbox: Sandbox) -> ErpUnderTest:
    return gls840(sandbox, debit_credit_code=True, updated_journals="deleted", always_pad=True)
