"""The OData client: addresses, pages, batches."""

from datetime import date
from decimal import Decimal

import pytest

from connector.domain.drafts import Outcome
from connector.erp.ifs import literals
from connector.erp.ifs.literals import Enumerated
from connector.erp.ifs.metadata import parse
from connector.erp.ifs.multipart import ChangeSet, Part, Request, decode, encode
from connector.erp.ifs.odata import OData
from connector.erp.ifs.results import written
from connector.http.peer import Peer
from tests.erp.erp_sandbox import FreeBudget
from tests.erp.ifs import ifs, tokens_of
from tests.http.misbehaving_server import Server, answer

ACCOUNTS = "AccountsHandling"


@pytest.fixture
def client(sandbox):
    """A function: a client of the sandbox with such settings."""

    def make(url="", **settings):
        ifs(sandbox, settings)
        known = sandbox.call("GET", "/ifs/credentials")
        peer = Peer(
            "ifs",
            url or known["base_url"],
            tokens=tokens_of(sandbox),
            budget=FreeBudget(),
            allow_http=True,
        )
        return OData(peer, "main", wait_s=5, batch_size=50)

    return make


def numbers(told):
    assert told.outcome is Outcome.DONE, told
    return [row.text("Account") for row in told.value]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("it's", "'it''s'"),
        ("7500", "'7500'"),
        (7500, "7500"),
        (Decimal("1.50"), "1.50"),
        (date(2026, 6, 30), "2026-06-30"),
        (Enumerated("IfsApp.P.Kind", "Supplier"), "IfsApp.P.Kind'Supplier'"),
    ],
)
def test_literals(value, written):
    assert literals.literal(value) == written


def test_a_key_is_escaped_for_an_address():
    key = literals.key({"Company": "1/0 &", "InvoiceId": 7})
    assert key == "(Company='1%2F0%20%26',InvoiceId=7)"
    assert literals.with_options("Set", {"$top": "1", "$filter": "A eq 'é'"}) == (
        "Set?$top=1&$filter=A%20eq%20%27%C3%A9%27"
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"paging": "next_link", "page_size": 7, "next_link": "relative"},
        {"paging": "next_link", "page_size": 7, "next_link": "absolute"},
        {"paging": "next_link", "page_size": 7, "next_link": "internal"},
        {"paging": "none"},
        {"paging": "default_cut", "page_size": 7},
    ],
)
def test_every_row_comes_once_however_ifs_pages(client, settings):
    odata = client(**settings)
    told = odata.rows(
        ACCOUNTS, "AccountSet", key=["Company", "Account"], condition="Company eq '10'"
    )
    assert numbers(told) == sorted(set(numbers(told)))
    assert len(numbers(told)) == 34


def test_a_full_page_is_followed_by_the_next(client, monkeypatch):
    monkeypatch.setattr("connector.erp.ifs.odata.FULL_PAGE", 10)
    odata = client(paging="none")
    told = odata.rows(ACCOUNTS, "AccountSet", key=["Account"], condition="Company eq '10'")
    assert len(numbers(told)) == 34


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/collect?token=1",
        "https://evil.example/projection/v1/Other.svc/AccountSet",
        "//evil.example/AccountSet",
        "/AccountSet",
        "../Other.svc/AccountSet",
        "AccountSet?$skiptoken=1 HTTP/1.1",
    ],
)
def test_b43_a_next_link_that_leads_elsewhere_is_not_followed(client, sandbox, link):
    odata = client(paging="next_link", page_size=7)
    sandbox.fault(
        "rewrite", find='"@odata.nextLink":"[^"]*"', replacement=f'"@odata.nextLink":"{link}"'
    )
    before = sandbox.call("GET", "/calls?peer=ifs")["ifs"]["http_calls"]
    told = odata.rows(ACCOUNTS, "AccountSet", key=["Account"])
    assert (told.outcome, told.code) == (Outcome.NOT_SENT, "next_link")
    # the token, and one page
    assert sandbox.call("GET", "/calls?peer=ifs")["ifs"]["http_calls"] == before + 2


def test_b43_a_list_that_does_not_end_is_given_up(client, sandbox):
    odata = client(paging="next_link", page_size=7)
    sandbox.fault(
        "rewrite",
        find='"@odata.nextLink":"[^"]*"',
        replacement='"@odata.nextLink":"AccountSet?$skiptoken=7"',
    )
    told = odata.rows(ACCOUNTS, "AccountSet", key=["Account"])
    assert told.code == "next_link"


def test_a_token_that_ends_between_two_pages_is_renewed(client, sandbox):
    odata = client(paging="next_link", page_size=7)
    sandbox.fault("401", skip=2, times=1)
    assert len(numbers(odata.rows(ACCOUNTS, "AccountSet", key=["Company", "Account"]))) == 68


