"""How one gets into M3: tokens, and the checks of a ping."""

import pytest

from connector.erp.infor import ionapi
from connector.erp.infor.config import Grant
from connector.erp.infor.tokens import token_grant
from connector.errors import CredentialsError
from connector.ports import Check
from tests.erp.erp_sandbox import (
    ErpUnderTest,
    build_infor,
    infor,
)
from tests.erp.m3 import failing, file_of
from tests.sandbox_process import Sandbox


@pytest.mark.parametrize("grant", Grant)
def test_the_service_account_gets_a_token(sandbox: Sandbox, grant: Grant):
    infor(sandbox, {"expires_in_as": "string"})
    file = ionapi.load(file_of(sandbox), allow_http=True)
    given = token_grant(file, grant, allow_http=True)(None)
    assert given.access.reveal()
    assert given.expires_in_s == 7200
    assert given.refresh is None


def test_b50_a_wrong_service_account_is_a_matter_of_credentials(sandbox: Sandbox):
    infor(sandbox)
    wrong = file_of(sandbox, sask="wrong")
    file = ionapi.load(wrong, allow_http=True)
    with pytest.raises(CredentialsError):
        token_grant(file, Grant.PASSWORD, allow_http=True)(None)
    erp = build_infor(wrong)
    (check,) = erp.ping()
    assert not check.passed
    assert "download the .ionapi file again" in check.detail


def test_ping_names_the_user_the_fields_and_the_payee(at: ErpUnderTest):
    assert list(at.erp.ping()) == [
        Check("access", passed=True, detail="M3 user MLCONN"),
        Check("company", passed=True, detail="company 100 division AAA"),
        Check(
            "APS450MI",
            passed=True,
            detail="AddHead, AddLine, GetHead, LstLines, LstInvBySupInv, UpdHead",
        ),
        Check("APS455MI", passed=True, detail="ValidByBatchNo"),
        Check("CRS620MI", passed=True, detail="GetBasicData"),
        Check("marker", passed=True, detail="AddHead takes CORI"),
        Check("dimensions", passed=True, detail="AIT1 as AIT1, AIT2 as AIT2"),
        Check("authority APS450", passed=True),
        Check("authority APS455", passed=True),
        Check("fallback supplier", passed=True, detail="BREX, paid to BREX"),
    ]


def test_ping_says_what_is_wrong_and_what_to_do(sandbox: Sandbox):
    erp = infor(sandbox, {"line_dimensions": "none", "divisions": ["BBB"], "divi": "BBB"})
    sandbox.call("POST", "/infor/suppliers", {"suno": "BREX", "stat": "90"})
    details = failing(erp.ping())
    sandbox.call("PATCH", "/settings", {"infor": {"divisions": ["AAA", "BBB"], "divi": "AAA"}})
    assert set(details) == {"company", "dimensions", "fallback supplier"}
    assert "MNS151" in details["company"]
    assert "AIT1, AIT2" in details["dimensions"]
    assert "CRS620" in details["fallback supplier"]


def test_ping_says_that_the_release_has_no_such_program(sandbox: Sandbox):
    erp = infor(sandbox, {"has_aps100": False}, invoice_program="APS100MI")
    assert set(failing(erp.ping())) == {"APS100MI"}


def test_b33_ping_of_another_company_ends_at_the_door(sandbox: Sandbox):
    erp = infor(sandbox, cono=200)
    (check,) = erp.ping()
    assert "MNS150" in check.detail
