"""What every ERP adapter promises of the registers that it reads, over real HTTP."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from connector.domain.master_data import Entry, Kind
from connector.errors import RefusedError, RetryLaterError
from connector.ports import Registers
from tests.erp.erp_sandbox import infor
from tests.erp.ifs import ifs
from tests.sandbox_process import Sandbox


@dataclass
class RegistersUnderTest:
    """An ERP's registers; `fewer` has a list of the kind end in silence, `away` refuses it."""

    registers: Registers
    account: Entry
    dimension: Entry
    value: Entry
    supplier: Entry
    blocked_supplier: str
    company: Entry
    currency: Entry
    vat_code: Entry
    period: Entry
    generate: Callable[[dict[str, int]], Any]
    fault: Callable[..., Any]

    def read(self, kind: Kind) -> list[Entry]:
        return [entry for page in self.registers.pages(kind) for entry in page]


def m3(sandbox: Sandbox, **settings: Any) -> RegistersUnderTest:
    erp = infor(sandbox, settings)
    sandbox.call("POST", "/infor/suppliers", {"suno": "732000", "vrno": "SE5560001", "corg": "556"})
    sandbox.call(
        "POST",
        "/infor/identities",
        [{"aitp": 1, "aitm": "7501", "tx40": "Travel", "vfdt": "20260101", "vtdt": "20261231"}],
    )
    return RegistersUnderTest(
        erp.registers,
        account=Entry(
            "7501",
            "Travel",
            company="100",
            valid_from=date(2026, 1, 1),
            valid_to=date(2026, 12, 31),
        ),
        dimension=Entry("AIT2", "AIT2"),
        value=Entry("CC10", "Cost center 10", part="AIT2", company="100"),
        supplier=Entry(
            "732000",
            "Scandinavian Airlines System",
            company="100",
            extras={"vat_number": "SE5560001", "organisation_number": "556", "country": "SE"},
        ),
        blocked_supplier="739999",
        company=Entry("100/AAA", "Division AAA"),
        currency=Entry("EUR", "EUR", company="100/AAA"),
        vat_code=Entry("10", "No VAT", company="100"),
        period=Entry(
            "1/2026-11",
            "2026-11",
            company="100/AAA",
            valid_from=date(2026, 11, 1),
            valid_to=date(2026, 11, 30),
        ),
        generate=lambda wanted: sandbox.call("POST", "/infor/registers", wanted),
        fault=lambda kind, **rule: sandbox.fault(kind, program="CRS630MI", **rule),
    )


def m3_with_a_ceiling(sandbox: Sandbox) -> RegistersUnderTest:
    return m3(sandbox, max_list=100, always_pad=True)


def ifs_cloud(sandbox: Sandbox, **settings: Any) -> RegistersUnderTest:
    erp = ifs(sandbox, settings)
    supplier = {"SupplierId": "732000", "AssociationNo": "556"}
    account = {"Account": "7500", "ValidFrom": "2026-01-01", "ValidUntil": "2026-12-31"}
    changes = {"suppliers": [supplier], "accounts": [account]}
    sandbox.call("POST", "/ifs/registers", {"set": changes})
    valid = {"company": "10", "valid_from": date(2010, 1, 1), "valid_to": date(2049, 12, 31)}
    return RegistersUnderTest(
        erp.registers,
        account=Entry(
            "7500",
            "Other G&A",
            company="10",
            valid_from=date(2026, 1, 1),
            valid_to=date(2026, 12, 31),
        ),
        dimension=Entry("CodeB", "Cost center", company="10"),
        value=Entry("CC10", "CodeB CC10", part="CodeB", **valid),
        supplier=Entry(
            "732000",
            "Scandinavian Airlines System",
            extras={"organisation_number": "556", "country": "SE"},
        ),
        blocked_supplier="",
        company=Entry("10", "Company 10"),
        currency=Entry("EUR", "EUR", company="10"),
        vat_code=Entry("0", "No VAT", **valid),
        period=Entry(
            "2026-11",
            "2026-11",
            company="10",
            valid_from=date(2026, 11, 1),
            valid_to=date(2026, 11, 30),
        ),
        generate=lambda wanted: sandbox.call("POST", "/ifs/registers", wanted),
        fault=lambda kind, **rule: sandbox.fault(kind, program="AccountsHandling", **rule),
    )


def ifs_without_links(sandbox: Sandbox) -> RegistersUnderTest:
    return ifs_cloud(sandbox, paging="none")


@pytest.fixture(
    params=[m3, m3_with_a_ceiling, ifs_cloud, ifs_without_links], ids=lambda one: one.__name__
)
def at(request: pytest.FixtureRequest, sandbox: Sandbox) -> RegistersUnderTest:
    return request.param(sandbox)


def test_each_register_is_read(at):
    assert at.account in at.read(Kind.GL_ACCOUNT)
    assert at.dimension in at.read(Kind.DIMENSION)
    assert at.value in at.read(Kind.DIMENSION_VALUE)
    assert at.supplier in at.read(Kind.SUPPLIER)
    assert at.company in at.read(Kind.COMPANY)
    assert at.currency in at.read(Kind.CURRENCY)
    assert at.vat_code in at.read(Kind.VAT_CODE)
    assert at.period in at.read(Kind.PERIOD)


def test_a_supplier_that_the_erp_shows_as_blocked_is_blocked(at):
    blocked = [one.code for one in at.read(Kind.SUPPLIER) if one.blocked]
    assert blocked == ([at.blocked_supplier] if at.blocked_supplier else [])


def test_every_entry_comes_once_however_many_there_are(at):
    before = len(at.read(Kind.GL_ACCOUNT))
    at.generate({"accounts": 2_500})
    keys = [one.key for one in at.read(Kind.GL_ACCOUNT)]
    assert len(keys) == len(set(keys)) == before + 2_500


def test_a_read_that_fails_in_the_middle_is_no_read(at):
    at.generate({"accounts": 2_500})
    at.fault("429", skip=1, times=1, retry_after="0")
    assert len(at.read(Kind.GL_ACCOUNT)) > 2_500
    at.fault("instead", skip=1, status=403, body="{}")
    with pytest.raises((RetryLaterError, RefusedError)):
        at.read(Kind.GL_ACCOUNT)


def test_the_names_of_another_release_are_a_setting(sandbox: Sandbox):
    elsewhere = {"profile": {"registers": {"company": {"set": "CompanyHandling/Elsewhere"}}}}
    erp = ifs(sandbox, **elsewhere)
    with pytest.raises(
        (RefusedError, RetryLaterError),
        match=r"CompanyHandling/Elsewhere, as .ifs.profile.registers.company. has it: ",
    ):
        list(erp.registers.pages(Kind.COMPANY))


def test_a_list_of_m3_that_is_cut_is_gone_on_with(sandbox: Sandbox):
    at = m3(sandbox)
    before = len(at.read(Kind.GL_ACCOUNT))
    at.fault("short_list", keep=10)
    assert len(at.read(Kind.GL_ACCOUNT)) == before


def test_a_list_of_ifs_that_loses_its_link_ends_early(sandbox: Sandbox):
    at = ifs_cloud(sandbox)
    at.generate({"accounts": 500})
    at.fault("short_list", keep=50)
    assert len(at.read(Kind.GL_ACCOUNT)) == 50
