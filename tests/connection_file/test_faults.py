"""Everything wrong with a file is told at once, by key path, with what to write instead."""

import os

import pytest

from connector.connection_file import load
from connector.errors import ConfigurationError

SOUND = """
name = "acme-m3"
erp = "infor-m3"
[brex]
base_url = "https://api.brex.com"
token = "env:ACME_BREX_TOKEN"
webhook_secrets = ["env:ACME_BREX_WEBHOOK_SECRET"]
poll_every = "1h"
requests_per_minute = 1000
[infor]
ionapi = "file:acme.ionapi"
settling_seconds = 90
[mapping]
gl_account = "GL_ACCOUNT"
time_zone = "UTC"
[mapping.dimensions]
AIT2 = "COST_CENTER"
[mapping.company]
field = "ENTITY"
values = { "SE" = { cono = 100, divi = "AAA" } }
[mapping.types]
CARD_EXPENSE_POST = "invoice"
"""

CASES = [
    # (what stands in the sound file, what stands there now, the beginning of the only fault)
    ('"acme-m3"', '"Acme M3"', "name is 'Acme M3'; write up to 40 of a-z"),
    ('name = "acme-m3"', "", 'name is missing; write it like "acme-m3"'),
    ('"infor-m3"', '"infor"', "erp is 'infor'; did you mean infor-m3?"),
    ('"infor-m3"', '"sap"', "erp is 'sap'; it is one of ifs-cloud, infor-m3"),
    ('"1h"', '"1 hour"', "brex.poll_every is '1 hour'; write it like"),
    pytest.param('"1h"', '"0s"', "brex.poll_every is '0s'; write one from 1s to 7d", id="B28-1"),
    pytest.param('"1h"', '"8d"', "brex.poll_every is '8d'; write one from 1s to 7d", id="B28-2"),
    ('"1h"', "3600", "brex.poll_every is a whole number; write a string"),
    pytest.param("= 1000", "= -1", "brex.requests_per_minute is -1; write a number from 1 to 100000", id="B28-3"),
    pytest.param("= 1000", "= 0", "brex.requests_per_minute is 0;", id="B28-4"),
    pytest.param("= 1000", "= 10_000_000", "brex.requests_per_minute is 10000000;", id="B28-5"),
    ("= 1000", "= true", "brex.requests_per_minute is true or false; write a whole number"),
    ("= 1000", "= 2026-01-01", "brex.requests_per_minute is a date or time;"),
    pytest.param("poll_every", "pol_every", "brex.pol_every is no setting; did you mean poll_every?", id="B31-1"),
    pytest.param("poll_every", "zzz", "brex.zzz is no setting; the settings here are base_url, company_id", id="B31-2"),
    pytest.param("[brex]", "[brx]\nx = 1\n[brex]", "brx is no setting; did you mean brex?", id="B31-3"),
    ('"UTC"', '"Europe/Stokholm"', "mapping.time_zone is 'Europe/Stokholm', which is no time zone; did you mean Europe/Stockholm?"),
    ('"UTC"', '"../../etc/passwd"', "mapping.time_zone is '../../etc/passwd', which is no time zone"),
    ('"UTC"', '"Europe"', "mapping.time_zone is 'Europe', which is no time zone"),
    ('"UTC"', '" UTC"', "mapping.time_zone is ' UTC', with blanks around it"),
    ('"UTC"', '"U\\u0000"', "mapping.time_zone has a control character"),
    ('"GL_ACCOUNT"', '""', "mapping.gl_account is empty"),
    pytest.param('"GL_ACCOUNT"', '"COST_CENTER"', "mapping.dimensions.AIT2 is the field of mapping.gl_account", id="B29-1"),
    pytest.param("AIT2", 'AIT3 = "COST_CENTER"\nAIT2', None, id="B29-2"),
    pytest.param("AIT2", 'ait2 = "PROJECT"\nAIT2', None, id="B29-3"),
    ('"invoice"', '"invoce"', "mapping.types.CARD_EXPENSE_POST is 'invoce'; did you mean invoice?"),
    ('"invoice"', '"journal"', "mapping.offset_accounts.card_liability is missing: the entries of CARD_EXPENSE_POST need it"),
    ('CARD_EXPENSE_POST = "invoice"', 'CARD_PAYMENT = "invoice"', "mapping.types.CARD_PAYMENT is 'invoice'; write journal, hold or ignore for records of this type"),
    ('CARD_EXPENSE_POST = "invoice"', 'CARD_EXPENS_POST = "invoice"', "mapping.types.CARD_EXPENS_POST is 'invoice'; did you mean CARD_EXPENSE_POST? Else write hold or ignore"),
    ('field = "ENTITY"', 'by = "entity"\nfield = "ENTITY"', "mapping.company.by is 'entity'; did you mean billing_entity?"),
    ('field = "ENTITY"', 'by = "billing_entity"\nfield = "ENTITY"', 'mapping.company.field is not asked where by = "billing_entity"'),
    ('field = "ENTITY"', "", 'mapping.company.field is missing; write it like "ENTITY"'),
    ('field = "ENTITY"', 'field = "ENTITY"\npayments = "NO"', "mapping.company.payments is no company of mapping.company.values; name one that values has"),
    ('field = "ENTITY"', 'field = "ENTITY"\ntime_zones = { "SEE" = "UTC" }', "mapping.company.time_zones.SEE is no company of mapping.company.values; did you mean SE?"),
    ('field = "ENTITY"', 'field = "ENTITY"\ntime_zones = { "SE" = "Mars" }', "mapping.company.time_zones.SE is 'Mars', which is no time zone"),
    ('field = "ENTITY"', 'field = "ENTITY"\noffset_accounts = { "SE" = { bank = "1" } }', "mapping.company.offset_accounts.SE.bank is no setting"),
    ('time_zone = "UTC"', 'time_zone = "UTC"\ncurrency = "local"', "mapping.currency is 'local'; it is one of billing, original"),
    ('time_zone = "UTC"', 'time_zone = "UTC"\nopen_from = "June"', "mapping.open_from is 'June'; write a day like"),
    ('time_zone = "UTC"', 'time_zone = "UTC"\nopen_from = 2026-06-01', "mapping.open_from is a date or time; write a string"),
    ('field = "ENTITY"', 'field = "ENTITY"\nopen_from = { "SE" = "x" }', "mapping.company.open_from.SE is 'x'; write a day like"),
    ('time_zone = "UTC"', 'time_zone = "UTC"\nclosed_period = "next"', "mapping.closed_period is 'next'; it is one of hold, next_open_period"),
    ("[mapping.types]", "[mapping.vat]\nvalues = { }\n[mapping.types]", 'mapping.vat.field is missing; write it like "TAX_CODE"'),
    ("[mapping.types]", "[mapping.vat]\nfield = 'TAX'\n[mapping.types]", "mapping.vat.values is missing"),
    ("[mapping.types]", "[mapping.vat]\nfield = 'TAX'\nvalues = { A = { code = '20', rate = 25.5 } }\n[mapping.types]", "mapping.vat.values.A.rate is a number; write a string"),
    ("[mapping.types]", "[mapping.vat]\nfield = 'TAX'\nvalues = { A = { code = '20', rate = '100' } }\n[mapping.types]", "mapping.vat.values.A.rate is '100'; write a rate in per cent"),
    ("[mapping.types]", "[mapping.vat]\nfield = 'TAX'\nvalues = { A = { code = '20', rate = '25' }, B = { code = '20', rate = '12' } }\n[mapping.types]", "mapping.vat.values.B has another rate or account than the code '20' has before it"),
    ("CARD_EXPENSE_POST", "card", "mapping.types.card is no accounting record type"),
    ('divi = "AAA" }', 'divi = "AAA" }, "NO" = { cono = 100 }', "mapping.company.values.NO lacks divi"),
    ('{ cono = 100, divi = "AAA" }', "{}", "mapping.company.values.SE lacks its company"),
    ('"SE" = { cono = 100, divi = "AAA" }', "", "mapping.company.values is empty"),
    ("cono = 100", "cono = 1.5", "mapping.company.values.SE.cono is a number; write a string or"),
    pytest.param("[mapping.types]", "[mapping.values.GL_ACOUNT]\na = 'b'\n[mapping.types]", "mapping.values.GL_ACOUNT is no field of this mapping; did you mean GL_ACCOUNT?", id="B29-4"),
    pytest.param("[mapping.types]", "[mapping.offset_accounts]\nbank = '1'\n[mapping.types]", "mapping.offset_accounts.bank is no setting", id="B31-4"),
    pytest.param("= 90", "= 0", "infor.settling_seconds is 0; write a number above 0", id="B28-6"),
    ("= 90", "= 2026-01-01", "infor.settling_seconds is a date or time"),
    pytest.param("= 90", "= 90\nrequests_per_minute = -5", "infor.requests_per_minute is -5", id="B28-7"),
    pytest.param("= 90", "= 90\nrate = nan", "infor.rate is not a finite number", id="B28-8"),
    ("= 90", "= 90\npassword = 5", "infor.password is a whole number; write a string"),
    ("[mapping]", "[ifs]\ncompany = '10'\n[mapping]", 'ifs is the section of another ERP; take it out, or write erp = "ifs-cloud"'),
    ('"file:acme.ionapi"', '"file:other.ionapi"', "infor.ionapi cannot be read from"),
    ('"file:acme.ionapi"', '"file:."', "infor.ionapi names"),
    ('"file:acme.ionapi"', '"file:"', "infor.ionapi names no file"),
    pytest.param("ACME_BREX_TOKEN", "ACME_TOKEN", "brex.token needs the environment variable ACME_TOKEN, which is not set", id="B26-2"),
    ("env:ACME_BREX_TOKEN", "env:A B", "brex.token names no environment variable"),
    pytest.param("env:ACME_BREX_TOKEN", "", "brex.token is empty", id="B26-3"),
    pytest.param("env:ACME_BREX_TOKEN", "changeme", "brex.token is a placeholder", id="B26-4"),
    pytest.param("env:ACME_BREX_TOKEN", "xxx", "brex.token is a placeholder", id="B26-5"),
    pytest.param("env:ACME_BREX_TOKEN", "…", "brex.token is a placeholder", id="B26-6"),
    pytest.param("env:ACME_BREX_TOKEN", "<token>", "brex.token is a placeholder", id="B26-7"),
    pytest.param("env:ACME_BREX_TOKEN", " shh", "brex.token begins or ends with a blank", id="B26-8"),
    pytest.param("env:ACME_BREX_TOKEN", "shh\\nshh", "brex.token has a control character", id="B26-9"),
    pytest.param('token = "env:ACME_BREX_TOKEN"', "", "brex.token and brex.oauth are both missing; give one of them", id="B26-10"),
    ('token = "env:ACME_BREX_TOKEN"', 'token = "shh"\noauth = { token_url = "https://x", client_id = "c", client_secret = "shh", refresh_token = "shh" }', "brex.token and brex.oauth are both given; give one of them"),
    pytest.param('["env:ACME_BREX_WEBHOOK_SECRET"]', '["whsec_not base64"]', "brex.webhook_secrets.0 is not base64", id="B26-11"),
    pytest.param('["env:ACME_BREX_WEBHOOK_SECRET"]', '["whsec_c2hvcnQ="]', "brex.webhook_secrets.0 is not the base64 of 24 to 64 bytes", id="B26-12"),
    ('["env:ACME_BREX_WEBHOOK_SECRET"]', "[5]", "brex.webhook_secrets.0 is a whole number; write a string"),
    ('["env:ACME_BREX_WEBHOOK_SECRET"]', '"env:ACME_BREX_WEBHOOK_SECRET"', "brex.webhook_secrets is a string; write a list"),
    pytest.param('["env:ACME_BREX_WEBHOOK_SECRET"]', "[]", "brex.webhook_secrets is missing; give one, or write webhooks = false", id="B26-13"),
    pytest.param("[brex]", "[brex", "is not TOML: ", id="B32-1"),
]  # fmt: skip

