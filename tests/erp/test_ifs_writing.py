"""Documents written into IFS: fresh ETags, refusals, what exists already, heads without lines."""

from dataclasses import replace
from datetime import date

import pytest

from connector.domain.drafts import Outcome
from connector.domain.numbers import draft_marker
from connector.domain.posting import Phase
from connector.domain.reasons import Reason
from connector.ports import NewDraft, NewLine, Target
from tests.erp.ifs import HEAD, proposal, proposal_elsewhere, voucher
from tests.erp.steps import built, found, open_one, opened, read


@pytest.fixture
def at(sandbox):
    return proposal(sandbox)


@pytest.fixture
def guarded(sandbox):
    """Where a gateway wants the ETag of the GL account."""
    return proposal_elsewhere(sandbox)


def documents(at):
    return at.sandbox.call("GET", "/ifs/documents")


def drafts(at, count):
    return [
        NewDraft(one, draft_marker(one.number, 1)) for one in (at.document() for _ in range(count))
    ]


def posts(at, projection="PostingProposalHandling"):
    return at.sandbox.operations("ifs").get(f"{projection}/POST PostingProposalHeadSet", 0)


def test_a_document_is_one_change_set_that_people_can_trace(at):
    document = at.document()
    opened(at, document)
    (one,) = documents(at)["proposals"]
    assert one["state"] == "Balanced"
    head = one["head"]
    assert (head["InvoiceNo"], head["CreatorsReference"]) == (
        document.number,
        f"{document.record_id}.1",
    )
    assert (head["SeriesId"], head["Text"]) == ("SI", "Kött & Fisk / Åsa")
    assert {line["Reference"] for line in one["lines"]} == {f"{document.record_id}.1"}


def test_the_number_of_a_vendors_bill_stands_before_its_text(at):
    opened(at, at.document(their_number="INV-7"))
    (one,) = documents(at)["proposals"]
    assert one["head"]["Text"] == "INV-7 Kött & Fisk / Åsa"


def test_a_batch_of_documents_costs_four_calls(at):
    at.sandbox.call("POST", "/reset", {})
    erp = at.erp
    some = drafts(at, 50)
    open_one(at, at.document())  # metadata, token and supplier are known from here on
    before = at.sandbox.call("GET", "/calls?peer=ifs")["ifs"]["http_calls"]
    erp.look_up([one.document for one in some])
    opened_ = erp.open_drafts(some)
    erp.read(
        [Target(one.document, a.value, one.marker) for one, a in zip(some, opened_, strict=True)]
    )
    assert at.sandbox.call("GET", "/calls?peer=ifs")["ifs"]["http_calls"] == before + 4


def test_each_account_is_read_just_before_the_write(at):
    open_one(at, at.document())
    calls = [
        call["operation"]
        for call in reversed(at.sandbox.call("GET", "/log?peer=ifs&limit=3")["calls"])
    ]
    assert calls[-2:] == ["bulk AccountsHandling", "bulk PostingProposalHandling"]


@pytest.mark.parametrize("stale_as", ["412", "409", "ora"])
def test_b44_a_stale_etag_is_read_again_and_the_document_sent_again(guarded, stale_as):
    guarded.sandbox.call("PATCH", "/settings", {"ifs": {"stale_as": stale_as}})
    guarded.sandbox.fault("overtake", times=5, **guarded.head_call)
    assert open_one(guarded, guarded.document()).outcome is Outcome.DONE
    assert posts(guarded, "SupplierProposals") == 6
    assert len(documents(guarded)["proposals"]) == 1


def test_an_etag_that_is_stale_again_and_again_is_a_refusal(guarded):
    guarded.sandbox.fault("overtake", **guarded.head_call)
    answer = open_one(guarded, guarded.document())
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, "stale")
    assert "somebody keeps changing it" in answer.message
    assert posts(guarded, "SupplierProposals") == 6
    assert documents(guarded)["proposals"] == []


def test_only_what_was_stale_is_sent_again(guarded):
    guarded.sandbox.fault("overtake", skip=4, times=1, **guarded.head_call)
    answers = guarded.erp.open_drafts(drafts(guarded, 5))
    assert [answer.outcome for answer in answers] == [Outcome.DONE] * 5
    assert posts(guarded, "SupplierProposals") == 6