def test_no_cookie_is_sent_back(client, sandbox):
    odata = client(sets_cookies=True)
    odata.get(ACCOUNTS, "AccountSet")
    (told,) = odata.change(
        "PostingProposalHandling",
        [ChangeSet((Request("POST", "PostingProposalHeadSet", {}),))],
        send_until=float("inf"),
    )
    assert told.code != "CSRF_ERROR"


def test_a_statement_is_given_its_time():
    server = Server()
    server.script = [answer(200)]
    peer = Peer("ifs", server.url, tokens=None, budget=FreeBudget(), allow_http=True)
    OData(peer, "int", wait_s=60, batch_size=1).read_all("P", ["Set"])
    asked = server.asked[0]
    assert asked.target == "/int/ifsapplications/projection/v1/P.svc/$batch"
    assert asked.headers["prefer"] == "wait=60, odata.continue-on-error"
    assert b"GET Set HTTP/1.1\r\nAccept: application/json;IEEE754Compatible=true" in asked.body


# -- multipart -------------------------------------------------------------------------------------

HEAD = "--b\r\nContent-Type: application/http\r\n\r\n"
DONE = HEAD + "HTTP/1.1 200 OK\r\n\r\n{}\r\n"
TYPE = "multipart/mixed; boundary=b"


def test_what_is_encoded_names_its_parts():
    body, content_type = encode(
        [Request("GET", "A"), ChangeSet((Request("POST", "B", {"x": "ö"}),))]
    )
    boundary = content_type.partition("boundary=")[2]
    assert body.count(f"--{boundary}".encode()) == 3
    assert (
        b"Content-Id: 1\r\n\r\nPOST B HTTP/1.1\r\nContent-Length: 10\r\n\r\n" + '{"x":"ö"}'.encode()
        in body
    )


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (DONE + DONE + "--b--\r\n", 2),
        # cut short: the last part has no end, and might have gone on
        (DONE + DONE, 1),
        (DONE + DONE[:30], 1),
        (DONE + HEAD + "no http\r\n" + DONE + "--b--", 1),
        (DONE + HEAD + "HTTP/1.1 abc OK\r\n\r\n{}\r\n--b--", 1),
        ("", 0),
        ("<html>", 0),
        ("--b--", 0),
    ],
)
def test_b37_only_whole_parts_are_answers(body, count):
    assert len(decode(body.encode(), TYPE)) == count


def test_what_is_no_multipart_has_no_answers():
    assert decode(DONE.encode(), "application/json") == []


@pytest.mark.parametrize(
    ("answered", "outcome"),
    [
        (None, Outcome.UNKNOWN),
        ((), Outcome.UNKNOWN),
        ((Part(201, {}, b"{}"),), Outcome.UNKNOWN),
        ((Part(201, {}, b"{}"), Part(500, {}, b"")), Outcome.UNKNOWN),
        ((Part(201, {}, b"{}"), Part(201, {}, b"not json")), Outcome.DONE),
        (Part(201, {}, b"{}"), Outcome.UNKNOWN),
        (Part(504, {}, b'{"error":{"code":"ODP_OPERATION_TIMEOUT"}}'), Outcome.UNKNOWN),
        (Part(500, {}, b'{"error":{"details":[{"message":"ORA-20110: no"}]}}'), Outcome.REFUSED),
        (Part(500, {}, b'{"error":{"details":[{"message":"ORA-20113: no"}]}}'), Outcome.NOT_SENT),
        (Part(502, {}, b"<html>"), Outcome.UNKNOWN),
    ],
)
def test_what_became_of_a_change_set_of_two(answered, outcome):
    assert written(answered, 2).outcome is outcome


# -- metadata --------------------------------------------------------------------------------------

EDMX = """<?xml version="1.0"?>{doctype}
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="N">
<EntityType Name="T"><Key><PropertyRef Name="K"/></Key>
<Property Name="K" Type="Edm.String" MaxLength="{length}"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="S" EntityType="N.T"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


def test_metadata_is_read():
    found = parse(EDMX.format(doctype="", length="20").encode()).of_set("S")
    assert found
    assert (found.keys, found.properties["K"].length) == (("K",), 20)
    assert (
        parse(EDMX.format(doctype="", length="max").encode()).of_set("S").properties["K"].length
        is None
    )


def test_metadata_pulls_nothing_in_from_outside():
    doctype = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    with pytest.raises(ValueError, match="it has a DTD"):
        parse(EDMX.format(doctype=doctype, length="1").encode())


@pytest.mark.parametrize("document", [b"", b"<html/>", b"<a", b"{}"])
def test_what_is_no_metadata_is_said_to_be_none(document):
    with pytest.raises(ValueError):
        parse(document)
