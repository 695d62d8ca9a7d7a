"""The ION gateway: tokens, contexts, answer shapes, bulk."""

import requests


def test_the_ionapi_file_is_complete(m3):
    keys = {"ti", "cn", "dt", "ci", "cs", "iu", "pu", "oa", "ot", "or", "ev", "v", "saak", "sask"}
    assert keys <= set(m3.ionapi)
    assert m3.ionapi["pu"].endswith(f"/{m3.ionapi['ti']}/as/")


def test_client_and_service_account_are_checked(m3):
    assert m3.token(password="no").json()["error"] == "invalid_grant"
    assert m3.token(password="no").status_code == 400
    keys = m3.ionapi
    wrong = requests.post(
        keys["pu"] + keys["ot"], data={"grant_type": "password"}, auth=("a", "b"), timeout=5
    )
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


def test_client_credentials_in_the_body_give_a_token_too(m3):
    keys = m3.ionapi
    form = {
        "grant_type": "client_credentials",
        "client_id": keys["ci"],
        "client_secret": keys["cs"],
    }
    answer = requests.post(keys["pu"] + keys["ot"], data=form, timeout=5).json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 7200)


def test_expires_in_may_be_a_string_and_older_tokens_stay_valid(m3, sandbox):
    sandbox.settings("infor", expires_in_as="string")
    assert m3.token().json()["expires_in"] == "7200"
    assert m3.get("MNS150MI/GetUserData").status_code == 200


def test_without_a_token_nothing_is_done(m3):
    assert requests.get(f"{m3.base}/MNS150MI/GetUserData", timeout=5).status_code == 401


def test_a_foreign_company_is_403_and_a_foreign_division_is_refused(m3):
    assert m3.get("MNS150MI/GetUserData", cono=200).status_code == 403
    refusal = m3.refusal("APS450MI/AddHead", SUNO="732000", IVDT="20260630", divi="CCC")
    assert refusal["errorCode"] == "XAU0008"
    central = m3.refusal("APS450MI/AddHead", SUNO="732000", IVDT="20260630", divi="")
    assert central["errorCode"] == "WDI0102"


def test_what_does_not_exist_is_a_bare_400(m3):
    for operation in ("APS999MI/AddHead", "APS450MI/ValidateInvoice"):
        answer = m3.get(operation)
        assert (answer.status_code, answer.text) == (400, "")


def test_input_is_held_to_the_contract(m3):
    head = {"SUNO": "732000", "IVDT": "20260630"}
    long = m3.refusal("APS450MI/AddHead", **head, SINO="X" * 25)
    assert (long["errorType"], long["errorField"]) == ("InputFieldTooLong", "SINO")
    missing = m3.refusal("APS450MI/AddHead", SUNO="732000")
    assert (missing["errorType"], missing["errorField"]) == ("MandatoryInputFieldNotFound", "IVDT")
    unknown = m3.refusal("APS450MI/AddHead", **head, XXXX="1")
    assert unknown["errorField"] == "XXXX"
    comma = m3.refusal("APS450MI/AddHead", **head, CUAM="1,5")
    assert comma["errorField"] == "CUAM"
    date = m3.refusal("APS450MI/AddHead", SUNO="732000", IVDT="2026-06-30")
    assert date["errorField"] == "IVDT"


def test_a_message_is_padded_and_repeats_code_and_field(m3):
    refusal = m3.refusal("APS450MI/AddHead", SUNO="99999", IVDT="20260630")
    assert refusal["errorCode"] == "WSU0103"
    assert refusal["errorMessage"].startswith("Supplier 99999 does not exist     ")
    assert refusal["errorMessage"].endswith("WSU0103 SUNO")


def test_error_members_may_stand_at_top_level(m3, sandbox):
    sandbox.settings("infor", error_shape="top")
    answer = m3.get("APS450MI/AddHead", SUNO="99999", IVDT="20260630")
    assert answer.status_code == 400
    assert answer.json()["errorCode"] == "WSU0103"
    assert "results" not in answer.json()


def test_values_are_padded_when_not_trimmed(m3):
    row = m3.rows("MNS150MI/GetUserData", righttrim="false", returncols="DIVI,NAME")[0]
    assert row == {"DIVI": "AAA", "NAME": "Accounting connector".ljust(36)}