def test_an_account_that_is_gone_by_then_is_not_posted_to(guarded):
    guarded.sandbox.fault("overtake", times=1, **guarded.head_call)
    guarded.sandbox.fault(
        "refuse", code="ODP_RESOURCE_NOTFOUND", transaction="GET AccountSet", skip=1
    )
    answer = open_one(guarded, guarded.document())
    assert (answer.outcome, answer.field) == (Outcome.REFUSED, "Account")
    assert documents(guarded)["proposals"] == []


def test_an_account_that_is_not_valid_on_the_day_is_refused_and_nothing_is_sent(at):
    document = at.document()
    lines = tuple(replace(one, dimensions=(("Account", "6999"),)) for one in document.lines)
    answer = open_one(at, replace(document, lines=lines))
    assert answer.outcome is Outcome.REFUSED
    assert "6999 was valid until 2020-12-31" in answer.message
    assert at.sandbox.writes() == 0


def test_a_company_of_which_ifs_shows_nothing_is_refused_and_nothing_is_sent(at):
    at.sandbox.call("PATCH", "/settings", {"ifs": {"allowed_companies": ["20"]}})
    answer = open_one(at, at.document())
    assert answer.outcome is Outcome.REFUSED
    assert "company 10" in answer.message
    assert at.sandbox.writes() == 0


def test_what_is_only_hidden_is_not_gone(at):
    target = built(at, at.document())
    at.sandbox.call("PATCH", "/settings", {"ifs": {"allowed_companies": ["20"]}})
    (answer,) = at.erp.read([target])
    assert answer.outcome is Outcome.NOT_SENT
    assert "Allowed Companies" in answer.message


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ({"code": "ORA-20110", "message": "Voucher.CLOSED: Zu"}, Outcome.REFUSED),
        ({"code": "ORA-20113"}, Outcome.NOT_SENT),
        ({"code": "MI_MODIFIED_ERROR"}, Outcome.NOT_SENT),
        ({"code": "CSRF_ERROR"}, Outcome.NOT_SENT),
        ({"code": "ODP_OPERATION_TIMEOUT"}, Outcome.UNKNOWN),
        ({"code": "ODP_OPERATION_TIMEOUT", "applied": True}, Outcome.UNKNOWN),
        ({"code": "OVERLOADED"}, Outcome.UNKNOWN),
    ],
)
def test_each_document_of_a_batch_has_its_own_fate(at, rule, outcome):
    at.sandbox.fault("refuse", skip=1, times=1, **HEAD | rule)
    answers = at.erp.open_drafts(drafts(at, 3))
    assert [answer.outcome for answer in answers] == [Outcome.DONE, outcome, Outcome.DONE]
    assert len(documents(at)["proposals"]) == (3 if rule.get("applied") else 2)
    if outcome is Outcome.REFUSED:
        assert answers[1].message == "ORA-20110: Voucher.CLOSED: Zu"


def test_after_a_deployment_the_metadata_is_asked_for_again(at):
    at.sandbox.fault("refuse", code="MI_MODIFIED_ERROR", times=1, **HEAD)
    assert open_one(at, at.document()).outcome is Outcome.NOT_SENT
    at.sandbox.call(
        "PATCH", "/settings", {"ifs": {"field_changes": ["PostingProposalHead.Text=String 5"]}}
    )
    answer = open_one(at, at.document())
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, Reason.TOO_LONG.value)


def test_a_short_answer_leaves_its_tail_unknown(at):
    at.sandbox.fault("short_bulk", keep=1, times=1, **HEAD)
    answers = at.erp.open_drafts(drafts(at, 3))
    assert [a.outcome for a in answers] == [Outcome.DONE, Outcome.UNKNOWN, Outcome.UNKNOWN]


def test_where_the_number_is_taken_by_this_very_draft_it_is_that_one(at):
    document = at.document()
    target = opened(at, document)
    again = open_one(at, document)
    assert (again.outcome, again.value) == (Outcome.DONE, target.reference)
    assert len(documents(at)["proposals"]) == 1


def test_where_the_number_is_taken_by_another_it_is_refused(at):
    document = at.document()
    opened(at, document)
    answer = open_one(at, document, draft=2)
    assert (answer.outcome, answer.code) == (Outcome.REFUSED, Reason.DOCUMENT_EXISTS.value)


def test_the_answer_about_another_document_is_not_believed(at):
    document = at.document()
    at.sandbox.fault(
        "rewrite", find=rf"{document.record_id}\.1", replacement="somebody", times=1, **HEAD
    )
    assert open_one(at, document).outcome is Outcome.UNKNOWN


