"""The simulated IFS: tokens, projections, lists, ETags."""

import base64
from datetime import date
from xml.etree import ElementTree as ET

import pytest
import requests

from tests.sandbox.ifs_client import ACCOUNTS, HEAD, LINE, PROPOSALS, Ifs

ACCOUNT = f"{ACCOUNTS}/AccountSet(Company='10',Account='7500')"


def test_tokens_live_for_three_minutes_and_end(ifs, sandbox):
    assert ifs.token().json()["expires_in"] == 180
    sandbox.settings("ifs", expires_in_s=0)
    ifs.headers["Authorization"] = f"Bearer {ifs.token().json()['access_token']}"
    assert ifs.call("GET", f"{ACCOUNTS}/AccountSet").status_code == 401
    assert requests.get(f"{ifs.root}/{ACCOUNTS}/AccountSet", timeout=5).status_code == 401


def test_each_grant_is_checked(ifs):
    user = {"username": ifs.known["username"], "password": ifs.known["password"]}
    assert ifs.token(grant_type="password", **user).status_code == 200
    wrong = ifs.token(grant_type="password", username="x", password="y")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_grant")
    wrong = ifs.token(client_secret="no")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "unauthorized_client")
    refresh = ifs.token().json()["refresh_token"]
    assert ifs.token(grant_type="refresh_token", refresh_token=refresh).status_code == 200
    assert ifs.token(grant_type="magic").json()["error"] == "unsupported_grant_type"
    realm = ifs.known["token_url"].partition("/protocol")[0]
    found = requests.get(f"{realm}/.well-known/openid-configuration", timeout=5).json()
    assert found["token_endpoint"] == ifs.known["token_url"]
    other = ifs.known["token_url"].replace("/sandbox/", "/other/")
    assert requests.post(other, timeout=5).status_code == 404


def test_the_catalogue_names_the_projections(ifs, sandbox):
    rows = ifs.rows("AllProjections.svc/Projections", **{"$top": 1000})
    names = {row["Name"] for row in rows}
    assert len(names) == 60
    assert {"AccountsHandling", "PostingProposalHandling", "SupplierHandling"} <= names
    assert ifs.call("GET", "Nothing.svc/Set").status_code == 404


def test_metadata_says_keys_types_and_lengths(ifs):
    document = ifs.call("GET", f"{PROPOSALS}/").json()
    assert document["value"] == [
        {
            "name": "PostingProposalHeadSet",
            "kind": "EntitySet",
            "url": "PostingProposalHeadSet",
        }
    ]
    tree = ET.fromstring(ifs.call("GET", f"{PROPOSALS}/$metadata").text)
    edm = "{http://docs.oasis-open.org/odata/ns/edm}"
    head = tree.find(f".//{edm}EntityType[@Name='PostingProposalHead']")
    assert [one.get("Name") for one in head.iter(f"{edm}PropertyRef")] == ["Company", "InvoiceId"]
    number = head.find(f"{edm}Property[@Name='InvoiceNo']")
    assert (number.get("Type"), number.get("MaxLength")) == ("Edm.String", "50")
    amount = head.find(f"{edm}Property[@Name='GrossCurrAmount']")
    assert (amount.get("Precision"), amount.get("Scale")) == ("20", "3")
    lines = head.find(f"{edm}NavigationProperty")
    assert lines.get("Type") == "Collection(IfsApp.PostingProposalHandling.PostingProposalLine)"