URLS = [
    ("http://api.brex.com", "is no https URL"),
    ("ftp://api.brex.com", "is no https URL"),
    ("api.brex.com", "is no https URL"),
    ("https://shh:shh@api.brex.com", "has a user name or password"),
    ("https://api.brex.com/../admin", "has a path with .."),
    ("https://api.brex.com/%2e%2e/admin", "has a path with .."),
    ("https://api.brex.com//v3", "has an empty part in its path"),
    ("https://api.brex.com.", "has a host that ends with a dot"),
    ("https://br\\u00e9x.com", "has characters beyond ASCII"),
    ("https://api.brex.com?a=b", "has a query"),
    ("https://api.brex.com#x", "has a query"),
    ("https://api.brex.com:0", "has no usable port"),
    ("https://api.brex.com:x", "is no URL"),
    ("https://api brex.com", "has blanks"),
    ("https://", "has no usable host"),
    ("https://169.254.169.254", "has an address that is no peer's"),
    ("https://0xA9FEA9FE", "has a number for a host"),
    ("https://2852039166", "has a number for a host"),
]


def test_the_file_that_the_cases_spoil_is_sound(read):
    assert read(SOUND).name == "acme-m3"


@pytest.mark.parametrize(("old", "new", "expected"), CASES)
def test_a_fault_names_the_key_and_the_mend(faults, old, new, expected):
    assert old in SOUND
    told = faults(SOUND.replace(old, new, 1))
    if expected is None:
        assert len(told) == 2
        assert all(fault.startswith("mapping.dimensions.") for fault in told)
    else:
        assert len(told) == 1
        assert told[0].startswith(expected)


