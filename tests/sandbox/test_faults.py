"""Faults: each goes wrong in its own way, and the write took effect or did not, as it says."""

import time

import pytest
import requests

HEAD = {"SUNO": "732000", "IVDT": "20260630", "CUCD": "SEK", "CUAM": "1"}
ADD_HEAD = {"program": "APS450MI", "transaction": "AddHead", "times": 1}


def batches(sandbox, sino):
    return sandbox.control("GET", "infor/invoices", sino=sino)["batches"]


@pytest.mark.parametrize(
    ("kind", "status", "took_effect"),
    [
        ("500_before", 500, 0),
        ("500_after", 500, 1),
        ("504_after", 504, 1),
        ("429", 429, 0),
        ("401", 401, 0),
    ],
)
def test_a_refusing_fault_answers_its_status_once(m3, sandbox, kind, status, took_effect):
    sandbox.fault(kind, **ADD_HEAD)
    assert m3.get("APS450MI/AddHead", **HEAD, SINO="F1").status_code == status
    assert len(batches(sandbox, "F1")) == took_effect
    assert m3.get("APS450MI/AddHead", **HEAD, SINO="F1").status_code == 200


@pytest.mark.parametrize(("kind", "took_effect"), [("drop_before", 0), ("drop_after", 1)])
def test_a_dropped_connection_has_no_answer(m3, sandbox, kind, took_effect):
    sandbox.fault(kind, **ADD_HEAD)
    with pytest.raises(requests.ConnectionError):
        m3.get("APS450MI/AddHead", **HEAD, SINO="F2")
    assert len(batches(sandbox, "F2")) == took_effect
    assert sandbox.control("GET", "calls", peer="infor")["infor"]["statuses"]["dropped"] == 1


@pytest.mark.parametrize("answer", ["504", "drop"])
def test_a_late_write_lands_after_the_answer(m3, sandbox, eventually, answer):
    sandbox.fault("late_apply", seconds=0.3, answer=answer, **ADD_HEAD)
    if answer == "504":
        assert m3.get("APS450MI/AddHead", **HEAD, SINO="F3").status_code == 504
    else:
        with pytest.raises(requests.ConnectionError):
            m3.get("APS450MI/AddHead", **HEAD, SINO="F3")
    assert batches(sandbox, "F3") == []
    assert sandbox.control("GET", "faults")["late"] == 1
    eventually(lambda: batches(sandbox, "F3"))
    eventually(lambda: sandbox.control("GET", "faults")["late"] == 0)


def test_retry_after_comes_where_the_rule_has_it(m3, sandbox):
    sandbox.fault("429", retry_after="3", **ADD_HEAD)
    assert m3.get("APS450MI/AddHead", **HEAD).headers["Retry-After"] == "3"


def test_latency_holds_an_answer_back(m3, sandbox):
    sandbox.fault("latency", seconds=0.2, peer="infor", times=1)
    before = time.monotonic()
    m3.rows("MNS150MI/GetUserData")
    assert time.monotonic() - before >= 0.2


def test_slow_token_touches_the_token_alone(m3, sandbox):
    sandbox.fault("slow_token", seconds=0.2)
    before = time.monotonic()
    m3.rows("MNS150MI/GetUserData")
    assert time.monotonic() - before < 0.2
    assert m3.token().status_code == 200
    assert time.monotonic() - before >= 0.2


def test_stale_reads_do_not_see_what_was_just_written(m3, brex, sandbox):
    inbn = m3.head("STALE1")
    rule = {"kind": "stale_reads", "seconds": 30.0}
    sandbox.control("POST", "faults", rule)
    assert m3.refusal("APS450MI/GetHead", INBN=inbn)["errorCode"] == "XRE0103"
    key = {"SPYN": "732000", "SUNO": "732000", "SINO": "STALE1"}
    assert m3.rows("APS450MI/LstInvBySupInv", **key) == []
    ids = sandbox.control("POST", "brex/generate", {"count": 1})["ids"]
    assert brex.call("GET", f"/v3/accounting/records/{ids[0]}").status_code == 404
    sandbox.control("DELETE", "faults")
    assert len(m3.rows("APS450MI/LstInvBySupInv", **key)) == 1


@pytest.mark.parametrize("rest_applied", [True, False])
def test_a_short_bulk_answer_hides_what_came_of_the_rest(m3, sandbox, rest_applied):
    inbn = m3.head("SHORT1")
    line = {"INBN": inbn, "RDTP": "8", "NLAM": "1"}
    sandbox.fault("short_bulk", operation="bulk *", keep=1, rest_applied=rest_applied, times=1)
    assert len(m3.bulk("APS450MI", *[("AddLine", line)] * 3).json()["results"]) == 1
    assert len(m3.rows("APS450MI/LstLines", INBN=inbn)) == (3 if rest_applied else 1)