def test_another_release_has_other_fields(ifs, sandbox):
    changes = ["PostingProposalHead.InvoiceNo=String 10", "PostingProposalHead.Text="]
    sandbox.settings("ifs", field_changes=changes, posting_proposals="ProposalsHandling")
    text = ifs.call("GET", "ProposalsHandling.svc/$metadata").text
    assert '<Property Name="InvoiceNo" Type="Edm.String" MaxLength="10"' in text
    assert ifs.call("GET", f"{PROPOSALS}/$metadata").status_code == 404
    long = ifs.call(
        "POST", "ProposalsHandling.svc/PostingProposalHeadSet", {**HEAD, "InvoiceNo": "X" * 11}
    )
    assert ifs.refusal(long, 400) == "ODP_DESERIALIZATION_ERROR"


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("Account eq '7500'", 2),
        ("Company eq '10' and (Account eq '7500' or Account eq '5420')", 2),
        ("Company eq '10' and startswith(Account,'75')", 1),
        ("Company eq '10' and contains(Description,'Soft')", 1),
        ("Company eq '10' and ValidUntil lt 2026-01-01", 1),
        ("Company eq '10' and not (Account ge '2000')", 1),
        ("Description eq 'it''s'", 0),
        # nothing of a company that is not allowed, and no error
        ("Company eq '30'", 0),
    ],
)
def test_filters(ifs, condition, count):
    assert len(ifs.rows(f"{ACCOUNTS}/AccountSet", **{"$filter": condition})) == count


@pytest.mark.parametrize(
    "options",
    [
        {"$filter": "Account eq 7500"},
        {"$filter": "Account like '75%'"},
        {"$filter": "Nothing eq 'x'"},
        {"$filter": "Account eq '7500' and"},
        {"$orderby": "Nothing"},
        {"$select": "Nothing"},
        {"$top": "many"},
    ],
)
def test_wrong_options_are_400(ifs, options):
    assert ifs.call("GET", f"{ACCOUNTS}/AccountSet", **options).status_code == 400


def test_enumerations_have_literals_of_their_own(ifs, sandbox):
    path = "SupplierHandling.svc/SupplierInfoGeneralSet(SupplierId='BREX')/SupplierPayments"
    kind = "IfsApp.SupplierHandling.PartyType'Supplier'"
    condition = f"Company eq '10' and PartyType eq {kind}"
    assert len(ifs.rows(path, **{"$filter": condition})) == 1
    assert ifs.call("GET", path, **{"$filter": "PartyType eq 'Supplier'"}).status_code == 400
    assert ifs.call("GET", f"{path}(Company='10',PartyType={kind})").status_code == 200
    ifs.head("ENUM1")
    state = "Objstate eq IfsApp.PostingProposalHandling.PostingProposalState'NotBalanced'"
    answer = ifs.call("GET", f"{PROPOSALS}/PostingProposalHeadSet", **{"$filter": state})
    assert answer.status_code == 400, "Objstate is not filterable"
    sandbox.settings("ifs", unfilterable=[])
    assert len(ifs.rows(f"{PROPOSALS}/PostingProposalHeadSet", **{"$filter": state})) == 1


@pytest.mark.parametrize("link", ["relative", "absolute", "internal"])
def test_pages_by_next_links(ifs, sandbox, link):
    sandbox.settings("ifs", page_size=7, next_link=link)
    options = {"$orderby": "Account", "$top": "16", "$filter": "Company eq '10'", "$count": "true"}
    page = ifs.call("GET", f"{ACCOUNTS}/AccountSet", **options).json()
    assert page["@odata.count"] == 34
    seen, links = list(page["value"]), []
    while link := page.get("@odata.nextLink"):
        links.append(link)
        target = link if "://" not in link else link.partition("/projection/v1/")[2]
        page = ifs.call("GET", target if "/" in target else f"{ACCOUNTS}/{target}").json()
        seen += page["value"]
    assert len({row["Account"] for row in seen}) == len(seen) == 16
    assert len(links) == 2


def test_pages_without_links(ifs, sandbox):
    sandbox.settings("ifs", page_size=7, paging="none")
    asked = {"$orderby": "Account", "$filter": "Company eq '10'"}
    assert len(ifs.rows(f"{ACCOUNTS}/AccountSet", **asked)) == 34
    some = ifs.call("GET", f"{ACCOUNTS}/AccountSet", **asked, **{"$top": "10", "$skip": "30"})
    assert (len(some.json()["value"]), "@odata.nextLink" in some.json()) == (4, False)


