"""Answers that no well-behaved M3 gives, and what is made of them; the peer is scripted."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connector.domain.documents import DocumentLine, SupplierInvoice
from connector.domain.drafts import Outcome
from connector.domain.posting import FoundDocument, Phase
from connector.erp.infor import heads
from connector.erp.infor.aps100 import Aps100
from connector.erp.infor.aps450 import Aps450
from connector.erp.infor.config import InforConfig
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.payees import Payees
from connector.erp.infor.probe import Probe
from connector.http.reply import Reply
from connector.ports import NewDraft, Target
from connector.secret import Secret

COMPANY = Company(100, "AAA")
CONFIG = InforConfig(Secret("{}"), 100, "AAA")
FIELDS = ("CORI", "AIT1", "SUNO")
DOCUMENT = SupplierInvoice(
    number="BXA",
    record_id="x" * 46,
    company=(("cono", "100"), ("divi", "AAA")),
    supplier="S",
    currency="SEK",
    total=Decimal(1),
    invoice_date=date(2025, 1, 30),
    accounting_date=date(2025, 1, 31),
    text="",
    lines=(DocumentLine(1, Decimal(1), (("AIT1", "7500"),), ""),),
)
TARGET = Target(DOCUMENT, "1001", "BXA.1")
ABSENT = {"errorCode": "XRE0103", "errorMessage": "Record does not exist"}
DENIED = {"errorCode": "XAU0008", "errorMessage": "not authorized"}
LOCKED = {"errorCode": "XUP0001", "errorMessage": "in use"}


def rows(*records: Mapping[str, str]) -> dict[str, Any]:
    return {"records": list(records)}


class ScriptedPeer:
    """Answers each transaction by its name; notes what was written."""

    def __init__(self, **answers: dict[str, Any]) -> None:
        self.answers = {
            "GetBasicData": rows({"STAT": "20", "PRSU": ""}),
            "LstTransactions": rows({"TRNM": "AddHead"}),
            "LstFields": rows(*({"FLNM": name} for name in FIELDS)),
        } | answers
        self.written: list[str] = []
        self.columns: list[str] | None = None

    def read(self, method: str, path: str, *, json: Any, background: bool) -> Reply:
        return self.answer(json)

    def write(self, method: str, path: str, *, json: Any, background: bool) -> Reply:
        self.written += [one["transaction"] for one in json["transactions"]]
        return self.answer(json)

    def answer(self, body: Any) -> Reply:
        for one in body["transactions"]:
            if one["transaction"] == "GetHead":
                self.columns = one.get("selectedColumns")
        results = [self.answers[one["transaction"]] for one in body["transactions"]]
        return Reply(200, {}, json.dumps({"results": results}).encode())


def aps450(peer: ScriptedPeer) -> Aps450:
    m3 = M3Api(peer, "/execute")  # type: ignore[arg-type]
    return Aps450(m3, Payees(m3), Probe(m3, "APS450MI", COMPANY), CONFIG)


def aps100(peer: ScriptedPeer) -> Aps100:
    m3 = M3Api(peer, "/execute")  # type: ignore[arg-type]
    return Aps100(m3, Payees(m3), CONFIG)


@pytest.mark.parametrize("added", [rows(), rows({"INBN": ""}), rows({"INBN": "0"})])
def test_b40_a_head_taken_without_a_number_is_unknown(added: dict[str, Any]):
    for profile in (aps450, aps100):
        erp = profile(ScriptedPeer(AddHead=added))
        (answer,) = erp.open_drafts(COMPANY, [NewDraft(DOCUMENT, "BXA.1")], 1e12)
        assert answer.outcome is Outcome.UNKNOWN


def test_a_supplier_that_cannot_be_read_is_not_refused_for_good():
    for basic, outcome in ((LOCKED, Outcome.NOT_SENT), (DENIED, Outcome.REFUSED)):
        peer = ScriptedPeer(GetBasicData=basic)
        (answer,) = aps450(peer).open_drafts(COMPANY, [NewDraft(DOCUMENT, "BXA.1")], 1e12)
        assert (answer.outcome, answer.code) == (outcome, basic["errorCode"])
        assert peer.written == []


def test_a_supplier_without_data_is_refused():
    (answer,) = aps450(ScriptedPeer(GetBasicData=rows())).look_up(COMPANY, [DOCUMENT])
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "supplier_refused")


def test_without_a_field_for_the_marker_nothing_is_written():
    peer = ScriptedPeer(LstFields=rows({"FLNM": "AIT1"}))
    (answer,) = aps450(peer).open_drafts(COMPANY, [NewDraft(DOCUMENT, "BXA.1")], 1e12)
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "misconfigured")
    assert peer.written == []


@pytest.mark.parametrize("shown", [heads.COLUMNS, heads.COLUMNS[1:]])
def test_all_columns_of_a_head_are_asked_for_unless_the_release_is_known_to_show_ours(
    shown: tuple[str, ...],
):
    listed = rows(*({"FLNM": name} for name in (*FIELDS, *shown)))
    peer = ScriptedPeer(
        LstFields=listed, AddHead=rows({"INBN": "1001"}), GetHead=rows(HEAD), LstLines=rows()
    )
    erp = aps450(peer)
    erp.read(COMPANY, [TARGET])
    assert peer.columns is None
    erp.open_drafts(COMPANY, [NewDraft(DOCUMENT, "BXA.1")], 1e12)
    erp.read(COMPANY, [TARGET])
    assert peer.columns == (list(shown) if shown == heads.COLUMNS else None)


LISTED = rows({"INBN": "1001"}, {"INBN": "1002"})
HEAD = {"SINO": "BXA", "CORI": "BXA.1", "SUPA": "10", "BIST": "0"}


@pytest.mark.parametrize(
    ("listed", "head", "outcome", "found"),
    [
        (ABSENT, rows(HEAD), Outcome.DONE, 0),
        (LISTED, rows(HEAD), Outcome.DONE, 2),
        (LISTED, ABSENT, Outcome.DONE, 0),
        (LISTED, rows(HEAD | {"SINO": "BXB"}), Outcome.DONE, 0),
        (LISTED, rows(), Outcome.NOT_SENT, None),
        (LISTED, LOCKED, Outcome.NOT_SENT, None),
        (LISTED, DENIED, Outcome.REFUSED, None),
        (DENIED, rows(HEAD), Outcome.REFUSED, None),
    ],
)
def test_a_look_up_is_whole_or_fails(listed: Any, head: Any, outcome: Outcome, found: int | None):
    (answer,) = aps450(ScriptedPeer(LstInvBySupInv=listed, GetHead=head)).look_up(
        COMPANY, [DOCUMENT]
    )
    assert answer.outcome is outcome
    assert (None if answer.value is None else len(answer.value)) == found


def test_an_invoice_without_a_marker_is_found_as_somebody_elses():
    key = {"SUNO": "S", "SINO": "BXA", "INYR": "2025"}
    (answer,) = aps100(ScriptedPeer(GetHead=rows(key))).look_up(COMPANY, [DOCUMENT])
    assert answer.value == (FoundDocument("S/BXA/2025", "", Phase.LEDGER),)


@pytest.mark.parametrize(
    ("head", "lines", "outcome"),
    [
        (ABSENT, ABSENT, Outcome.DONE),
        (rows(HEAD), ABSENT, Outcome.DONE),
        (rows(HEAD), LOCKED, Outcome.NOT_SENT),
        (LOCKED, rows(), Outcome.NOT_SENT),
        (rows(), rows(), Outcome.NOT_SENT),
        (DENIED, rows(), Outcome.REFUSED),
    ],
)
def test_a_document_is_read_whole_or_not_at_all(head: Any, lines: Any, outcome: Outcome):
    peer = ScriptedPeer(GetHead=head, LstLines=lines)
    (answer,) = aps450(peer).read(COMPANY, [TARGET])
    assert answer.outcome is outcome
    (answer,) = aps100(peer).read(COMPANY, [Target(DOCUMENT, "S/BXA/2025", "BXA.1")])
    assert answer.outcome is outcome


@pytest.mark.parametrize(
    ("head", "removed", "outcome", "value", "written"),
    [
        (rows(HEAD), rows(), Outcome.DONE, "renamed", 1),
        (rows(HEAD), ABSENT, Outcome.DONE, "deleted", 1),
        (rows(HEAD), LOCKED, Outcome.NOT_SENT, None, 1),
        (ABSENT, rows(), Outcome.DONE, "deleted", 0),
        (rows(), rows(), Outcome.NOT_SENT, None, 0),
        (DENIED, rows(), Outcome.REFUSED, None, 0),
        (rows(HEAD | {"SUPA": "90"}), rows(), Outcome.REFUSED, None, 0),
        (rows(HEAD | {"CORI": ""}), rows(), Outcome.REFUSED, None, 0),
    ],
)
def test_only_a_draft_that_is_surely_ours_is_removed(
    head: Any, removed: Any, outcome: Outcome, value: str | None, written: int
):
    peer = ScriptedPeer(GetHead=head, UpdHead=removed)
    (answer,) = aps450(peer).discard(COMPANY, [TARGET], 1e12)
    assert (answer.outcome, answer.value) == (outcome, value)
    assert peer.written == ["UpdHead"] * written


def test_without_the_register_of_m3_nothing_is_written_or_removed():
    peer = ScriptedPeer(LstFields=DENIED, LstTransactions=DENIED)
    erp = aps450(peer)
    answers = [
        *erp.open_drafts(COMPANY, [NewDraft(DOCUMENT, "BXA.1")], 1e12),
        *erp.discard(COMPANY, [TARGET], 1e12),
    ]
    assert {answer.outcome for answer in answers} == {Outcome.NOT_SENT}
    assert peer.written == []