def test_maxrecs_cuts_silently_and_0_is_unlimited(m3):
    everything = m3.rows("CRS620MI/LstByNumber", SUNO="0", maxrecs=0)
    assert len(everything) > 40
    assert len(m3.rows("CRS620MI/LstByNumber", SUNO="0", maxrecs=7)) == 7
    behind = m3.rows("CRS620MI/LstByNumber", SUNO=everything[7]["SUNO"], maxrecs=1)
    assert behind == [everything[7]]


def test_a_bulk_call_answers_each_transaction_by_itself(m3):
    inbn = m3.head("BULK1")
    line = {"INBN": inbn, "RDTP": "8", "NLAM": "50.00", "AIT1": "7500"}
    answer = m3.bulk(
        "APS450MI", ("AddLine", line), ("AddLine", {**line, "INBN": "9"}), ("AddLine", line)
    )
    assert answer.status_code == 200
    body = answer.json()
    assert [one["errorCode"] for one in body["results"]] == [None, "XRE0103", None]
    assert (body["nrOfSuccessfullTransactions"], body["nrOfFailedTransactions"]) == (2, 1)
    assert len(m3.rows("APS450MI/LstLines", INBN=inbn)) == 2


def test_a_bulk_call_may_end_at_the_first_error(m3, sandbox):
    sandbox.settings("infor", bulk_stops_at_error=True)
    inbn = m3.head("BULK2")
    line = {"INBN": inbn, "RDTP": "8", "NLAM": "50.00"}
    body = m3.bulk("APS450MI", ("AddLine", {**line, "RDTP": "9"}), ("AddLine", line)).json()
    assert body["wasTerminated"] is True
    assert [one["notProcessed"] for one in body["results"]] == [False, True]
    assert m3.rows("APS450MI/LstLines", INBN=inbn) == []


def test_beyond_the_quota_comes_429(m3, sandbox):
    sandbox.settings("infor", requests_per_minute=2, retry_after="7")
    answers = [m3.get("MNS150MI/GetUserData") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == "7"


def test_every_record_value_is_a_string(m3):
    m3.batch("STR1")
    for operation, record in (
        ("CRS620MI/GetBasicData", {"SUNO": "732000"}),
        ("CRS630MI/GetAccountID", {"AITP": "1", "AITM": "7500"}),
        ("CRS055MI/GetBasicData", {"CUCD": "JPY"}),
        ("AUTCHKMI/ChkAuthority", {"APGM": "APS450"}),
        ("MNS150MI/LstCmpDivi", {"USID": "MLCONN"}),
        ("APS450MI/LstInvBySupInv", {"SPYN": "732000", "SUNO": "732000", "SINO": "STR1"}),
    ):
        rows = m3.rows(operation, **record)
        assert rows
        assert all(isinstance(value, str) for row in rows for value in row.values())


def test_the_release_decides_on_the_dimensions_of_a_line(m3, sandbox):
    def fields():
        asked = {"MINM": "APS450MI", "TRNM": "AddLine", "TRTP": "I", "maxrecs": 0}
        return {row["FLNM"] for row in m3.rows("MRS001MI/LstFields", **asked)}

    assert {"AIT1", "AIT7", "VTXT"} <= fields()
    sandbox.settings("infor", line_dimensions="ao")
    assert "AO07" in fields()
    assert "AIT1" not in fields()
    sandbox.settings("infor", line_dimensions="none")
    assert not {"AIT1", "AO01"} & fields()
    inbn = m3.head("NONE1")
    assert m3.refusal("APS450MI/AddLine", INBN=inbn, RDTP="8", AIT1="7500")["errorField"] == "AIT1"


def test_only_some_releases_delete(m3, sandbox):
    inbn = m3.head("DEL1")
    assert m3.get("APS450MI/DltInvoice", INBN=inbn).status_code == 400
    sandbox.settings("infor", has_dlt_invoice=True)
    m3.rows("APS450MI/DltInvoice", INBN=inbn)
    assert m3.refusal("APS450MI/GetHead", INBN=inbn)["errorCode"] == "XRE0103"
