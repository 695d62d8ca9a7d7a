"""Faults of the simulated IFS: of whole calls, and of single requests inside a `$batch`."""

import pytest
import requests

from tests.sandbox.ifs_client import LINE, PROPOSALS
from tests.sandbox.test_ifs_finance import HEADS, change_set, detail, documents

ADD = {"program": "PostingProposalHandling", "transaction": f"POST {HEADS}"}


def numbers(sandbox):
    return [one["number"] for one in documents(sandbox)["proposals"]]


@pytest.mark.parametrize(("kind", "count"), [("drop_before", 0), ("drop_after", 1)])
def test_a_dropped_connection_has_no_answer(ifs, sandbox, kind, count):
    sandbox.fault(kind, times=1, **ADD)
    with pytest.raises(requests.ConnectionError):
        ifs.batch(PROPOSALS, change_set("BX1", LINE))
    assert len(numbers(sandbox)) == count


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("", 500),
        ("ORA-20110", 500),
        ("ORA-20114", 500),
        ("ODP_MISSING_PRECONDITION", 428),
        ("ODP_DESERIALIZATION_ERROR", 400),
        ("ODP_RESOURCE_NOTFOUND", 404),
        ("ODP_NOT_IMPLEMENTED", 501),
        ("ODP_OPERATION_TIMEOUT", 504),
        ("MI_MODIFIED_ERROR", 503),
        ("CSRF_ERROR", 403),
        ("FORBIDDEN", 403),
        ("OVERLOADED", 503),
    ],
)
def test_a_change_set_is_refused_by_code_and_the_others_are_not(ifs, sandbox, code, status):
    sandbox.fault("refuse", code=code, skip=1, times=1, **ADD)
    answers = ifs.batch(PROPOSALS, *(change_set(f"BX{number}", LINE) for number in (1, 2, 3)))
    assert [type(answer) for answer in answers] == [list, tuple, list]
    assert answers[1][0] == status
    assert numbers(sandbox) == ["BX1", "BX3"]
    if not code:
        assert detail(answers[1]).startswith("ORA-20113: Voucher.FND_LOCKED:")


def test_a_timeout_may_come_after_the_commit(ifs, sandbox):
    sandbox.fault("refuse", code="ODP_OPERATION_TIMEOUT", applied=True, times=1, **ADD)
    ((status, _),) = ifs.batch(PROPOSALS, change_set("BX1", LINE))
    assert status == 504
    assert numbers(sandbox) == ["BX1"]


def test_a_request_by_itself_is_refused_too(ifs, sandbox):
    sandbox.fault("refuse", code="MI_MODIFIED_ERROR", transaction="GET AccountSet", times=1)
    path = "AccountsHandling.svc/AccountSet(Company='10',Account='7500')"
    assert ifs.refusal(ifs.call("GET", path), 503) == "MI_MODIFIED_ERROR"
    assert ifs.call("GET", path).status_code == 200


def test_a_short_answer_hides_what_came_of_the_rest(ifs, sandbox):
    sets = [change_set(f"BX{number}", LINE) for number in (1, 2, 3)]
    sandbox.fault("short_bulk", operation="bulk *", keep=1, times=1)
    assert len(ifs.batch(PROPOSALS, *sets)) == 1
    assert numbers(sandbox) == ["BX1", "BX2", "BX3"]


def test_a_replayed_change_set_is_refused_the_second_time(ifs, sandbox):
    sandbox.fault("duplicate_apply", times=1, **ADD)
    (answer,) = ifs.batch(PROPOSALS, change_set("BX1", LINE))
    assert detail(answer).startswith("ORA-20112")
    assert numbers(sandbox) == ["BX1"]


def test_another_client_gets_in_ahead_every_third_time(ifs, sandbox):
    sandbox.settings("ifs", if_match_on_create="account")
    sandbox.fault("overtake", every=3, **ADD)
    statuses = []
    for number in range(6):
        etag = ifs.call("GET", "AccountsHandling.svc/AccountSet(Company='10',Account='7500')")
        (head, line) = change_set(f"BX{number}", LINE)
        match = {"If-Match": etag.headers["ETag"]}
        (answer,) = ifs.batch(PROPOSALS, [(*head, match), (*line, match)])
        statuses.append(answer[0] if isinstance(answer, tuple) else 201)
    assert statuses == [201, 201, 412, 201, 201, 412]


def test_stale_reads_do_not_see_what_was_just_written(ifs, sandbox):
    head = ifs.proposal("BX1")
    sandbox.control("POST", "faults", {"kind": "stale_reads", "seconds": 30.0})
    assert ifs.rows(f"{PROPOSALS}/{HEADS}") == []
    assert ifs.call("GET", ifs.path(head)).status_code == 404
    sandbox.control("DELETE", "faults")
    assert len(ifs.rows(f"{PROPOSALS}/{HEADS}")) == 1


def test_calls_are_counted_by_request_inside_a_batch_too(ifs, sandbox):
    ifs.batch(PROPOSALS, ("GET", HEADS), change_set("BX1", LINE, LINE, GrossCurrAmount=343.5))
    counts = sandbox.control("GET", "calls", peer="ifs")["ifs"]
    assert counts["http"]["bulk PostingProposalHandling"] == 1
    operations = counts["operations"]
    assert operations["PostingProposalHandling/POST PostingProposalLines"] == 2
    assert operations[f"PostingProposalHandling/GET {HEADS}"] == 1
    assert "sandbox-ifs" not in str(sandbox.control("GET", "log", peer="ifs"))
