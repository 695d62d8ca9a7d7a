"""What is particular to M3: chunks, companies, releases, payees, tokens, and the limits of time."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connector.domain.documents import DocumentLine, SupplierInvoice
from connector.domain.drafts import Outcome
from connector.domain.numbers import draft_marker
from connector.domain.posting import Phase
from connector.domain.reasons import Reason
from connector.erp.infor import heads, ionapi
from connector.erp.infor.config import Grant
from connector.erp.infor.lines import keys_of_rows, line_keys
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.payees import Payees
from connector.erp.infor.probe import Probe
from connector.erp.infor.results import Transaction
from connector.erp.infor.tokens import token_grant
from connector.errors import CredentialsError
from connector.http.peer import Peer
from connector.http.tokens import TokenSource
from connector.ports import Check, NewDraft, NewLine, Target
from connector.secret import Secret
from tests.erp.erp_sandbox import (
    ErpUnderTest,
    FreeBudget,
    MemoryTokens,
    Sandbox,
    aps100,
    aps450,
    build_infor,
    infor,
)

HEAD = {"program": "APS450MI", "transaction": "AddHead"}
AAA = Company(100, "AAA")


@pytest.fixture
def at(sandbox: Sandbox) -> ErpUnderTest:
    return aps450(sandbox)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def api(sandbox: Sandbox, **options: Any) -> M3Api:
    infor(sandbox)
    file = ionapi.load(file_of(sandbox), allow_http=True)
    tokens = TokenSource(MemoryTokens(), token_grant(file, Grant.PASSWORD, allow_http=True))
    peer = Peer("infor", file.base_url, tokens=tokens, budget=FreeBudget(), allow_http=True)
    return M3Api(peer, file.execute_path, **options)


def file_of(sandbox: Sandbox, **changes: str) -> Secret:
    return Secret(json.dumps(sandbox.call("GET", "/infor/ionapi") | changes))


def drafts(at: ErpUnderTest, count: int) -> list[NewDraft]:
    documents = [at.document() for _ in range(count)]
    return [NewDraft(one, draft_marker(one.number, 1)) for one in documents]


def opened(at: ErpUnderTest, document: SupplierInvoice) -> Target:
    marker = draft_marker(document.number, 1)
    (answer,) = at.erp.open_drafts([NewDraft(document, marker)])
    assert answer.value, answer
    return Target(document, answer.value, marker)


def batches(sandbox: Sandbox) -> list[dict[str, Any]]:
    return sandbox.call("GET", "/infor/invoices")["batches"]


def failing(checks: Any) -> dict[str, str]:
    return {check.name: check.detail for check in checks if not check.passed}


# -- chunks and time ------------------------------------------------------------------------------


def test_answers_keep_their_places_across_chunks(sandbox: Sandbox):
    m3 = api(sandbox, bulk_size=2)
    asked = [Transaction("GetBasicData", {"SUNO": f"73200{n}"}) for n in range(5)]
    answers = m3.execute_bulk("CRS620MI", asked, company=AAA, write=False)
    assert [a.value and a.value[0]["SUNO"] for a in answers] == [f"73200{n}" for n in range(5)]
    assert sandbox.call("GET", "/calls?peer=infor")["infor"]["http"]["bulk CRS620MI"] == 3


def test_after_a_chunk_whose_answer_was_lost_the_rest_is_not_sent(sandbox: Sandbox):
    at = replace(aps450(sandbox), erp=infor(sandbox, bulk_size=2))
    sandbox.fault("504_after", times=1, **HEAD)
    outcomes = [answer.outcome for answer in at.erp.open_drafts(drafts(at, 5))]
    assert outcomes == [Outcome.UNKNOWN] * 2 + [Outcome.NOT_SENT] * 3
    assert len(batches(sandbox)) == 2
    assert sandbox.operations()["APS450MI/AddHead"] == 2


def test_after_a_refused_chunk_for_want_of_quota_the_rest_is_not_sent(sandbox: Sandbox):
    at = replace(aps450(sandbox), erp=infor(sandbox, bulk_size=2))
    sandbox.fault("429", retry_after="3", times=1, skip=2, **HEAD)
    answers = at.erp.open_drafts(drafts(at, 5))
    assert [a.outcome for a in answers] == [Outcome.DONE] * 2 + [Outcome.NOT_SENT] * 3
    assert {a.wait_s for a in answers[2:]} == {3.0}


def test_a_write_does_not_leave_once_its_time_is_over(sandbox: Sandbox):
    clock = Clock()
    m3 = api(sandbox, clock=clock)
    clock.now = 10.1
    head = Transaction("AddHead", {"SUNO": "732000", "IVDT": "20250130"})
    (answer,) = m3.execute_bulk("APS450MI", [head], company=AAA, write=True, send_until=10.0)
    assert answer.outcome is Outcome.NOT_SENT
    assert batches(sandbox) == []


def test_a_call_may_take_as_long_as_the_rules_say(at: ErpUnderTest):
    # at most 5 s until it leaves, 5 s for TCP, 5 s for TLS, 5 s for the answer
    assert at.erp.rules.call_s == 20.0
    assert at.erp.rules.settle_s == 90.0


# -- companies ------------------------------------------------------------------------------------


def test_documents_of_several_divisions_go_where_they_belong(at: ErpUnderTest):
    other = (("cono", "100"), ("divi", "BBB"))
    documents = [at.document(), at.document(company=other), at.document()]
    new = [NewDraft(one, draft_marker(one.number, 1)) for one in documents]
    answers = at.erp.open_drafts(new)
    there = {one["inbn"]: one["divi"] for one in batches(at.sandbox)}
    assert [there[str(answer.value)] for answer in answers] == ["AAA", "BBB", "AAA"]
    found = at.erp.look_up(documents)
    assert [a.value and a.value[0].reference for a in found] == [a.value for a in answers]


def test_a_company_that_the_user_may_not_use_is_not_written_to(at: ErpUnderTest):
    (answer,) = at.erp.look_up([at.document(company=(("cono", "200"), ("divi", "AAA")))])
    assert (answer.outcome, answer.code) == (Outcome.NOT_SENT, "http_403")
    assert answer.wait_s
    (answer,) = at.erp.look_up([at.document(company=(("cono", "100"), ("divi", "CCC")))])
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "XAU0008")


@pytest.mark.parametrize(
    "company",
    [(), (("cono", "0"),), (("cono", "x"),), (("cono", "100"), ("divi", "AAAA")), (("id", "1"),)],
)
def test_a_company_that_is_none_is_held_and_nothing_is_asked(at: ErpUnderTest, company: Any):
    document = at.document(company=company)
    hold = at.erp.check(document)
    assert hold
    assert hold.reason is Reason.COMPANY_UNKNOWN
    (answer,) = at.erp.look_up([document])
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "company_unknown")


# -- what is written ------------------------------------------------------------------------------


def test_the_head_says_what_m3_needs(at: ErpUnderTest):
    document = at.document()
    opened(at, document)
    (there,) = batches(at.sandbox)
    assert there["head"] == {
        "SUNO": "730500",
        "SPYN": "732002",
        "SINO": document.number,
        "DIVI": "AAA",
        "IVDT": "20250130",
        "ACDT": "20250131",
        "CUCD": "SEK",
        "CUAM": "171.75",
        "CORI": f"{document.number}.1",
        "IBTP": "20",
        "IMCD": "0",
        "CRTP": "1",
        "TXIN": "0",
        "SDA1": "Kött & Fisk / Åsa",
        "PPYR": document.record_id,
        "TEPY": "30",
    }


@pytest.mark.parametrize(("release", "prefix"), [("ait", "AIT"), ("ao", "AO0")])
def test_the_lines_name_the_dimensions_as_the_release_does(
    sandbox: Sandbox, release: str, prefix: str
):
    at = aps450(sandbox, line_dimensions=release)
    document = at.document()
    target = opened(at, document)
    at.erp.add_lines([NewLine(document, target.reference, 1)])
    (there,) = batches(sandbox)
    (line,) = there["lines"]
    text = {"VTXT": "Lunch"} if release == "ait" else {}
    assert line == {
        "TRNO": "1",
        "RDTP": "8",
        "NLAM": "100.00",
        f"{prefix}1": "7500",
        f"{prefix}2": "CC10",
        **text,
    }


def test_a_release_without_dimensions_takes_no_line_of_ours(sandbox: Sandbox):
    at = aps450(sandbox, line_dimensions="none", unknown_fields="ignore")
    document = at.document()
    assert at.erp.check(document) is None  # nobody has asked M3 yet
    target = opened(at, document)
    (answer,) = at.erp.add_lines([NewLine(document, target.reference, 1)])
    assert answer.outcome is Outcome.REFUSED
    assert batches(sandbox)[0]["lines"] == []
    hold = at.erp.check(document)
    assert hold
    assert "AIT1, AIT2" in hold.message


def test_a_given_up_draft_gets_a_number_of_its_own(at: ErpUnderTest):
    target = opened(at, at.document())
    at.erp.discard([target])
    (there,) = batches(at.sandbox)
    assert there["sino"] == f"VOID-{target.reference}-1"
    assert there["cori"] == target.marker


def test_the_ledger_gives_a_voucher(sandbox: Sandbox):
    at = aps450(sandbox, final_supa=90, validation_s=0.0, update_s=0.0)
    document = at.document()
    target = opened(at, document)
    at.erp.add_lines([NewLine(document, target.reference, line.number) for line in document.lines])
    at.erp.commit([target])
    (answer,) = at.erp.read([target])
    assert answer.value
    assert answer.value.phase is Phase.LEDGER
    (posted,) = sandbox.call("GET", "/infor/invoices")["ledger"]
    assert answer.value.voucher == f"AP1 {posted['vono']}/2025"


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"number": "BX" + "A" * 23}, Reason.TOO_LONG, "SINO"),
        ({"text": "x" * 181}, Reason.TOO_LONG, "SDA3"),
        ({"total": Decimal("12345678901234.00")}, Reason.TOO_LONG, "CUAM"),
        ({"total": Decimal("1.005")}, Reason.UNBALANCED, "amount"),
        ({"lines": (DocumentLine(1, Decimal(1), (), "x" * 41),)}, Reason.TOO_LONG, "VTXT"),
        ({"lines": (DocumentLine(1, Decimal(1), (), "🍽" * 21),)}, Reason.TOO_LONG, "VTXT"),
        (
            {"lines": (DocumentLine(1, Decimal(1), (("CodeB", "1"),), ""),)},
            Reason.ERP_REFUSED,
            "CodeB",
        ),
    ],
)
def test_what_does_not_fit_is_named_by_field(
    at: ErpUnderTest, change: Any, reason: Reason, field: str
):
    hold = at.erp.check(at.document(**change))
    assert hold
    assert (hold.reason, hold.field) == (reason, field)


def test_the_second_profile_refuses_what_does_not_fit_as_well(sandbox: Sandbox):
    at = aps100(sandbox)
    assert at.erp.check(at.document(text="x" * 500)) is None  # it takes no text of the head
    hold = at.erp.check(at.document(total=Decimal("1.005")))
    assert hold
    assert hold.reason is Reason.UNBALANCED
    hold = at.erp.check(at.document(lines=(DocumentLine(1, Decimal(1), (("CodeB", "1"),), ""),)))
    assert hold
    assert hold.reason is Reason.ERP_REFUSED


# -- what is read ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("supa", "bist", "phase"),
    [
        ("10", "0", Phase.DRAFT),
        ("10", "", Phase.DRAFT),
        ("10", "8", Phase.BUSY),
        ("15", "0", Phase.REFUSED),
        ("20", "0", Phase.VALIDATED),
        ("20", "9", Phase.BUSY),
        ("50", "0", Phase.VALIDATED),
        ("78", "0", Phase.REFUSED),
        ("79", "0", Phase.REFUSED),
        ("90", "0", Phase.LEDGER),
        ("33", "0", Phase.BUSY),
        ("", "", Phase.BUSY),
    ],
)
def test_each_status_has_a_phase(supa: str, bist: str, phase: Phase):
    head = {"SUPA": supa, "BIST": bist}
    assert heads.phase(head) is phase
    assert heads.detail(head)


def test_a_detail_has_the_error_flags_and_a_voucher_its_year():
    head = {"SUPA": "15", "BIST": "0", "IBHE": "1", "IBLE": "2"}
    assert heads.detail(head) == (
        "SUPA 15 Validated with errors, IBLE 2: errors in the lines, see APS450"
    )
    assert heads.voucher({"VONO": "07", "VSER": "AP1", "YEA4": "2025"}) == "AP1 7/2025"
    assert heads.voucher({"VONO": "0", "VSER": "AP1", "YEA4": "0"}) == ""


def test_heads_are_compared_by_value_and_not_by_spelling(at: ErpUnderTest):
    document = at.document()
    shown = {
        "SINO": document.number,
        "SUNO": "730500",
        "CUCD": "SEK",
        "CUAM": "171.750",
        "CORI": "m",
        "IVDT": "2025-01-30",
        "ACDT": "20250131",
    }
    assert heads.differences(shown, document, "m") == ()
    different = shown | {"CUAM": "171.70", "IVDT": "0", "SUNO": ""}
    assert [one[:4] for one in heads.differences(different, document, "m")] == [
        "SUNO",
        "CUAM",
        "IVDT",
    ]


def test_lines_are_compared_in_all_that_the_release_shows(at: ErpUnderTest):
    document = at.document()
    keys = line_keys(document)
    assert keys == {1: "8 100.00 AIT1=7500 AIT2=CC10", 2: "8 71.75 AIT1=7500 AIT2=CC10"}
    bare = ({"RDTP": "8", "NLAM": "71.7500"}, {"RDTP": "8", "NLAM": "100"})
    assert keys_of_rows(bare, document) == (keys[2], keys[1])
    full = {"RDTP": "8", "NLAM": "100.00", "AIT1": "7500", "AIT2": "CC20", "AIT3": ""}
    assert keys_of_rows((full,), document) == ("8 100.00 AIT1=7500 AIT2=CC20",)
    objects = {"RDTP": "8", "NLAM": "100.00", "AO01": "7500", "AO02": "CC10"}
    assert keys_of_rows((objects,), document) == (keys[1],)
    assert keys_of_rows(({"RDTP": "3", "NLAM": "x"},), document) == ("3 x",)
    assert keys_of_rows(({"RDTP": "8", "NLAM": "71.755"},), document) == ("8 71.755",)


# -- what is remembered ---------------------------------------------------------------------------


def test_the_release_is_asked_for_once_an_hour(sandbox: Sandbox):
    clock = Clock()
    probe = Probe(api(sandbox), "APS450MI", AAA, clock)
    assert probe.known is None
    for moment in (0.0, 3599.0):
        clock.now = moment
        assert probe.ask().value
    assert sandbox.operations()["MRS001MI/LstTransactions"] == 1
    clock.now = 3600.0
    sandbox.call("PATCH", "/settings", {"infor": {"line_dimensions": "none"}})
    assert probe.known
    assert probe.known.lacks(("AIT1",)) == ()
    asked = probe.ask()
    assert asked.value
    assert asked.value.lacks(("AIT1",)) == ("AIT1",)


def test_a_release_that_cannot_be_read_is_asked_for_later(at: ErpUnderTest):
    at.sandbox.fault("refuse", program="MRS001MI", code="XAU0008", times=1)
    (answer,) = at.erp.open_drafts(drafts(at, 1))
    assert (answer.outcome, answer.code) == (Outcome.NOT_SENT, "XAU0008")
    assert batches(at.sandbox) == []
    assert at.erp.open_drafts(drafts(at, 1))[0].outcome is Outcome.DONE


def test_payees_are_asked_for_once_and_refused_ones_again_after_a_minute(sandbox: Sandbox):
    clock = Clock()
    payees = Payees(api(sandbox), clock)
    suppliers = ["730500", "739999", "730500", "nobody"]
    for moment in (0.0, 59.0):
        clock.now = moment
        active = payees.active(suppliers, AAA)
        assert [a.value and a.value.number for a in active] == ["732002", None, "732002", None]
    assert sandbox.operations()["CRS620MI/GetBasicData"] == 3
    sandbox.call("POST", "/infor/suppliers", {"suno": "739999", "stat": "20"})
    clock.now = 61.0
    assert payees.active(["730500", "739999"], AAA)[1].value
    assert sandbox.operations()["CRS620MI/GetBasicData"] == 4
    clock.now = 901.0
    payees.active(["730500"], AAA)
    assert sandbox.operations()["CRS620MI/GetBasicData"] == 5


def test_a_draft_of_a_supplier_that_was_blocked_since_is_still_found(at: ErpUnderTest):
    document = at.document(supplier="732001")
    target = opened(at, document)
    at.sandbox.call("POST", "/infor/suppliers", {"suno": "732001", "stat": "90"})
    fresh = replace(at, erp=rebuilt(at.sandbox))
    (answer,) = fresh.erp.look_up([document])
    assert [one.reference for one in answer.value or ()] == [target.reference]
    assert fresh.erp.open_drafts([NewDraft(document, "x.1")])[0].outcome is Outcome.REFUSED


def rebuilt(sandbox: Sandbox, **section: Any) -> Any:
    """A second adapter on the sandbox as it is."""
    return build_infor(file_of(sandbox), **section)


# -- tokens ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("grant", Grant)
def test_the_service_account_gets_a_token(sandbox: Sandbox, grant: Grant):
    infor(sandbox, {"expires_in_as": "string"})
    file = ionapi.load(file_of(sandbox), allow_http=True)
    given = token_grant(file, grant, allow_http=True)(None)
    assert given.access.reveal()
    assert given.expires_in_s == 7200
    assert given.refresh is None


def test_a_wrong_service_account_is_a_matter_of_credentials(sandbox: Sandbox):
    infor(sandbox)
    wrong = file_of(sandbox, sask="wrong")
    file = ionapi.load(wrong, allow_http=True)
    with pytest.raises(CredentialsError):
        token_grant(file, Grant.PASSWORD, allow_http=True)(None)
    erp = build_infor(wrong)
    (check,) = erp.ping()
    assert not check.passed
    assert "download the .ionapi file again" in check.detail


# -- ping -----------------------------------------------------------------------------------------


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


def test_ping_of_another_company_ends_at_the_door(sandbox: Sandbox):
    erp = infor(sandbox, cono=200)
    (check,) = erp.ping()
    assert "MNS150" in check.detail
