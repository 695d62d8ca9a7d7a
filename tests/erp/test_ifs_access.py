"""How one gets into IFS: tokens, the section of the connection file, and the checks of a ping."""

from dataclasses import replace
from decimal import Decimal

import pytest

from connector.domain.connections import MappingConfig
from connector.domain.documents import DocumentLine
from connector.erp.ifs.config import Grant, read_config
from connector.erp.ifs.tokens import token_grant
from connector.errors import ConfigurationError, CredentialsError
from connector.ports import Check, Verdict
from connector.registry import ERPS
from connector.secret import Secret
from tests.erp.erp_sandbox import ErpUnderTest
from tests.erp.ifs import PROPOSALS, build_ifs, ifs, proposal, secrets_of, section_of
from tests.erp.steps import open_one
from tests.sandbox_process import Sandbox

SECTION = {
    "base_url": "https://acme.ifs.cloud",
    "token_url": "https://acme.ifs.cloud/auth/realms/acme/protocol/openid-connect/token",
    "client_id": "ml-connector",
    "company": "10",
}
SECRETS = {"ifs.client_secret": Secret("secret")}


def failing(checks):
    return {check.name: check.detail for check in checks if not check.passed}


def read(section=SECTION, secrets=SECRETS):
    return read_config(section, secrets, allow_http=False)


@pytest.mark.parametrize("grant", Grant)
def test_the_client_gets_a_token_for_three_minutes(sandbox: Sandbox, grant: Grant):
    ifs(sandbox, {"expires_in_as": "string"})
    section = section_of(sandbox) | {"grant": grant.value, "username": "MLCONN"}
    config = read_config(section, secrets_of(sandbox), allow_http=True)
    given = token_grant(config, allow_http=True)(None)
    assert given.access.reveal()
    assert (given.expires_in_s, given.refresh) == (180, None)


def test_a_wrong_secret_is_a_matter_of_credentials(sandbox: Sandbox):
    ifs(sandbox)
    wrong = secrets_of(sandbox) | {"ifs.client_secret": Secret("wrong")}
    config = read_config(section_of(sandbox), wrong, allow_http=True)
    with pytest.raises(CredentialsError):
        token_grant(config, allow_http=True)(None)


def test_everything_that_is_wrong_with_the_section_is_told_at_once():
    with pytest.raises(ConfigurationError) as told:
        read(
            {
                "base_url": "ftp://acme",
                "client_id": "",
                "target": "invoice",
                "batch_size": 0,
                "compny": "10",
                "profile": {
                    "accounts": "AccountSet",
                    "posting_proposal": {"fields": {"numbr": "X", "number": "In voice"}},
                    "manual_voucher": "VoucherSet",
                },
            },
            {},
        )
    faults = {fault.partition(" ")[0] for fault in told.value.faults}
    assert faults == {
        "ifs.base_url",
        "ifs.token_url",
        "ifs.client_id",
        "ifs.client_secret",
        "ifs.company",
        "ifs.compny",
        "ifs.target",
        "ifs.batch_size",
        "ifs.profile.accounts",
        "ifs.profile.posting_proposal.fields.numbr",
        "ifs.profile.posting_proposal.fields.number",
        "ifs.profile.manual_voucher",
    }


def test_the_password_grant_needs_a_user():
    with pytest.raises(ConfigurationError) as told:
        read(SECTION | {"grant": "password"})
    assert [fault.partition(" ")[0] for fault in told.value.faults] == [
        "ifs.password",
        "ifs.username",
    ]


def test_no_secret_shows():
    assert "secret" not in repr(read()).replace("client_secret", "")


def test_manual_vouchers_take_no_invoices_and_the_mapping_says_so():
    entry, section = ERPS["ifs-cloud"], SECTION | {"target": "manual_voucher"}
    faults = list(entry.mapping_faults(section, MappingConfig("GL")))
    assert [fault.partition(" ")[0] for fault in faults] == [
        "mapping.types.CARD_EXPENSE_POST",
        "mapping.types.CARD_EXPENSE_REFUND",
    ]
    types = dict.fromkeys(("CARD_EXPENSE_POST", "CARD_EXPENSE_REFUND"), "journal")
    assert not list(entry.mapping_faults(section, MappingConfig("GL", types=types)))
    assert not list(entry.mapping_faults(SECTION, MappingConfig("GL")))


def test_ping_names_what_it_has_seen(sandbox: Sandbox):
    assert list(ifs(sandbox).ping()) == [
        Check("access", passed=True, detail="60 projections in the catalogue"),
        Check("company", passed=True, detail="GL accounts of company 10 are shown"),
        Check("projection AccountsHandling", passed=True),
        Check("projection SupplierHandling", passed=True),
        Check("projection PostingProposalHandling", passed=True),
        Check("projection ManualVoucherHandling", passed=True),
        Check("$batch", passed=True, detail="goes on after a failed request"),
        Check(
            "PostingProposalHeadSet fields",
            passed=True,
            detail="PostingProposalHead and PostingProposalLine have what is used",
        ),
        Check("PostingProposalHeadSet search", passed=True, detail="finds by our number"),
        Check("VoucherSet fields", passed=True, detail="Voucher and VoucherRow have what is used"),
        Check("VoucherSet search", passed=True, detail="finds by our number"),
        Check("fallback supplier", passed=True, detail="BREX may invoice company 10"),
    ]