def test_nothing_is_told_of_a_document_that_is_shown_without_a_key(at):
    target = opened(at, at.document())
    listed = {"program": "PostingProposalHandling", "transaction": "GET PostingProposalHeadSet"}
    at.sandbox.fault("rewrite", find="InvoiceId", replacement="Id", **listed)
    (answer,) = at.erp.look_up([target.document])
    assert answer.outcome is Outcome.NOT_SENT, answer
    assert "without its key" in answer.message


def bare(at):
    document = at.document()
    target = opened(at, document)
    at.sandbox.call("POST", f"/ifs/proposals/{target.reference}", {"action": "delete_lines"})
    return target


def every_line(target):
    return [NewLine(target.document, target.reference, one.number) for one in target.document.lines]


def test_a_head_without_lines_gets_all_of_them(at):
    target = bare(at)
    assert read(at, target).lines == ()
    answers = at.erp.add_lines(every_line(target))
    assert [answer.outcome for answer in answers] == [Outcome.DONE] * 2
    assert sorted(read(at, target).lines) == sorted(at.erp.line_keys(target.document).values())
    assert documents(at)["proposals"][0]["state"] == "Balanced"


def test_a_head_that_has_lines_is_left_alone(at):
    target = opened(at, at.document())
    answers = at.erp.add_lines(every_line(target))
    assert {(answer.outcome, answer.code) for answer in answers} == {
        (Outcome.NOT_SENT, "has_lines")
    }
    assert len(read(at, target).lines) == 2


def test_a_head_that_somebody_changes_meanwhile_is_read_again(at):
    target = bare(at)
    lines = every_line(target)
    at.sandbox.fault(
        "refuse", code="ORA-20114", times=1, transaction="PATCH PostingProposalHeadSet"
    )
    assert {answer.outcome for answer in at.erp.add_lines(lines)} == {Outcome.DONE}
    assert len(read(at, target).lines) == 2


@pytest.mark.parametrize(
    ("action", "phase"),
    [
        ("authorize", Phase.VALIDATED),
        ("post", Phase.LEDGER),
        ("cancel", Phase.REFUSED),
        ("delete", Phase.GONE),
    ],
)
def test_what_people_do_with_a_proposal_is_seen(at, action, phase):
    target = built(at, at.document())
    at.sandbox.call("POST", f"/ifs/proposals/{target.reference}", {"action": action})
    shown = read(at, target)
    assert shown.phase is phase
    assert bool(shown.voucher) is (action == "post")


def test_a_voucher_is_found_and_read_in_the_ledger_after_the_update(sandbox):
    at = voucher(sandbox)
    document = at.document()
    target = built(at, document)
    (held,) = found(at, document)
    assert held.phase is Phase.VALIDATED
    sandbox.call("POST", f"/ifs/vouchers/{target.reference}", {"action": "update"})
    (posted,) = found(at, document)
    assert (posted.reference, posted.marker, posted.phase) == (
        target.reference,
        target.marker,
        Phase.LEDGER,
    )
    shown = read(at, target)
    assert (shown.phase, shown.differences) == (Phase.LEDGER, ())
    assert sorted(shown.lines) == sorted(at.erp.line_keys(document).values())
    other = replace(target, document=replace(document, accounting_date=date(2025, 2, 1)))
    assert len(read(at, other).differences) == 1
    assert len(read(at, replace(target, marker="somebody.1")).differences) == 1


def test_a_voucher_without_rows_gets_them(sandbox):
    at = voucher(sandbox)
    target = opened(at, at.document())
    sandbox.call("POST", f"/ifs/vouchers/{target.reference}", {"action": "delete_rows"})
    (there,) = found(at, target.document)
    assert (there.reference, there.marker) == (target.reference, target.marker)
    assert {answer.outcome for answer in at.erp.add_lines(every_line(target))} == {Outcome.DONE}
    assert sorted(read(at, target).lines) == sorted(at.erp.line_keys(target.document).values())


def test_a_voucher_that_does_not_balance_is_not_sent(sandbox):
    at = voucher(sandbox)
    document = at.document()
    hold = at.erp.check(replace(document, lines=document.lines[:1]))
    assert hold
    assert hold.reason is Reason.UNBALANCED


def test_an_invoice_is_no_manual_voucher(sandbox, at):
    invoice = at.document()
    hold = voucher(sandbox).erp.check(invoice)
    assert hold
    assert "mapping.types" in hold.message