@pytest.mark.parametrize(("url", "expected"), URLS)
def test_b27_a_url_that_could_lead_astray_is_refused(faults, url, expected):
    (told,) = faults(SOUND.replace("https://api.brex.com", url))
    assert told.startswith(f"brex.base_url {expected}")


def test_b27_an_erps_url_obeys_the_same_rules(faults):
    (told,) = faults(SOUND.replace("= 90", '= 90\nbase_url = "http://m3"'))
    assert told.startswith("infor.base_url is no https URL")


def test_b26_b31_everything_is_told_at_once(faults):
    told = faults("nam = 'x'\n[brex]\npoll_every = 'often'\n[mapping]\ntime_zone = 'Mars'")
    assert [fault.split(" ")[0] for fault in told] == [
        "name",
        "erp",
        "nam",
        "brex.token",
        "brex.webhook_secrets",
        "brex.base_url",
        "brex.poll_every",
        "mapping.gl_account",
        "mapping.time_zone",
    ]


def test_every_account_that_entries_need_is_named_once_with_the_types_that_need_it(faults):
    text = SOUND.replace(
        'CARD_EXPENSE_POST = "invoice"', 'CARD_EXPENSE_POST = "journal"\nCARD_PAYMENT = "journal"'
    )
    assert faults(text) == [
        "mapping.offset_accounts.card_liability is missing: the entries of CARD_EXPENSE_POST, CARD_PAYMENT need it",
        "mapping.offset_accounts.cash is missing: the entries of CARD_PAYMENT need it",
    ]
    accounts = "[mapping.company.offset_accounts.SE]\ncard_liability = '2440'\ncash = '1930'\n"
    two = text.replace('divi = "AAA" }', 'divi = "AAA" }, "NO" = { cono = 100, divi = "BBB" }')
    told = faults(two.replace("[mapping.types]", f"{accounts}[mapping.types]"))
    assert [fault.split(" ")[0] for fault in told] == [
        "mapping.company.offset_accounts.NO.card_liability",
        "mapping.company.offset_accounts.NO.cash",
    ]


