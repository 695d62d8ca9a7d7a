"""Posting by the protocol, on the real journal, into an ERP that loses calls and answers."""

import pytest

from connector.domain.drafts import Outcome
from connector.domain.limits import PostingConfig
from connector.domain.posting import Phase
from connector.domain.records import Status
from connector.ports import RATE_LIMITED, Answer
from connector.store.limits import PostgresLimits
from connector.store.roles import Role
from connector.usecases.post_documents import PostDocuments
from tests.store_fixtures import invoice
from tests.usecases.memory_erp import LOST_ANSWER, LOST_CALL, NOT_SENT, REFUSED, Held, MemoryErp
from tests.usecases.posting import announce, status, the_one_invoice


def test_a_document_is_written_read_back_decided_committed_and_read_again(post, bring, erp, sql):
    report = post(bring(Status.MAPPED))
    assert report.moved == ["accr_1"]
    assert status(sql) == "posted"
    assert the_one_invoice(erp).marker.endswith(".1")
    assert erp.calls == [
        "look_up", "open_drafts", "add_lines", "add_lines", "read", "commit", "read"
    ]  # fmt: skip


@pytest.mark.parametrize("told", [True, False])
def test_whether_a_posted_record_rests_is_what_the_connection_says_now(
    post, bring, connections, sql, told
):
    """Not what it said when its worker took it up."""
    row = bring(Status.MAPPED)
    connections.add("acme", "infor-m3", {"brex": {"mark_exported": told}}, {}, replace=True)
    post(row, mark_exported=not told)
    assert sql("SELECT status, due_at IS NOT NULL FROM record") == [("posted", told)]


def test_where_brex_is_not_to_be_told_nobody_is_sent_to_tell_it(post, bring):
    assert post(bring(Status.MAPPED), mark_exported=False).moved == []


def test_a_lost_answer_to_the_head_is_looked_up_and_not_sent_again(post, bring, erp, sql):
    erp.faults["open_drafts"] = [LOST_ANSWER]
    post(bring(Status.MAPPED))
    assert status(sql) == "posted"
    assert erp.calls.count("open_drafts") == 1
    assert len(erp.documents) == 1


def test_a_head_that_was_lost_is_written_anew_under_another_marker(post, bring, erp, sql):
    erp.faults["open_drafts"] = [LOST_CALL]
    post(bring(Status.MAPPED))
    assert status(sql) == "posted"
    assert the_one_invoice(erp).marker.endswith(".2")
    assert sql("SELECT draft, state FROM erp_draft ORDER BY draft") == [
        (1, "spare"),
        (2, "decided"),
    ]


def test_a_lost_answer_to_a_line_is_settled_by_reading_the_draft(post, bring, erp, sql):
    erp.faults["add_lines"] = [None, LOST_ANSWER]
    post(bring(Status.MAPPED))
    assert status(sql) == "posted"
    assert erp.calls.count("add_lines") == 2
    assert sql("SELECT outcome FROM erp_write WHERE step = 'line' ORDER BY line") == [
        ("done",),
        ("found",),
    ]


def test_a_lost_line_costs_the_draft_and_nothing_is_sent_into_it_again(post, bring, erp, sql):
    erp.faults["add_lines"] = [LOST_CALL, None]
    post(bring(Status.MAPPED))
    assert status(sql) == "posted"
    assert the_one_invoice(erp).marker.endswith(".2")
    spare = next(d for d in erp.documents.values() if d.marker.endswith(".1"))
    assert (spare.phase, spare.lines) == (Phase.DRAFT, ["20.00"])


def test_a_lost_answer_waits_for_the_settling_time_before_it_is_looked_for(bring, post, again, sql):
    slow = MemoryErp(settle_s=30.0)
    slow.faults["open_drafts"] = [LOST_ANSWER]
    report = post(bring(Status.MAPPED), erp=slow)
    assert status(sql) == "posting"
    assert 25 < report.again_s <= 31
    again(erp=slow)
    assert slow.calls == ["look_up", "open_drafts"], "it was looked for too early"
    sql("UPDATE erp_write SET settles_at = now()")
    again(erp=slow)
    assert status(sql) == "posted"
    assert slow.calls.count("open_drafts") == 1


def test_a_worker_that_died_after_the_head_is_followed_by_one_that_adds_the_lines(
    bring, post, again, erp, sql
):
    def die(operation):
        if operation == "add_lines":
            raise KeyboardInterrupt

    erp.before = die
    row = bring(Status.MAPPED)
    with pytest.raises(KeyboardInterrupt):
        post(row)
    assert status(sql) == "posting"
    erp.before = lambda _: None
    again()  # the lines were promised, and may be on their way: they are looked for
    assert status(sql) == "posted"
    the_one_invoice(erp)