def test_a_list_may_be_cut_in_silence(ifs, sandbox):
    sandbox.settings("ifs", page_size=7, paging="default_cut")
    answer = ifs.call("GET", f"{ACCOUNTS}/AccountSet").json()
    assert (len(answer["value"]), "@odata.nextLink" in answer) == (7, False)
    assert len(ifs.rows(f"{ACCOUNTS}/AccountSet", **{"$top": "500"})) == 68


def test_an_etag_is_base64_of_the_row_and_its_last_change(ifs):
    answer = ifs.call("GET", ACCOUNT)
    etag = answer.headers["ETag"]
    assert etag == answer.json()["@odata.etag"]
    inner = base64.b64decode(etag.removeprefix('W/"').removesuffix('"')).decode()
    assert inner.startswith('W/"AACIMGAAFAAB')
    assert inner.endswith('"')
    assert len(inner) == 3 + 18 + 1 + 14 + 1


def test_lists_have_etags_with_full_metadata_alone(ifs):
    asked = {"$filter": "Company eq '10'", "$top": 1}
    assert "@odata.etag" not in ifs.rows(f"{ACCOUNTS}/AccountSet", **asked)[0]
    full = {"Accept": "application/json;odata.metadata=full"}
    answer = ifs.call("GET", f"{ACCOUNTS}/AccountSet", headers=full, **asked)
    assert answer.json()["value"][0]["@odata.etag"].startswith('W/"')


def test_a_change_needs_an_etag_that_is_not_stale(ifs, sandbox):
    change = {"Description": "Other"}
    assert ifs.refusal(ifs.call("PATCH", ACCOUNT, change), 428) == "ODP_MISSING_PRECONDITION"
    etag = ifs.call("GET", ACCOUNT).headers["ETag"]
    sandbox.control("POST", "ifs/accounts/10/7500")
    answer = ifs.call("PATCH", ACCOUNT, change, headers={"If-Match": etag})
    assert answer.status_code == 412
    sandbox.settings("ifs", stale_as="ora")
    answer = ifs.call("PATCH", ACCOUNT, change, headers={"If-Match": etag})
    assert ifs.refusal(answer, 500).startswith("ORA-20114: Account.FND_MODIFIED:")
    fresh = ifs.call("GET", ACCOUNT).headers["ETag"]
    answer = ifs.call("PATCH", ACCOUNT, change, headers={"If-Match": fresh})
    assert (answer.status_code, answer.json()["Description"]) == (200, "Other")
    assert ifs.call("PATCH", ACCOUNT, change, headers={"If-Match": "*"}).status_code == 200


def test_rows_are_removed_and_acted_upon_with_an_etag(ifs):
    head = ifs.head("DEL1")
    action = "IfsApp.PostingProposalHandling.PostingProposalHead_Cancel"
    assert ifs.call("POST", f"{ifs.path(head)}/{action}", {}).status_code == 428
    assert ifs.call("DELETE", ifs.path(head)).status_code == 428
    etag = {"If-Match": head["@odata.etag"]}
    assert ifs.call("DELETE", ifs.path(head), headers=etag).status_code == 204
    assert ifs.call("GET", ifs.path(head)).status_code == 404
    head = ifs.head("DEL2")
    answer = ifs.call("POST", f"{ifs.path(head)}/{action}", {}, headers={"If-Match": "*"})
    assert answer.status_code == 204
    assert ifs.call("GET", ifs.path(head)).json()["Objstate"] == "Cancelled"


def test_a_gateway_may_insist_on_the_etag_of_the_account(ifs, sandbox):
    sandbox.settings("ifs", if_match_on_create="account")
    path, body = f"{PROPOSALS}/PostingProposalHeadSet", {**HEAD, "InvoiceNo": "GATE1"}
    assert ifs.call("POST", path, body).status_code == 428
    etag = ifs.call("GET", ACCOUNT).headers["ETag"]
    head = ifs.call("POST", path, body, headers={"If-Match": etag}).json()
    lines = f"{ifs.path(head)}/PostingProposalLines"
    sandbox.control("POST", "ifs/accounts/10/7500")
    assert ifs.call("POST", lines, LINE, headers={"If-Match": etag}).status_code == 412
    etag = ifs.call("GET", ACCOUNT).headers["ETag"]
    assert ifs.call("POST", lines, LINE, headers={"If-Match": etag}).status_code == 201


