"""The example file documents every setting, and no other."""

import re
import tomllib
from importlib.resources import files

import pytest

from connector.domain.connections import MappingConfig
from connector.domain.routes import CompanyRoute
from connector.erp.ifs import config as ifs
from connector.erp.infor.config import IONAPI_SECRET, SETTINGS, read_config
from connector.secret import Secret

EXAMPLE = files("connector.connection_file").joinpath("example.toml").read_text()
#: The settings that the adapters read (see `interface.md` and their own config modules).
SECTIONS = [
    *(
        "",
        "limits",
        "sync",
        "console",
        "brex",
        "brex.oauth",
        "mapping",
        "mapping.company",
        "mapping.vat",
    ),
    "mapping.offset_accounts",
]


def uncommented(text):
    return re.sub(r'^# (?=\[[a-z._]+\]$|"?[A-Za-z_0-9]+"? = )', "", text, flags=re.MULTILINE)


def documented(section):
    table = tomllib.loads(uncommented(EXAMPLE))
    for name in filter(None, section.split(".")):
        table = table[name]
    return set(table)


def test_the_example_is_a_sound_file(read):
    assert read(EXAMPLE).erp == "infor-m3"


def test_the_example_with_its_alternatives_is_sound_too(read):
    text = uncommented(EXAMPLE)
    text = text.replace('token = "env:ACME_BREX_TOKEN"\n', "").replace("infor-m3", "ifs-cloud", 1)
    text = re.sub(r"^\[infor\]$.*?(?=^\[ifs\])", "", text, flags=re.MULTILINE | re.DOTALL)
    text = text.replace('erp = "infor-m3"', 'erp = "ifs-cloud"')
    loaded = read(text)
    assert loaded.brex.oauth_client_id
    assert loaded.erp_config["target"] == "posting_proposal"


@pytest.mark.parametrize("section", SECTIONS)
def test_every_known_setting_is_documented(faults, section):
    path = f"{section}.zzz" if section else "zzz"
    header = "brex.oauth" if section == "brex.oauth" else section
    text = "zzz = 1\n" if not section else f"[{header}]\nzzz = 1\n"
    fault = next(fault for fault in faults(text) if fault.startswith(f"{path} is no setting"))
    known = set(fault.partition("the settings here are ")[2].split(", "))
    assert known <= documented(section)


def test_mapping_defaults_in_the_example_are_the_real_ones():
    shown = tomllib.loads(uncommented(EXAMPLE))["mapping"]
    assert shown["currency"] == MappingConfig("GL").currency
    assert shown["closed_period"] == MappingConfig("GL").closed_period
    assert shown["company"]["by"] == CompanyRoute("ENTITY", {}).by


def test_defaults_in_the_example_are_the_real_ones(read):
    comments = re.findall(
        r"^# (webhooks|poll_every|mark_exported|requests_per_minute) = (.*)$", EXAMPLE, re.MULTILINE
    )
    brex = read(EXAMPLE).brex
    assert dict(comments)["poll_every"] == '"1h"'
    assert brex.poll_every.total_seconds() == 3600
    assert (brex.webhooks, brex.mark_exported, brex.requests_per_minute) == (True, True, 1000)


def test_the_infor_section_documents_what_the_adapter_knows_and_no_more():
    assert documented("infor") == SETTINGS


def test_defaults_of_the_infor_section_are_the_real_ones():
    section = tomllib.loads(uncommented(EXAMPLE))["infor"]
    required = {name: section[name] for name in ("cono", "divi")}
    secrets = {IONAPI_SECRET: Secret("{}")}
    assert read_config(section, secrets) == read_config(required, secrets)


def test_the_ifs_section_documents_what_the_adapter_knows_and_no_more():
    assert documented("ifs") == ifs.SETTINGS
    assert documented("ifs.profile") == ifs.PROFILE
    for kind in ("posting_proposal", "manual_voucher"):
        assert documented(f"ifs.profile.{kind}") == ifs.DOCUMENT


def test_defaults_of_the_ifs_section_are_the_real_ones():
    section = tomllib.loads(uncommented(EXAMPLE))["ifs"]
    needed = ("base_url", "token_url", "client_id", "company")
    secrets = {ifs.CLIENT_SECRET: Secret("x")}
    required = {name: section[name] for name in needed}
    shown = {
        name: value for name, value in section.items() if name not in {"client_secret", "password"}
    }
    assert ifs.read_config(shown, secrets, allow_http=False) == ifs.read_config(
        required, secrets, allow_http=False
    )
