"""Posting by the protocol, on the real journal, into an ERP that loses calls and answers."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from connector.domain.documents import GlEntry
from connector.domain.drafts import Outcome
from connector.domain.limits import PostingConfig
from connector.domain.posting import Confirm, Phase
from connector.domain.records import Status, Step
from connector.ports import RATE_LIMITED, Answer, Delivery, Disposition, Fetched
from connector.store.limits import PostgresLimits
from connector.store.roles import Role
from connector.usecases.post_documents import PostDocuments
from tests.store_fixtures import invoice
from tests.usecases.memory_erp import LOST_ANSWER, LOST_CALL, NOT_SENT, REFUSED, Held, MemoryErp


@pytest.fixture
def erp():
    return MemoryErp()


@pytest.fixture
def post(erp, journal, records):
    def run(row, *, erp=erp, mark_exported=True):
        use_case = PostDocuments(
            erp=erp,
            journal=journal,
            records=records,
            mark_exported=mark_exported,
            lease_s=60.0,
        )
        return use_case.run([row])

    return run


@pytest.fixture
def again(lease, sql, post):
    """Another worker takes the record up, now."""

    def run(**more):
        sql("UPDATE record SET due_at = now(), lease_until = NULL WHERE due_at IS NOT NULL")
        (row,) = lease(Step.POST, "accr_1")
        return post(row, **more)

    return run


@pytest.fixture
def from_the_start(lease, records, sql):
    """A held record, retried, fetched and mapped anew."""

    def bring_again(document=None, **changes):
        sql("UPDATE record SET status = 'received', reason = NULL, due_at = now()")
        (row,) = lease(Step.FETCH, "accr_1")
        records.fetched([Fetched(row, {}, 1)])
        (row,) = lease(Step.MAP, "accr_1")
        records.mapped([(row, [replace(document or invoice("accr_1"), **changes)])], 1)
        (row,) = lease(Step.POST, "accr_1")
        return row

    return bring_again


def status(sql):
    ((status, reason),) = sql("SELECT status, reason FROM record WHERE record_id = 'accr_1'")
    return status if reason is None else f"{status}: {reason}"


def announce(intake, record_id):
    delivery = Delivery(
        intake.endpoint("acme").connection_id,
        f"msg_{record_id}",
        "ACCOUNTING_RECORD_READY_FOR_EXPORT",
        b"x" * 32,
        (record_id,),
        Disposition.ACCEPTED,
        datetime.now(UTC),
    )
    intake.accept([delivery])


def the_one_invoice(erp):
    (invoice,) = erp.posted()
    assert Counter(invoice.lines) == Counter(["10.00", "20.00"])
    return invoice


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


class TestAnEntryThatGetsAnotherDay:
    """Ledgers are read by days: what was given up may stand on the day that it had then."""

    @pytest.fixture
    def entry(self):
        there = invoice("accr_1")
        debit, credit = there.lines[0], replace(there.lines[1], amount=Decimal("-10.00"))
        common = {"company": there.company, "currency": "SEK", "text": "Taxi"}
        return GlEntry(
            number=there.number,
            record_id="accr_1",
            accounting_date=date(2026, 10, 31),
            lines=(debit, credit),
            **common,
        )

    def test_a_draft_that_somebody_updated_is_found_there(
        self, bring, post, from_the_start, entry, erp, sql
    ):
        bring(Status.FETCHED)
        erp.faults["open_drafts"] = [LOST_CALL, REFUSED]
        post(from_the_start(entry))
        assert status(sql) == "held: erp_refused"
        marker = f"{entry.number}.1"
        spare = Held("77", entry.number, marker, "10.00", phase=Phase.LEDGER)
        spare.day = entry.accounting_date
        erp.documents["77"] = spare
        post(from_the_start(entry, accounting_date=date(2026, 11, 1)))
        assert status(sql) == "held: spare_draft_posted"
        assert erp.posted() == [spare]

    def test_what_is_found_on_any_day_is_not_taken_for_two(
        self, bring, post, from_the_start, entry, erp, sql
    ):
        bring(Status.FETCHED)
        erp.faults["open_drafts"] = [REFUSED, LOST_ANSWER]
        post(from_the_start(entry))
        post(from_the_start(entry, accounting_date=date(2026, 11, 1)))
        assert status(sql) == "posted"
        assert erp.calls.count("open_drafts") == 2


def test_a_document_that_fails_validation_is_held_and_committed_again_by_its_number(
    bring, post, again, erp, sql
):
    erp.validates_to = Phase.REFUSED
    post(bring(Status.MAPPED))
    assert status(sql) == "held: erp_validation_failed"
    erp.validates_to = Phase.VALIDATED
    sql("UPDATE record SET status = 'posting', reason = NULL, due_at = now()")
    again()
    assert status(sql) == "posted"
    assert erp.calls.count("open_drafts") == 1
    assert erp.calls.count("commit") == 2


def test_a_lost_commit_is_read_before_it_is_repeated(bring, post, erp, sql):
    erp.faults["commit"] = [LOST_ANSWER]
    post(bring(Status.MAPPED))
    assert status(sql) == "posted"
    assert erp.calls.count("commit") == 1


def test_a_commit_that_never_arrived_is_repeated(bring, post, again, erp, sql):
    erp.faults["commit"] = [LOST_CALL]
    post(bring(Status.MAPPED))
    while status(sql) == "posting":
        again()
    assert status(sql) == "posted"
    assert erp.calls.count("commit") == 2


def test_documents_that_are_validated_together_are_read_again_together(
    erp, intake, lease, records, journal, connection_id, sql
):
    ids = [f"accr_{n}" for n in range(1, 11)]
    intake.receive(connection_id, ids)
    records.fetched([Fetched(row, {}, 1) for row in lease(Step.FETCH)])
    records.mapped([(row, [invoice(row.record_id)]) for row in lease(Step.MAP)], 1)
    erp.validates_to = Phase.BUSY
    naps = []

    def nap(seconds):
        naps.append(seconds)
        for held in erp.documents.values():
            held.phase = Phase.VALIDATED

    PostDocuments(
        erp=erp, journal=journal, records=records, mark_exported=True, lease_s=60.0, sleep=nap
    ).run(lease(Step.POST))
    assert sql("SELECT status, count(*) FROM record GROUP BY status") == [("posted", 10)]
    assert len(naps) == 1


def test_a_written_document_counts_at_once_where_the_tenant_validates_by_itself(bring, post, sql):
    erp = MemoryErp(confirm=Confirm.WRITTEN)
    post(bring(Status.MAPPED), erp=erp)
    assert status(sql) == "posted"
    assert "commit" not in erp.calls


def test_a_validated_document_waits_for_the_ledger_where_that_is_asked_for(bring, post, again, sql):
    erp = MemoryErp(confirm=Confirm.LEDGER)
    post(bring(Status.MAPPED), erp=erp)
    assert status(sql) == "posting"
    assert "awaiting update to the ledger" in sql("SELECT note FROM record")[0][0]
    erp.documents["330"].phase = Phase.LEDGER
    again(erp=erp)
    assert status(sql) == "posted"


def test_eight_drafts_that_all_fail_are_enough(bring, post, again, erp, sql):
    erp.faults["open_drafts"] = [LOST_CALL] * 20
    post(bring(Status.MAPPED))
    assert status(sql) == "held: too_many_drafts"
    assert erp.calls.count("open_drafts") == 8


def test_a_decided_draft_that_somebody_changed_is_held_and_not_committed(
    bring, post, again, erp, sql
):
    erp.validates_to = Phase.REFUSED
    post(bring(Status.MAPPED))
    erp.documents["330"].lines.append("999999.00")
    sql("UPDATE record SET status = 'posting', reason = NULL, due_at = now()")
    again()
    assert status(sql) == "held: content_differs"
    assert erp.calls.count("commit") == 1


def test_a_commit_that_was_not_sent_counts_for_nothing_and_is_sent_again(
    bring, post, again, erp, sql
):
    erp.faults["commit"] = [NOT_SENT] * 7
    post(bring(Status.MAPPED))
    while status(sql) == "posting":
        again()
    assert status(sql) == "posted"
    assert sql("SELECT count(*) FROM erp_write WHERE step = 'commit'") == [(1,)]


def test_after_a_mend_the_words_of_the_old_validation_are_not_taken_for_the_new_ones(
    bring, post, again, sql
):
    slow = MemoryErp(settle_s=5.0)
    slow.validates_to = Phase.REFUSED
    post(bring(Status.MAPPED), erp=slow)
    assert status(sql) == "held: erp_validation_failed"
    sql("UPDATE record SET status = 'posting', reason = NULL, due_at = now()")
    again(erp=slow)  # the job has been submitted, and has not begun
    assert status(sql) == "posting"
    slow.documents["330"].phase = Phase.VALIDATED
    again(erp=slow)
    assert status(sql) == "posted"


def test_a_retry_after_too_many_drafts_begins_a_new_count(bring, post, from_the_start, erp, sql):
    erp.faults["open_drafts"] = [LOST_CALL] * 8
    post(bring(Status.MAPPED))
    assert status(sql) == "held: too_many_drafts"
    post(from_the_start())
    assert status(sql) == "posted"
    assert the_one_invoice(erp).marker.endswith(".9")


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


class TestSeveralDocuments:
    """The documents of a record are posted one after the other, in one turn where nothing waits."""

    def test_all_are_posted_in_their_order(self, bring, post, erp, sql):
        report = post(bring(Status.MAPPED, documents=3))
        assert report.moved == ["accr_1"]
        assert status(sql) == "posted"
        numbers = [invoice("accr_1", nth=n).number for n in (1, 2, 3)]
        assert [held.number for held in erp.posted()] == numbers
        assert [held.marker for held in erp.posted()] == [
            f"{number}.{draft}" for draft, number in enumerate(numbers, start=1)
        ]
        once = [
            "look_up", "open_drafts", "add_lines", "add_lines", "read", "commit", "read"
        ]  # fmt: skip
        assert erp.calls == once * 3

    def test_records_with_few_and_with_many_share_their_calls(self, bring, journal, records, erp):
        rows = [bring(Status.MAPPED, "accr_1", documents=2), bring(Status.MAPPED, "accr_2")]
        use_case = PostDocuments(
            erp=erp, journal=journal, records=records, mark_exported=True, lease_s=60.0
        )
        assert sorted(use_case.run(rows).moved) == ["accr_1", "accr_2"]
        assert len(erp.posted()) == 3

    def test_the_next_begins_when_the_one_before_it_is_confirmed(self, bring, post, again, sql):
        erp = MemoryErp(confirm=Confirm.LEDGER)
        post(bring(Status.MAPPED, documents=2), erp=erp)
        assert status(sql) == "posting"
        assert len(erp.documents) == 1, "the second was begun too early"
        erp.documents["330"].phase = Phase.LEDGER
        again(erp=erp)
        erp.documents["331"].phase = Phase.LEDGER
        again(erp=erp)
        assert status(sql) == "posted"

    def test_a_worker_that_died_between_two_is_followed_by_one_that_posts_the_second_alone(
        self, bring, post, again, erp, sql
    ):
        def die(operation):
            if operation == "open_drafts" and erp.posted():
                raise KeyboardInterrupt

        erp.before = die
        with pytest.raises(KeyboardInterrupt):
            post(bring(Status.MAPPED, documents=2))
        assert status(sql) == "posting"
        erp.before = lambda _: None
        again()
        assert status(sql) == "posted"
        assert len(erp.posted()) == 2
        assert erp.calls.count("commit") == 2

    def test_a_second_one_that_is_refused_holds_the_record_and_is_posted_alone_after_a_retry(
        self, bring, post, again, erp, sql
    ):
        erp.faults["open_drafts"] = [None, REFUSED]
        post(bring(Status.MAPPED, documents=2))
        assert status(sql) == "held: erp_refused"
        assert len(erp.posted()) == 1
        sql("UPDATE record SET status = 'posting', reason = NULL, due_at = now()")
        again()
        assert status(sql) == "posted"
        assert len(erp.posted()) == 2

    def test_a_woken_worker_writes_nothing_of_a_later_document(self, bring, post, again, erp, sql):
        woken = []

        def sleep_through_the_lease(operation):
            if operation == "commit" and not woken:
                woken.append(True)
                again()

        erp.before = sleep_through_the_lease
        post(bring(Status.MAPPED, documents=2))
        assert status(sql) == "posted"
        assert len(erp.posted()) == 2
        assert sorted(held.marker[-2:] for held in erp.documents.values()) == [".1", ".2"]


@pytest.mark.parametrize("has_drafts", [True, False])
class TestLinesWithTheHead:
    """The head carries all lines: none is written by itself, everything else is as ever."""

    @pytest.fixture
    def erp(self, has_drafts):
        return MemoryErp(has_drafts=has_drafts, lines_with_head=True)

    def test_no_line_is_written_by_itself(self, bring, post, erp, sql, has_drafts):
        post(bring(Status.MAPPED))
        assert status(sql) == "posted"
        the_one_invoice(erp)
        committed = ["commit", "read"] if has_drafts else []
        assert erp.calls == ["look_up", "open_drafts", "read", *committed]
        assert sql("SELECT DISTINCT step FROM erp_write WHERE step = 'line'") == []

    def test_a_lost_answer_is_looked_for(self, bring, post, again, erp, sql):
        erp.faults["open_drafts"] = [LOST_ANSWER]
        post(bring(Status.MAPPED))
        while status(sql) == "posting":
            again()
        assert status(sql) == "posted"
        assert erp.calls.count("open_drafts") == 1
        the_one_invoice(erp)

    def test_what_the_erp_has_otherwise_is_not_posted(self, bring, post, erp, sql, has_drafts):
        def lose_a_line(operation):
            if operation == "read" and len(erp.documents) == 1:
                erp.documents["330"].lines = ["10.00"]

        erp.before = lose_a_line
        post(bring(Status.MAPPED))
        if has_drafts:
            assert status(sql) == "posted"
            assert the_one_invoice(erp).marker.endswith(".2")
        else:
            assert status(sql) == "held: content_differs"


class TestAHeadWithoutItsLines:
    """Where heads that were to carry their lines can be completed."""

    @pytest.fixture
    def erp(self):
        erp = MemoryErp(has_drafts=False, lines_with_head=True, completes_heads=True)

        def tear(operation):
            if operation == "read" and "add_lines" not in erp.calls:
                erp.documents["330"].lines = []

        erp.before = tear
        return erp

    def test_gets_all_of_them_once(self, bring, post, erp, sql):
        post(bring(Status.MAPPED))
        assert status(sql) == "posted"
        the_one_invoice(erp)
        written = [call for call in erp.calls if call in {"open_drafts", "add_lines"}]
        assert written == ["open_drafts", "add_lines", "add_lines"]

    def test_is_held_where_an_answer_was_lost_and_the_lines_are_not_there(
        self, bring, post, again, erp, sql
    ):
        erp.faults["add_lines"] = [LOST_CALL, LOST_CALL]
        post(bring(Status.MAPPED))
        while status(sql) == "posting":
            again()
        assert status(sql) == "held: outcome_unknown"
        assert erp.calls.count("add_lines") == 2

    def test_waits_for_its_lines_before_it_is_given_them(self, bring, post, erp, sql):
        erp.set_rules(settle_s=60.0)
        post(bring(Status.MAPPED))
        assert status(sql) == "posting"
        assert "add_lines" not in erp.calls


class TestWithoutDrafts:
    """The write itself posts: nothing doubtful is ever sent again."""

    @pytest.fixture
    def erp(self):
        return MemoryErp(has_drafts=False)

    def test_an_invoice_is_written_and_read_back(self, bring, post, erp, sql):
        post(bring(Status.MAPPED))
        assert status(sql) == "posted"
        the_one_invoice(erp)
        assert "commit" not in erp.calls

    def test_a_lost_answer_is_found(self, bring, post, again, erp, sql):
        erp.faults["open_drafts"] = [LOST_ANSWER]
        erp.faults["add_lines"] = [None, LOST_ANSWER]
        post(bring(Status.MAPPED))
        while status(sql) == "posting":
            again()
        assert status(sql) == "posted"
        the_one_invoice(erp)

    @pytest.mark.parametrize("operation", ["open_drafts", "add_lines"])
    def test_what_two_looks_do_not_find_is_held_and_never_sent_again(
        self, bring, post, again, erp, sql, operation
    ):
        erp.faults[operation] = [LOST_CALL]
        post(bring(Status.MAPPED))
        while status(sql) == "posting":
            again()
        assert status(sql) == "held: outcome_unknown"
        sent = {"open_drafts": 1, "add_lines": 2}[operation]
        assert erp.calls.count(operation) == sent
        assert erp.calls.count("look_up") + erp.calls.count("read") >= 2

    def test_a_document_that_is_not_in_the_ledger_is_not_posted(self, bring, post, again, erp, sql):
        batch = MemoryErp()
        batch.faults["commit"] = [NOT_SENT]
        post(bring(Status.MAPPED), erp=batch)
        erp.documents = batch.documents  # the connection was switched to a program without drafts
        again()
        assert status(sql) == "held: erp_document_missing"

    def test_nothing_new_is_written_while_an_earlier_write_is_doubtful(
        self, bring, post, from_the_start, erp, sql
    ):
        erp.faults["open_drafts"] = [LOST_CALL]
        post(bring(Status.MAPPED))
        sql("UPDATE erp_draft SET state = 'spare'")
        post(from_the_start())
        assert status(sql) == "held: outcome_unknown"
        assert erp.calls.count("open_drafts") == 1


class TestACommitThatIsSentOnce:
    """A commit that could post a second time is never repeated: it is looked for."""

    @pytest.fixture
    def erp(self):
        return MemoryErp(commit_repeats=False, busy_s=0.0)

    @pytest.fixture
    def retried(self, sql, again):
        def run():
            sql("UPDATE record SET status = 'posting', reason = NULL, due_at = now()")
            again()
            while status(sql) == "posting":
                again()

        return run

    def test_a_lost_answer_is_looked_for_and_found(self, bring, post, erp, sql):
        erp.faults["commit"] = [LOST_ANSWER]
        post(bring(Status.MAPPED))
        assert status(sql) == "posted"
        assert erp.calls.count("commit") == 1

    @pytest.mark.parametrize("lost", [LOST_CALL, None])
    def test_without_effect_it_is_held_until_a_person_has_seen_to_it(
        self, bring, post, again, retried, erp, sql, lost
    ):
        erp.faults["commit"], erp.validates_to = [lost], Phase.DRAFT
        post(bring(Status.MAPPED))
        while status(sql) == "posting":
            again()
        retried()
        assert status(sql) == "held: outcome_unknown"
        assert erp.calls.count("commit") == 1
        erp.documents["330"].phase = Phase.LEDGER
        retried()
        assert status(sql) == "posted"
        assert erp.calls.count("commit") == 1

    def test_a_refused_one_is_sent_again_once_a_person_retries(
        self, bring, post, retried, erp, sql
    ):
        erp.faults["commit"] = [REFUSED]
        post(bring(Status.MAPPED))
        assert status(sql) == "held: erp_refused"
        retried()
        assert status(sql) == "posted"
        assert erp.calls.count("commit") == 2


class TestDraftsThatCannotBeRead:
    """Where the ERP does not show its drafts, each write of one must have been answered."""

    @pytest.fixture
    def erp(self):
        return MemoryErp(commit_repeats=False, reads_drafts=False, settle_s=60.0)

    def test_a_draft_of_which_every_write_was_answered_is_decided_on(self, bring, post, erp, sql):
        post(bring(Status.MAPPED))
        assert status(sql) == "posted"
        the_one_invoice(erp)

    @pytest.mark.parametrize("operation", ["open_drafts", "add_lines"])
    @pytest.mark.parametrize("lost", [LOST_ANSWER, LOST_CALL])
    def test_a_lost_answer_costs_the_draft_at_once(self, bring, post, erp, sql, operation, lost):
        erp.faults[operation] = [lost]
        post(bring(Status.MAPPED))
        assert status(sql) == "posted"
        assert the_one_invoice(erp).marker.endswith(".2")

    def test_what_the_ledger_has_otherwise_is_held(self, bring, post, erp, sql):
        def lose_a_line(operation):
            if operation == "commit":
                erp.documents["330"].lines = ["10.00"]

        erp.before = lose_a_line
        post(bring(Status.MAPPED))
        assert status(sql) == "held: content_differs"
        assert erp.calls.count("commit") == 1


class TestWhatIsOnlyQueued:
    """The ERP takes a document on, and what becomes of it shows later."""

    @pytest.fixture
    def erp(self):
        erp = MemoryErp(has_drafts=False, lines_with_head=True, answers_later=True, settle_s=60.0)
        erp.faults["open_drafts"] = [LOST_ANSWER]
        return erp

    @pytest.fixture
    def settled(self, sql):
        return lambda: sql("UPDATE erp_write SET settles_at = now()")

    def test_it_is_looked_for_at_once_and_posted_once_it_shows(self, bring, post, erp, sql):
        post(bring(Status.MAPPED))
        assert status(sql) == "posted"
        assert erp.calls.count("open_drafts") == 1

    def test_a_rejection_is_held_and_nothing_is_sent_again(
        self, bring, post, from_the_start, erp, sql
    ):
        def reject(operation):
            if operation == "look_up":
                for held in erp.documents.values():
                    held.phase, held.lines = Phase.REFUSED, []

        erp.before = reject
        post(bring(Status.MAPPED))
        assert status(sql) == "held: erp_refused"
        assert "rejected" in sql("SELECT detail->>'message' FROM record")[0][0]
        post(from_the_start())
        assert status(sql) == "held: erp_refused"
        assert erp.calls.count("open_drafts") == 1

    def test_what_never_shows_is_held_after_two_looks(self, bring, post, again, settled, erp, sql):
        erp.faults["open_drafts"] = [LOST_CALL]
        post(bring(Status.MAPPED))
        assert status(sql) == "posting"
        for _ in range(2):
            settled()
            again()
        assert status(sql) == "held: outcome_unknown"
        assert erp.calls.count("open_drafts") == 1

    def test_what_the_erp_is_still_at_is_waited_for(self, bring, post, again, settled, erp, sql):
        def at_work(operation):
            if operation == "look_up":
                for held in erp.documents.values():
                    held.phase, held.lines = Phase.BUSY, []

        erp.before = at_work
        post(bring(Status.MAPPED))
        assert status(sql) == "posting"
        settled()
        again()
        assert status(sql) == "held: outcome_unknown"
