"""The `[infor]` section and the .ionapi file: everything that is wrong, at once."""

import json
from typing import Any

import pytest

from connector.domain.posting import Confirm
from connector.erp.infor import factory
from connector.erp.infor.config import Grant, InvoiceProgram, read_config
from connector.erp.infor.ionapi import load
from connector.errors import ConfigurationError
from connector.registry import ERPS, ErpFactory
from connector.secret import Secret

FILE = {
    "ti": "ACME_TRN",
    "cn": "InvoiceConnector",
    "dt": "12",
    "ci": "ACME_TRN~abc",
    "cs": "client-secret",
    "iu": "https://mingle-ionapi.eu1.inforcloudsuite.com",
    "pu": "https://mingle-sso.eu1.inforcloudsuite.com:443/ACME_TRN/as/",
    "oa": "authorization.oauth2",
    "ot": "token.oauth2",
    "or": "revoke_token.oauth2",
    "ev": "opaque",
    "v": "1.1",
    "saak": "ACME_TRN#key",
    "sask": "account-secret",
    "zz": "a key of tomorrow",
}
SECRETS = {"infor.ionapi": Secret(json.dumps(FILE))}


def faults_of_file(content: str, **options: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(Secret(content), **options)
    return caught.value.faults


def faults_of(section: dict[str, Any], secrets: dict[str, Secret] = SECRETS) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read_config(section, secrets)
    return caught.value.faults


def without(*keys: str, **changes: str) -> str:
    return json.dumps({k: v for k, v in (FILE | changes).items() if k not in keys})


def test_a_section_has_defaults_for_all_but_the_company():
    config = read_config({"cono": 100, "divi": "AAA"}, SECRETS)
    assert (config.cono, config.divi) == (100, "AAA")
    assert config.invoice_program is InvoiceProgram.APS450MI
    assert config.confirm is Confirm.VALIDATED
    assert config.grant is Grant.PASSWORD
    assert (config.settle_s, config.timeout_s, config.bulk_size) == (90.0, 70.0, 100)


def test_b26_b28_b31_all_faults_of_a_section_are_named_at_once():
    faults = faults_of(
        {
            "cono": 1000,
            "divi": "AAAA",
            "invoice_program": "APS999MI",
            "route": "ftp",
            "confirm": "maybe",
            "grant": "magic",
            "settling_seconds": -1,
            "requests_per_minute": True,
            "bulk_size": "100",
            "colour": "red",
        },
        {},
    )
    names = [fault.partition(" ")[0].removeprefix("infor.") for fault in faults]
    assert names == [
        "ionapi",
        "divi",
        "route",
        "cono",
        "invoice_program",
        "confirm",
        "grant",
        "settling_seconds",
        "requests_per_minute",
        "bulk_size",
        "colour",
    ]
    assert faults_of({"divi": "AAA"}) == ["infor.cono is missing; write a number from 1 to 999"]


def test_a_file_gives_addresses_joined_with_one_slash():
    for pu in ("https://sso.example.com:443/ACME/as/", "https://sso.example.com:443/ACME/as"):
        for ot in ("token.oauth2", "/token.oauth2"):
            ionapi = load(Secret(without(pu=pu, ot=ot)))
            assert ionapi.token_url == "https://sso.example.com:443/ACME/as/token.oauth2"
    assert ionapi.execute_path == "/ACME_TRN/M3/m3api-rest/v2/execute"


def test_a_file_does_not_show_its_secrets():
    shown = repr(load(SECRETS["infor.ionapi"]))
    for secret in ("client-secret", "ACME_TRN#key", "account-secret"):
        assert secret not in shown


@pytest.mark.parametrize("content", ["", "{", "<html>", "[]", '"text"'])
def test_a_file_that_is_no_json_object_is_refused_without_showing_it(content: str):
    assert len(faults_of_file(content)) == 1


def test_missing_keys_are_named_with_their_meaning():
    assert faults_of_file(without("ti", "ot")) == [
        "infor.ionapi has no ti (the tenant)",
        "infor.ionapi has no ot (the path of the token endpoint)",
    ]


def test_a_file_without_a_service_account_says_how_it_was_downloaded():
    (fault,) = faults_of_file(without("saak", "sask"))
    assert "Create Service Account" in fault


def test_b27_addresses_are_https_unless_http_is_allowed():
    plain = without(iu="http://127.0.0.1:1", pu="http://127.0.0.1:1/as/")
    assert faults_of_file(plain) == [
        "infor.ionapi has a `iu` that does not begin with https://",
        "infor.ionapi has a `pu` that does not begin with https://",
    ]
    assert load(Secret(plain), allow_http=True).base_url == "http://127.0.0.1:1"
    assert len(faults_of_file(without(iu="https://user@example.com", pu="https:///as/"))) == 2


@pytest.mark.parametrize(
    ("key", "value"), [("ti", ".."), ("ot", "../admin"), ("ot", "token?x=1"), ("ot", "a//b/%2e%2e")]
)
def test_a_tenant_or_a_path_that_leads_elsewhere_is_refused(key: str, value: str):
    assert faults_of_file(without(**{key: value})) == [
        f"infor.ionapi has a `{key}` that is no plain path"
    ]


def test_the_connection_file_hears_of_the_section_and_of_the_file_at_once():
    secrets = {"infor.ionapi": Secret(without("ti"))}
    found = factory.faults({"cono": 0}, secrets, allow_http=False)
    assert [fault.partition(" ")[0] for fault in found] == ["infor.cono", "infor.ionapi"]
    assert factory.faults({"cono": 100, "divi": "AAA"}, SECRETS, allow_http=False) == []


def test_the_factory_is_one_that_the_registry_can_use():
    section = {"cono": 100, "divi": "AAA"}
    used: ErpFactory = ERPS["infor-m3"].factory
    assert used.default_company(section) == {"cono": "100", "divi": "AAA"}
    assert used.requests_per_minute(section) == 1000
    assert used.requests_per_minute(section | {"requests_per_minute": 5}) == 5


def test_batches_that_cannot_be_read_cannot_count_as_posted_when_they_are_written():
    section = {"cono": 100, "confirm": "written", "journal_reads": "GLS200MI"}
    assert read_config(section, SECRETS).confirm is Confirm.WRITTEN
    (fault,) = faults_of(section | {"journal_interface": "BREX"})
    assert fault.startswith('infor.confirm is "written"')


@pytest.mark.parametrize(
    "wrong",
    [
        {"journal_interface": "X" * 16},
        {"journal_interface": " BREX"},
        {"journal_record": 1},
        {"journal_info": "A1"},
        {"exchange_rate_type": "123"},
        {"journal_reads": "GLS840MI"},
    ],
)
def test_what_a_journal_setting_cannot_be_is_named(wrong):
    (name,) = wrong
    (fault,) = faults_of({"cono": 100} | wrong)
    assert fault.startswith(f"infor.{name} is ")


def test_the_bod_route_needs_a_connection_point_and_a_way_to_know_what_became_of_it():
    section = {"cono": 100, "divi": "AAA", "route": "bod"}
    (fault,) = faults_of(section)
    assert fault.startswith("infor.bod_logical_id is missing")
    section |= {"bod_logical_id": "lid://infor.ims.mlconnector"}
    assert read_config(section, SECRETS).bod.wait_s == 1800.0
    (fault,) = faults_of(section | {"bod_reads": "none"})
    assert fault.startswith('infor.bod_answers is "none"')
    (fault,) = faults_of(
        section | {"bod_reads": "none", "bod_answers": "datalake", "confirm": "ledger"}
    )
    assert fault.startswith('infor.confirm is "ledger"')
