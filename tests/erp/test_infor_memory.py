"""What the adapter remembers of M3, and for how long."""

from dataclasses import replace

from connector.domain.drafts import Outcome
from connector.erp.infor.payees import Payees
from connector.erp.infor.probe import Probe
from connector.ports import NewDraft
from tests.erp.erp_sandbox import (
    ErpUnderTest,
)
from tests.erp.m3 import AAA, Clock, api, batches, drafts, rebuilt
from tests.erp.steps import opened
from tests.sandbox_process import Sandbox


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