def test_a_woken_worker_can_only_write_into_a_draft_that_nobody_wants(
    bring, post, again, erp, sql, lease
):
    woken = []

    def sleep_through_the_lease(operation):
        if operation == "add_lines" and not woken:
            woken.append(True)
            again()

    erp.before = sleep_through_the_lease
    post(bring(Status.MAPPED))
    assert status(sql) == "posted"
    invoice = the_one_invoice(erp)
    assert invoice.marker.endswith(".2")
    late = next(d for d in erp.documents.values() if d.marker.endswith(".1"))
    assert late.phase is Phase.DRAFT


def test_a_refusal_holds_the_record_with_the_words_of_the_erp(bring, post, erp, sql):
    erp.faults["add_lines"] = [REFUSED]
    report = post(bring(Status.MAPPED))
    assert report.held == 1
    assert status(sql) == "held: erp_refused"
    assert sql("SELECT detail->>'message', detail->>'value' FROM record") == [
        ("add_lines: refused", "XX00103")
    ]
    assert erp.posted() == []


def test_what_was_not_sent_is_sent_into_the_same_draft_later(bring, post, again, erp, sql):
    erp.faults["add_lines"] = [None, NOT_SENT]
    post(bring(Status.MAPPED))
    assert status(sql) == "posting"
    again()
    assert status(sql) == "posted"
    assert the_one_invoice(erp).marker.endswith(".1")


@pytest.mark.parametrize(("code", "failures"), [("", 1), (RATE_LIMITED, 0)])
def test_only_what_failed_waits_longer_the_next_time(bring, post, erp, sql, code, failures):
    erp.look_up = lambda documents: [Answer(Outcome.NOT_SENT, code=code, wait_s=1.0)]
    post(bring(Status.MAPPED))
    assert sql("SELECT failures FROM record") == [(failures,)]


def test_a_line_that_a_proxy_doubled_is_seen_before_anything_is_decided(bring, post, erp, sql):
    doubled = []

    def replay(operation):
        if operation == "read" and not doubled:
            doubled.append(True)
            erp.documents["330"].lines.append("10.00")

    erp.before = replay
    post(bring(Status.MAPPED))
    assert status(sql) == "posted"
    assert the_one_invoice(erp).marker.endswith(".2")


def test_a_document_of_somebody_else_under_our_number_holds_the_record(bring, post, erp, sql):
    row = bring(Status.MAPPED)
    ((number,),) = sql("SELECT number FROM erp_document")
    erp.documents["7"] = Held("7", number, "", "30.00", phase=Phase.LEDGER)
    post(row)
    assert status(sql) == "held: document_exists"
    assert "open_drafts" not in erp.calls


def test_a_spare_draft_that_somebody_validated_holds_the_record(bring, post, erp, sql):
    row = bring(Status.MAPPED)
    ((number,),) = sql("SELECT number FROM erp_document")
    erp.documents["7"] = Held("7", number, f"{number}.1", "30.00", phase=Phase.VALIDATED)
    post(row)
    assert status(sql) == "held: spare_draft_posted"
    assert "open_drafts" not in erp.calls


def test_a_spare_draft_under_another_supplier_is_found_if_somebody_validated_it(
    bring, post, from_the_start, erp, sql
):
    erp.faults["open_drafts"] = [LOST_CALL, REFUSED]
    post(bring(Status.MAPPED))
    assert status(sql) == "held: erp_refused"
    number = invoice("accr_1").number
    spare = Held("77", number, f"{number}.1", "30.00", phase=Phase.LEDGER)
    erp.documents["77"] = spare
    calls = len(erp.calls)
    post(from_the_start(supplier="TAXI"))
    assert status(sql) == "held: spare_draft_posted"
    assert set(erp.calls[calls:]) == {"look_up"}
    assert erp.posted() == [spare]


def test_what_brex_announces_again_before_anything_is_written_begins_again(
    bring, post, intake, erp, sql
):
    row = bring(Status.MAPPED)
    announce(intake, "accr_1")
    post(row)
    assert status(sql) == "received"
    assert "open_drafts" not in erp.calls


def test_what_is_beyond_the_limits_of_the_day_is_held_and_nothing_of_it_written(
    bring, journal, records, erp, sql, database_as, connection_id
):
    rows = [bring(Status.MAPPED, f"accr_{n}") for n in (1, 2)]
    limits = PostingConfig(documents_per_day=1)
    use_case = PostDocuments(
        erp=erp,
        journal=journal,
        records=records,
        mark_exported=True,
        lease_s=60.0,
        limits=PostgresLimits(database_as(Role.WORKER), connection_id, limits, "UTC"),
    )
    report = use_case.run(rows)
    assert (report.moved, report.held) == (["accr_1"], 1)
    assert sql("SELECT status, reason FROM record ORDER BY id") == [
        ("posted", None),
        ("held", "limit_reached"),
    ]
    assert len(erp.documents) == 1
