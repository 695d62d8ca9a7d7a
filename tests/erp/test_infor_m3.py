"""What is particular to M3: chunks, the limits of time, companies."""

from dataclasses import replace
from typing import Any

import pytest

from connector.domain.documents import DocumentKind, GlEntry
from connector.domain.drafts import Outcome
from connector.domain.numbers import draft_marker
from connector.domain.reasons import Reason
from connector.erp.infor.results import Transaction
from connector.ports import NewDraft
from tests.erp.erp_sandbox import (
    ErpUnderTest,
    aps450,
    infor,
)
from tests.erp.m3 import AAA, HEAD, Clock, api, batches, drafts
from tests.sandbox_process import Sandbox


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
    assert at.erp.call_s == 20.0
    assert at.erp.rules(DocumentKind.SUPPLIER_INVOICE).settle_s == 90.0


def test_without_an_interface_an_entry_is_refused_before_anything_is_sent(at: ErpUnderTest):
    invoice = at.document()
    entry = GlEntry(
        number=invoice.number,
        record_id=invoice.record_id,
        company=invoice.company,
        currency=invoice.currency,
        accounting_date=invoice.accounting_date,
        text="",
        lines=invoice.lines,
    )
    hold = at.erp.check(entry)
    assert hold is not None
    assert (hold.reason, hold.field, hold.value) == (
        Reason.ERP_REFUSED,
        "infor.journal_interface",
        "",
    )
    (answer,) = at.erp.open_drafts([NewDraft(entry, draft_marker(entry.number, 1))])
    assert answer.outcome is Outcome.REFUSED
    assert at.sandbox.operations() == {}


def test_documents_of_several_divisions_go_where_they_belong(at: ErpUnderTest):
    other = (("cono", "100"), ("divi", "BBB"))
    documents = [at.document(), at.document(company=other), at.document()]
    new = [NewDraft(one, draft_marker(one.number, 1)) for one in documents]
    answers = at.erp.open_drafts(new)
    there = {one["inbn"]: one["divi"] for one in batches(at.sandbox)}
    assert [there[str(answer.value)] for answer in answers] == ["AAA", "BBB", "AAA"]
    found = at.erp.look_up(documents)
    assert [a.value and a.value[0].reference for a in found] == [a.value for a in answers]


def test_b33_a_company_that_the_user_may_not_use_is_not_written_to(at: ErpUnderTest):
    (answer,) = at.erp.look_up([at.document(company=(("cono", "200"), ("divi", "AAA")))])
    assert (answer.outcome, answer.code) == (Outcome.NOT_SENT, "http_403")
    assert answer.wait_s
    (answer,) = at.erp.look_up([at.document(company=(("cono", "100"), ("divi", "CCC")))])
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "XAU0008")


@pytest.mark.parametrize(
    "company",
    [(), (("cono", "0"),), (("cono", "x"),), (("cono", "100"), ("divi", "AAAA")), (("id", "1"),)],
)
def test_b33_a_company_that_is_none_is_held_and_nothing_is_asked(at: ErpUnderTest, company: Any):
    document = at.document(company=company)
    hold = at.erp.check(document)
    assert hold
    assert hold.reason is Reason.COMPANY_UNKNOWN
    (answer,) = at.erp.look_up([document])
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "company_unknown")