def test_decimals_are_strings_for_those_who_ask(ifs):
    head = ifs.head("IEEE1", GrossCurrAmount=0.1)
    assert head["GrossCurrAmount"] == 0.1
    strings = "application/json;IEEE754Compatible=true"
    shown = ifs.call("GET", ifs.path(head), headers={"Accept": strings}).json()
    assert shown["GrossCurrAmount"] == "0.1"
    assert shown["InvoiceId"] == str(head["InvoiceId"])
    path, body = f"{PROPOSALS}/PostingProposalHeadSet", {**HEAD, "InvoiceNo": "IEEE2"}
    answer = ifs.call("POST", path, body, headers={"Content-Type": strings})
    assert ifs.refusal(answer, 400) == "ODP_DESERIALIZATION_ERROR"
    body["GrossCurrAmount"] = "0.10"
    assert ifs.call("POST", path, body, headers={"Content-Type": strings}).status_code == 201
    assert ifs.call("POST", path, {**body, "InvoiceNo": "IEEE3"}).status_code == 400


def test_a_session_cookie_needs_its_twin_on_main_and_not_on_int(ifs):
    path, body = f"{PROPOSALS}/PostingProposalHeadSet", {**HEAD, "InvoiceNo": "CSRF1"}
    session = requests.Session()
    session.headers.update(ifs.headers)
    session.get(f"{ifs.root}/{ACCOUNTS}/AccountSet", timeout=5)
    assert session.cookies["JSESSIONID"]
    answer = session.post(f"{ifs.root}/{path}", json=body, timeout=5)
    assert ifs.refusal(answer, 403) == "CSRF_ERROR"
    twin = {"X-XSRF-TOKEN": session.cookies["XSRF-TOKEN"]}
    assert session.post(f"{ifs.root}/{path}", json=body, headers=twin, timeout=5).status_code == 201
    other = ifs.root.replace("/main/", "/int/")
    body["InvoiceNo"] = "CSRF2"
    assert session.post(f"{other}/{path}", json=body, timeout=5).status_code == 201
    session.close()


def test_what_the_provider_cannot_do(ifs):
    path = f"{PROPOSALS}/PostingProposalHeadSet"
    expanded = ifs.call("GET", path, **{"$expand": "PostingProposalLines"})
    assert ifs.refusal(expanded, 501) == "ODP_NOT_IMPLEMENTED"
    assert ifs.call("PUT", path, {}).status_code == 405
    assert ifs.call("POST", f"{ACCOUNTS}/AccountSet", {}).status_code == 405
    text = {"Content-Type": "text/plain"}
    assert ifs.refusal(ifs.call("POST", path, {}, headers=text), 400)


def test_1000_requests_a_minute_and_then_429(ifs, sandbox):
    assert sandbox.control("GET", "settings")["ifs"]["requests_per_minute"] == 1000
    sandbox.control("POST", "reset")
    ifs = Ifs(sandbox)
    sandbox.settings("ifs", requests_per_minute=3, retry_after="7")
    statuses = [ifs.call("GET", ACCOUNT).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert ifs.call("GET", ACCOUNT).headers["Retry-After"] == "7"


def test_a_statement_that_takes_too_long_is_504_and_undone(ifs, sandbox):
    sandbox.settings("ifs", statement_s=1.2)
    path, body = f"{PROPOSALS}/PostingProposalHeadSet", {**HEAD, "InvoiceNo": "SLOW1"}
    answer = ifs.call("POST", path, body, headers={"Prefer": "wait=1"})
    assert ifs.refusal(answer, 504) == "ODP_OPERATION_TIMEOUT"
    assert "(1 seconds)" in answer.json()["error"]["message"]
    assert sandbox.control("GET", "ifs/documents")["proposals"] == []


def test_master_data_is_valid_today(ifs):
    row = ifs.call("GET", ACCOUNT).json()
    assert date.fromisoformat(row["ValidFrom"]) < date.fromisoformat(row["ValidUntil"])
