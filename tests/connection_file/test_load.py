"""What a sound connection file says."""

from datetime import timedelta

import pytest

from connector.domain.connections import BrexConfig, MappingConfig
from connector.domain.routes import CompanyRoute
from connector.domain.suppliers import SupplierMatching

SMALLEST = """
name = "acme-m3"
erp = "infor-m3"
[brex]
base_url = "https://api.brex.com/"
token = "env:ACME_BREX_TOKEN"
webhooks = false
[infor]
ionapi = "file:acme.ionapi"
cono = 100
[mapping]
gl_account = "GL_ACCOUNT"
"""


def test_the_smallest_file_has_the_documented_defaults(read):
    loaded = read(SMALLEST)

    assert (loaded.name, loaded.erp) == ("acme-m3", "infor-m3")
    assert loaded.brex == BrexConfig(base_url="https://api.brex.com", webhooks=False)
    assert loaded.mapping == MappingConfig(gl_account="GL_ACCOUNT")
    assert loaded.erp_config == {"cono": 100}
    assert {name: secret.reveal() for name, secret in loaded.secrets.items()} == {
        "brex.token": "bxt_a-token-that-must-not-show",
        "infor.ionapi": '{"ti": "ACME_TST", "cs": "shh"}',
    }
    assert "shh" not in repr(loaded)
    assert "must-not-show" not in repr(loaded)


def test_a_whole_file_is_read_with_its_order(read):
    loaded = read(
        """
name = "acme-ifs"
erp = "ifs-cloud"
[brex]
base_url = "https://api.brex.com"
webhook_secrets = ["env:ACME_BREX_WEBHOOK_SECRET", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"]
company_id = "cuacc_1"
poll_every = "15m"
mark_exported = false
requests_per_minute = 60
oauth = { token_url = "https://accounts-api.brex.com/v1/token", client_id = "c", client_secret = "env:ACME_BREX_CLIENT_SECRET", refresh_token = "env:ACME_BREX_REFRESH_TOKEN" }
[ifs]
base_url = "https://acme.ifs.cloud"
client_secret = "env:ACME_IFS_SECRET"
company = "10"
settling_seconds = 0.5
[ifs.profile]
projection = "PostingProposalHandling"
keys = ["Company", "InvoiceId"]
[mapping]
gl_account = "GL_ACCOUNT"
time_zone = "Europe/Stockholm"
supplier_fallback = "BREX"
[mapping.dimensions]
CodeC = "PROJECT"
CodeB = "COST_CENTER"
[mapping.values.PROJECT]
"efo_1" = "P1"
[mapping.company]
field = "ENTITY"
values = { "SE" = { company = "10" }, "NO" = { company = 20 } }
[mapping.types]
CARD_PAYMENT = "ignore"
[mapping.suppliers]
"pmch_1" = "732000"
[mapping.offset_accounts]
card_liability = "2440"
"""
    )

    assert loaded.brex == BrexConfig(
        base_url="https://api.brex.com",
        company_id="cuacc_1",
        poll_every=timedelta(minutes=15),
        mark_exported=False,
        requests_per_minute=60,
        oauth_token_url="https://accounts-api.brex.com/v1/token",
        oauth_client_id="c",
    )
    assert loaded.mapping == MappingConfig(
        gl_account="GL_ACCOUNT",
        time_zone="Europe/Stockholm",
        supplier_fallback="BREX",
        supplier_matching=SupplierMatching(enabled=True),
        dimensions=(("CodeC", "PROJECT"), ("CodeB", "COST_CENTER")),
        values={"PROJECT": {"efo_1": "P1"}},
        suppliers={"pmch_1": "732000"},
        company=CompanyRoute("ENTITY", {"SE": {"company": "10"}, "NO": {"company": "20"}}),
        types={"CARD_PAYMENT": "ignore"},
        offset_accounts={"card_liability": "2440"},
    )
    assert loaded.erp_config == {
        "base_url": "https://acme.ifs.cloud",
        "company": "10",
        "settling_seconds": 0.5,
        "profile": {"projection": "PostingProposalHandling", "keys": ["Company", "InvoiceId"]},
    }
    assert sorted(loaded.secrets) == [
        "brex.oauth.client_secret",
        "brex.oauth.refresh_token",
        "brex.webhook_secrets.0",
        "brex.webhook_secrets.1",
        "ifs.client_secret",
    ]


def test_any_string_may_be_a_reference(read, tmp_path):
    (tmp_path / "gl").write_text("GL_ACCOUNT\n")
    text = SMALLEST.replace('"GL_ACCOUNT"', '"file:gl"').replace('"acme-m3"', '"env:NAME"')
    loaded = read(text, {"NAME": "other", "ACME_BREX_TOKEN": "bxt_1"})
    assert (loaded.name, loaded.mapping.gl_account) == ("other", "GL_ACCOUNT")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9001", "http://[::1]:9001/brex"])
def test_http_is_taken_where_it_is_allowed(read, url):
    loaded = read(SMALLEST.replace("https://api.brex.com/", url), allow_http=True)
    assert loaded.brex.base_url == url


def test_the_adapters_faults_are_told_with_the_others(faults):
    text = SMALLEST.replace('"acme-m3"', '"ACME"')
    told = faults(text, check_erp=lambda loaded: [f"infor.cono is {loaded.erp_config['cono']}"])
    assert [fault.split(" ")[0] for fault in told] == ["name", "infor.cono"]