def test_ping_reads_a_catalogue_of_many_pages(sandbox: Sandbox):
    erp = ifs(sandbox, {"catalogue_size": 2345})
    assert next(iter(erp.ping())).detail == "2345 projections in the catalogue"


def test_ping_names_what_is_missing_wrong_in_type_and_too_short(sandbox: Sandbox):
    changes = [
        "PostingProposalHead.InvoiceNo=String 10",
        "PostingProposalHead.CreatorsReference=",
        "PostingProposalHead.GrossCurrAmount=String 20",
        "PostingProposalHead.SeriesId=",
        "PostingProposalLine.CodeB=",
    ]
    details = failing(ifs(sandbox, {"field_changes": changes}).ping())
    assert set(details) == {"PostingProposalHeadSet fields"}
    for part in (
        "InvoiceNo of PostingProposalHead is too short: 10 characters, 22 are needed",
        "PostingProposalHead has no CreatorsReference",
        "GrossCurrAmount of PostingProposalHead is Edm.String and not Edm.Decimal",
        "PostingProposalHead has no SeriesId",
        "PostingProposalLine has no CodeB",
        "mend [ifs.profile]",
    ):
        assert part in details["PostingProposalHeadSet fields"]


def test_ping_names_projections_that_may_be_meant(sandbox: Sandbox):
    erp = ifs(sandbox, {"posting_proposals": "SuppPostingProposals"})
    details = failing(erp.ping())
    missing = details["projection PostingProposalHandling"]
    assert "SuppPostingProposals" in missing
    assert "[ifs.profile]" in missing
    assert (
        "IFS has no projection PostingProposalHandling" in details["PostingProposalHeadSet fields"]
    )


def test_ping_says_that_our_number_cannot_be_searched_for(sandbox: Sandbox):
    details = failing(ifs(sandbox, {"unfilterable": ["InvoiceNo"]}).ping())
    assert set(details) == {"PostingProposalHeadSet search"}
    assert "choose another field" in details["PostingProposalHeadSet search"]


def test_ping_says_that_the_company_is_hidden(sandbox: Sandbox):
    details = failing(ifs(sandbox, {"allowed_companies": ["20"]}).ping())
    assert set(details) == {"company", "fallback supplier"}
    assert "Allowed Companies" in details["company"]


def test_ping_of_a_client_that_is_not_known_ends_at_the_door(sandbox: Sandbox):
    ifs(sandbox)
    (check,) = build_ifs(sandbox, client_id="nobody").ping()
    assert not check.passed
    assert "Service Accounts" in check.detail


def test_without_the_projection_nothing_is_written_and_nothing_refused(sandbox: Sandbox):
    at = proposal(sandbox, posting_proposals="Renamed")
    fresh = ErpUnderTest(erp=build_ifs(sandbox), sandbox=sandbox, **PROPOSALS)
    document = at.document()
    answer = open_one(fresh, document)
    assert answer.outcome.value == "not_sent"
    assert answer.wait_s
    assert sandbox.writes() == 0


def test_what_ifs_would_refuse_fails_by_its_name(sandbox: Sandbox):
    at = proposal(sandbox)
    document = at.document(supplier=at.blocked_supplier)
    taxed = DocumentLine(3, Decimal(0), (("Account", "7500"),), "VAT", "1")
    document = replace(document, lines=(*document.lines, taxed))
    (checks,) = at.erp.pre_check([document])
    assert {check.name: check.verdict for check in checks} == {
        f"supplier {at.blocked_supplier}": Verdict.FAILED,
        "account 7500": Verdict.PASSED,
        "CodeB CC10": Verdict.NOT_RUN,
        "VAT code 1": Verdict.NOT_RUN,
        "period": Verdict.NOT_RUN,
        f"number {document.number}": Verdict.PASSED,
    }
    assert sandbox.writes() == 0


def test_of_a_company_that_is_hidden_no_number_is_said_to_be_free(sandbox: Sandbox):
    at = proposal(sandbox)
    document = at.document()
    sandbox.call("PATCH", "/settings", {"ifs": {"allowed_companies": ["20"]}})
    (checks,) = at.erp.pre_check([document])
    (number,) = (check for check in checks if check.name == f"number {document.number}")
    assert number.verdict is Verdict.NOT_RUN
    assert "Allowed Companies" in number.detail
    assert Verdict.PASSED not in {check.verdict for check in checks}