def test_an_entry_with_vat_needs_the_account_of_the_vat(faults):
    vat = """[mapping.offset_accounts]
card_liability = "2440"
[mapping.vat]
field = "TAX"
values = { A = { code = "20", rate = "25" }, B = { code = "21", rate = "0" } }
[mapping.types]"""
    text = SOUND.replace('"invoice"', '"journal"').replace("[mapping.types]", vat)
    assert faults(text) == [
        "mapping.vat.values.A.account is missing: the entries of CARD_EXPENSE_POST need it"
    ]


def test_a_missing_section_is_one_fault(faults):
    told = faults('name = "a"\nerp = "ifs-cloud"')
    assert told == [
        "brex is missing; write it like [brex]",
        "ifs is missing; write it like [ifs]",
        "mapping is missing; write it like [mapping]",
    ]


def test_a_secret_file_that_everyone_can_read_is_refused(faults, tmp_path):
    (tmp_path / "token").write_text("shh")
    (tmp_path / "token").chmod(0o644)
    (told,) = faults(SOUND.replace("env:ACME_BREX_TOKEN", "file:token"))
    assert told.endswith(f"chmod 600 {tmp_path / 'token'}")


def test_a_value_that_came_by_reference_is_not_repeated(faults):
    (told,) = faults(SOUND.replace('"1h"', '"env:ACME_IFS_SECRET"'))
    assert told.startswith("brex.poll_every is the value of env:ACME_IFS_SECRET;")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a = " + b"[" * 100_000])
def test_b32_bytes_that_are_no_toml_are_refused(tmp_path, content):
    path = tmp_path / "acme.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="is not"):
        load(path, os.environ, erp_sections={})


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match=r"acme\.toml: cannot be read"):
        load(tmp_path / "acme.toml", {}, erp_sections={})