def test_a_not_processed_tail_is_listed(m3, sandbox):
    inbn = m3.head("TAIL1")
    line = {"INBN": inbn, "RDTP": "8", "NLAM": "1"}
    sandbox.fault("not_processed_tail", operation="bulk *", keep=2, times=1)
    body = m3.bulk("APS450MI", *[("AddLine", line)] * 3).json()
    assert [one["notProcessed"] for one in body["results"]] == [False, False, True]
    assert (body["nrOfNotProcessedTransactions"], body["wasTerminated"]) == (1, True)
    assert len(m3.rows("APS450MI/LstLines", INBN=inbn)) == 2


def test_html_may_come_with_any_status(m3, sandbox):
    sandbox.fault("html", status=200, applied=True, **ADD_HEAD)
    answer = m3.get("APS450MI/AddHead", **HEAD, SINO="HTML1")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")
    assert len(batches(sandbox, "HTML1")) == 1


def test_truncated_json_is_not_json(m3, sandbox):
    sandbox.fault("truncated_json", **ADD_HEAD)
    answer = m3.get("APS450MI/AddHead", **HEAD, SINO="CUT1")
    with pytest.raises(ValueError):
        answer.json()
    assert len(batches(sandbox, "CUT1")) == 1


def test_a_replayed_write_takes_effect_twice(m3, sandbox):
    sandbox.fault("duplicate_apply", **ADD_HEAD)
    m3.head("REPLAY1")
    assert len(batches(sandbox, "REPLAY1")) == 2


def test_one_transaction_inside_a_bulk_is_doubled_or_refused(m3, sandbox):
    inbn = m3.head("INSIDE1")
    lines = [("AddLine", {"INBN": inbn, "RDTP": "8", "NLAM": str(amount)}) for amount in (1, 2, 3)]
    named = {"program": "APS450MI", "transaction": "AddLine", "times": 1}
    sandbox.fault("duplicate_apply", skip=1, **named)
    sandbox.fault("refuse", skip=2, code="XUP0001", **named)
    results = m3.bulk("APS450MI", *lines).json()["results"]
    assert [one["errorCode"] for one in results] == [None, None, "XUP0001"]
    assert [row["NLAM"] for row in m3.rows("APS450MI/LstLines", INBN=inbn)] == [
        "1.00",
        "2.00",
        "2.00",
    ]


def test_a_lost_report_was_taken_all_the_same(brex, sandbox):
    ids = sandbox.control("POST", "brex/generate", {"count": 1, "release": True})["ids"]
    sandbox.fault("drop_after", peer="brex", path="*/export-results", method="POST", times=1)
    with pytest.raises(requests.ConnectionError):
        brex.exported(*ids)
    assert brex.exported(*ids).status_code == 422
    assert sandbox.control("GET", f"brex/records/{ids[0]}")["export_count"] == 1


def test_rates_come_from_the_seed(m3, sandbox):
    def statuses():
        sandbox.fault("500_before", operation="MNS150MI/*", rate=0.5)
        seen = [m3.get("MNS150MI/GetUserData").status_code for _ in range(20)]
        sandbox.control("DELETE", "faults")
        return seen

    first = statuses()
    assert set(first) == {200, 500}
    assert statuses() == first


def test_a_faulty_rule_is_refused(sandbox):
    assert "kind" in sandbox.control("POST", "faults", {"kind": "gremlin"}, expect=400)["error"]
    assert (
        "pear"
        in sandbox.control("POST", "faults", {"kind": "401", "pear": "x"}, expect=400)["error"]
    )
    typed = {"kind": "429", "times": "1"}
    assert "times" in sandbox.control("POST", "faults", typed, expect=400)["error"]
    assert sandbox.control("GET", "faults")["faults"] == []


@pytest.mark.parametrize("applied", [False, True])
def test_an_answer_may_be_given_instead_and_say_what_was_asked(m3, sandbox, applied):
    body = '{"message": "you said {request}"}'
    headers = {"Retry-After": "-1", "Content-Type": "text/plain"}
    sandbox.fault("instead", status=299, body=body, headers=headers, applied=applied, **ADD_HEAD)
    answer = m3.get("APS450MI/AddHead", **HEAD, SINO="F20")
    assert (answer.status_code, answer.headers["Retry-After"]) == (299, "-1")
    assert answer.headers["Content-Type"] == "text/plain"
    assert m3.http.headers["Authorization"] in answer.json()["message"]
    assert "F20" in answer.json()["message"]
    assert len(batches(sandbox, "F20")) == applied


def test_an_answer_may_be_rewritten(m3, sandbox):
    sandbox.fault("rewrite", find='("INBN": ?)"[0-9]*"', replacement=r'\1"  "', **ADD_HEAD)
    answer = m3.get("APS450MI/AddHead", **HEAD, SINO="F21")
    assert answer.json()["results"][0]["records"][0]["INBN"] == "  "
    assert len(batches(sandbox, "F21")) == 1


def test_a_rewriting_that_is_no_pattern_is_refused(sandbox):
    rule = {"kind": "rewrite", "find": "("}
    assert "find" in sandbox.control("POST", "faults", rule, expect=400)["error"]
