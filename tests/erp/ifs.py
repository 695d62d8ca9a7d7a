"""The adapter for IFS Cloud, against the sandbox."""

from datetime import date
from decimal import Decimal
from typing import Any

from connector.domain.connections import BrexConfig, Connection, MappingConfig
from connector.domain.documents import DocumentKind
from connector.erp.ifs.adapter import IfsCloud
from connector.erp.ifs.config import read_config
from connector.erp.ifs.factory import build, token_source
from connector.erp.ifs.tokens import token_grant
from connector.http import Health, TokenSource
from connector.secret import Secret
from tests.erp.erp_sandbox import ErpUnderTest, FreeBudget, MemoryTokens
from tests.sandbox_process import Sandbox

#: The settings of the sandbox that tests change, and what stands for tests that do not say.
SETTINGS = {
    "requests_per_minute": 0,
    "retry_after": "",
    "expires_in_s": 180,
    "statement_s": 0.0,
    "allowed_companies": ["10", "20"],
    "posting_proposals": "PostingProposalHandling",
    "manual_vouchers": "ManualVoucherHandling",
    "catalogue_size": 60,
    "paging": "next_link",
    "page_size": 100,
    "next_link": "relative",
    "list_etags": "full_metadata",
    "stale_as": "412",
    "if_match_on_create": "ignored",
    "error_shape": "usual",
    "modified_status": 503,
    "sets_cookies": True,
    "unfilterable": ["Objstate"],
    "closed_until": "2019-12-31",
    "code_demands": ["7999 CodeC blocked"],
    "field_changes": [],
}
HEAD = {"program": "PostingProposalHandling", "transaction": "POST PostingProposalHeadSet"}
VOUCHER = {"program": "ManualVoucherHandling", "transaction": "POST VoucherSet"}


def ifs(sandbox: Sandbox, settings: dict[str, Any] | None = None, **section: Any) -> IfsCloud:
    """The adapter for IFS in the sandbox, with a fresh sandbox, once it has seen the metadata."""
    sandbox.call("DELETE", "/faults")
    sandbox.call("PATCH", "/settings", {"ifs": SETTINGS | (settings or {})})
    sandbox.call("POST", "/reset", {})
    erp = build_ifs(sandbox, **section)
    list(erp.ping())
    return erp


def build_ifs(sandbox: Sandbox, **section: Any) -> IfsCloud:
    """The adapter for IFS in the sandbox as it is; nothing was asked of it yet."""
    connection = Connection(
        id=1,
        name="acme-ifs",
        erp="ifs-cloud",
        brex=BrexConfig("https://api.brex.com"),
        mapping=MappingConfig(
            "GL_ACCOUNT",
            supplier_fallback="BREX",
            dimensions=(("CodeB", "COST_CENTER"),),
            types={"CARD_PAYMENT": "journal"},
            offset_accounts={"card_liability": "2441"},
        ),
        erp_config=section_of(sandbox) | section,
    )
    secrets = secrets_of(sandbox)
    tokens = token_source(connection, secrets, store=MemoryTokens(), allow_http=True)
    return build(
        connection,
        secrets,
        tokens=tokens,
        budget=FreeBudget(),
        health=Health(),
        allow_http=True,
    )


def section_of(sandbox: Sandbox) -> dict[str, Any]:
    """The section of a connection file that leads to the sandbox."""
    known = sandbox.call("GET", "/ifs/credentials")
    names = ("base_url", "token_url", "client_id")
    return {name: known[name] for name in names} | {"company": "10", "timeout_seconds": 5}


def secrets_of(sandbox: Sandbox) -> dict[str, Secret]:
    known = sandbox.call("GET", "/ifs/credentials")
    return {f"ifs.{name}": Secret(known[name]) for name in ("client_secret", "password")}


def tokens_of(sandbox: Sandbox) -> TokenSource:
    config = read_config(section_of(sandbox), secrets_of(sandbox), allow_http=True)
    return TokenSource(MemoryTokens(), token_grant(config, allow_http=True))


CODING: dict[str, Any] = {
    "company": (("company", "10"),),
    "dimensions": (("Account", "7500"), ("CodeB", "CC10")),
    "commit_call": {},
    "line_call": {},
    "shows_dimensions": True,
}
PROPOSALS = CODING | {
    "head_call": HEAD,
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
VOUCHERS = CODING | {
    "head_call": VOUCHER,
    "kind": DocumentKind.GL_ENTRY,
    "refused": {"lines": ()},
    "head_changes": ({"currency": "EUR"}, {"accounting_date": date(2025, 2, 1)}),
}
#: Another tenant: other names, other habits, and a gateway that wants an If-Match for everything.
ELSEWHERE: dict[str, Any] = {
    "paging": "default_cut",
    "page_size": 3,
    "stale_as": "ora",
    "error_shape": "alternate",
    "if_match_on_create": "account",
    "list_etags": "always",
    "modified_status": 500,
}


def proposal(sandbox: Sandbox, **settings: Any) -> ErpUnderTest:
    return ErpUnderTest(erp=ifs(sandbox, settings), sandbox=sandbox, **PROPOSALS)


def proposal_elsewhere(sandbox: Sandbox) -> ErpUnderTest:
    erp = ifs(
        sandbox,
        ELSEWHERE
        | {
            "posting_proposals": "SupplierProposals",
            "field_changes": [
                "PostingProposalLine.CodeA=String 20",
                "PostingProposalHead.SeriesId=",
            ],
        },
        root="int",
        if_match_on_create="parent_etag",
        profile={
            "posting_proposal": {
                "projection": "SupplierProposals",
                "fields": {"reference": "Text", "text": "CreatorsReference"},
                "constants": {"SeriesId": ""},
            }
        },
    )
    head = HEAD | {"program": "SupplierProposals"}
    return ErpUnderTest(erp=erp, sandbox=sandbox, **PROPOSALS | {"head_call": head})


def voucher(sandbox: Sandbox) -> ErpUnderTest:
    erp = ifs(sandbox, target="manual_voucher")
    return ErpUnderTest(erp=erp, sandbox=sandbox, **VOUCHERS)


def voucher_elsewhere(sandbox: Sandbox) -> ErpUnderTest:
    erp = ifs(
        sandbox,
        ELSEWHERE,
        if_match_on_create="*",
        grant="password",
        username="MLCONN",
        profile={"manual_voucher": {"constants": {"VoucherType": "K"}}},
    )
    return ErpUnderTest(erp=erp, sandbox=sandbox, **VOUCHERS)
