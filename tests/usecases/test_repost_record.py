"""Posting a later version in place of what stands: reversed by reference, posted anew, once."""

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import psycopg2
import pytest

from connector.domain.accounting import ReviewStatus
from connector.domain.documents import Ignored
from connector.domain.numbers import document_number
from connector.domain.periods import Period, PeriodState
from connector.domain.posting import Phase
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Status, Step
from connector.errors import RefusedError, RetryLaterError
from connector.store.actions import PostgresActions
from connector.store.finished import PostgresFinished
from connector.store.listing import Listing
from connector.store.past import Past
from connector.store.roles import Role
from connector.usecases.export_results import export_results
from connector.usecases.post_documents import PostDocuments
from connector.usecases.repost_record import Reposting, repost_record
from tests.store_fixtures import invoice
from tests.usecases.memory_brex import READY, MemoryBrex
from tests.usecases.memory_erp import CLOSED, NOT_SENT, REFUSED, MemoryErp

TODAY = date(2026, 11, 25)
#: It is another day in other companies: nobody asks for theirs.
TODAY_IN = {invoice("accr_1").company: TODAY}


class Rules:
    """Makes documents as a test says."""

    def __init__(self, make):
        self.make = make

    def run(self, payloads):
        return [self.make(payload) for payload in payloads]


class Nudges(list):
    """Implements Nudger."""

    def nudge(self, step, connection, erp, record_ids=()):
        self.append((step, tuple(record_ids)))


class Erp(MemoryErp):
    """With periods that a test closes."""

    closed = Period(PeriodState.OPEN)

    def periods(self, company, days):
        return [self.closed for _ in days]


@pytest.fixture
def erp():
    return Erp()


@pytest.fixture
def brex():
    return MemoryBrex()


@pytest.fixture
def actions(database):
    return PostgresActions(database)


@pytest.fixture
def work(erp, journal, records, lease, brex, database_as, sql):
    """Workers take the record as far as it gets."""

    def run():
        sql("UPDATE record SET due_at = now() WHERE due_at IS NOT NULL")
        for row in lease(Step.POST):
            PostDocuments(
                erp=erp, journal=journal, records=records, mark_exported=True, lease_s=60.0
            ).run([row])
        finished = PostgresFinished(database_as(Role.WORKER))
        for row in lease(Step.EXPORT):
            export_results([row], source=brex, records=records, finished=finished)

    return run


@pytest.fixture
def changed(bring, records, work, brex, sql):
    """An exported record of which Brex has another version since, held for it."""

    def make(documents=1, amount="60.00"):
        row = bring(Status.MAPPED, documents=documents)
        records.wait([])
        sql("UPDATE record SET lease_until = NULL")
        work()
        assert sql("SELECT status FROM record") == [("exported",)]
        brex.changes(READY, amount=amount)
        sql(
            "UPDATE record SET status = 'held', reason = 'changed_after_posting', due_at = NULL,"
            " detail = '{}'"
        )
        return row

    return make


@pytest.fixture
def repost(actions, brex, erp):
    nudges = Nudges()

    def run(
        make=lambda payload: (invoice("accr_1", lines=3),),
        because="the amount was wrong",
        refused_days=None,
    ):
        acted = repost_record(
            "accr_1",
            because,
            connection="acme",
            reposting=Reposting(brex, Rules(make), 1, erp, TODAY_IN.__getitem__, refused_days),
            actions=actions,
            nudger=nudges,
        )
        assert len(nudges) == len(acted.moved)
        nudges.clear()
        return acted

    return run


def status(sql):
    return sql("SELECT status, reason FROM record")[0]


def in_ledger(erp):
    """The lines of each document, by number."""
    return {held.number: sorted(map(Decimal, held.lines)) for held in erp.posted()}


def test_what_was_posted_is_reversed_and_the_new_version_posted_and_reported(
    changed, repost, work, erp, brex, sql
):
    changed()
    (moved,) = repost().moved
    assert moved.status is Status.POSTING
    work()
    assert status(sql) == ("exported", None)
    assert in_ledger(erp) == {
        document_number("accr_1"): [Decimal("10.00"), Decimal("20.00")],
        document_number("accr_1", 2): [Decimal("-20.00"), Decimal("-10.00")],
        document_number("accr_1", 3): [Decimal("10.00"), Decimal("20.00"), Decimal("30.00")],
    }
    assert brex.reported == [("accr_1", "330"), ("accr_1", "332")]
    assert sql("SELECT principal, version, seen_version FROM record") == [(3, 2, None)]


def test_the_reversal_names_what_it_reverses_and_bears_the_day(changed, repost, sql):
    changed()
    repost()
    ((reversal,),) = sql(
        "SELECT c.content FROM erp_document d JOIN erp_content c USING (record, fingerprint)"
        " WHERE d.document = 2"
    )
    assert reversal["credits"] == document_number("accr_1")
    assert (reversal["accounting_date"], reversal["invoice_date"]) == ("2026-11-25", "2026-11-25")
    assert reversal["total"] == "-30.00"


def test_every_document_of_the_old_version_is_reversed(changed, repost, work, erp, sql):
    changed(documents=2)
    repost(lambda payload: (invoice("accr_1", lines=3), invoice("accr_1", lines=1, nth=2)))
    work()
    assert status(sql) == ("exported", None)
    assert len(erp.posted()) == 6
    total = Counter()
    for lines in in_ledger(erp).values():
        total["all"] += sum(lines)
    assert total["all"] == Decimal("70.00"), "the old version is not in the books any more"


def test_the_past_of_a_reposted_record_is_the_version_in_force_as_a_mapping_numbers_it(
    changed, repost, work, database, connection_id
):
    changed(documents=2)
    new = (invoice("accr_1", lines=3), invoice("accr_1", lines=1, nth=2))
    repost(lambda payload: new)
    work()
    (one,) = Past(database, connection_id).since(datetime(2000, 1, 1, tzinfo=UTC))
    assert one.made == new


def test_a_repost_that_is_asked_twice_happens_once(changed, repost, work, erp, sql):
    changed()
    assert repost().moved
    (refusal,) = repost().refused
    assert refusal.why == "it is posting, not held"
    work()
    (refusal,) = repost().refused
    assert refusal.why == "it is exported, not held"
    assert len(erp.posted()) == 3


def test_a_repost_of_a_repost_reverses_the_newest_alone(changed, repost, work, brex, erp, sql):
    changed()
    repost()
    work()
    sql("UPDATE record SET status = 'held', reason = 'changed_after_posting', due_at = NULL")
    brex.changes(READY, amount="10.00")
    repost(lambda payload: (invoice("accr_1", lines=1),))
    work()
    assert status(sql) == ("exported", None)
    assert sql(
        "SELECT d.document, c.content->>'credits' FROM erp_document d"
        " JOIN erp_content c USING (record, fingerprint) WHERE c.content ? 'credits' ORDER BY 1"
    ) == [(2, document_number("accr_1")), (4, document_number("accr_1", 3))]
    assert sum(sum(lines) for lines in in_ledger(erp).values()) == Decimal("10.00")


def test_a_worker_that_dies_in_between_is_followed_by_one_that_goes_on(
    changed, repost, work, erp, sql
):
    changed()
    repost()
    erp.faults["commit"] = [NOT_SENT]
    work()
    assert status(sql) == ("posting", None)
    work()
    assert status(sql) == ("exported", None)
    assert len(erp.posted()) == 3


def test_a_reversal_that_the_erp_refuses_holds_the_record_and_can_be_tried_again(
    changed, repost, work, erp, actions, sql
):
    row = changed()
    repost()
    erp.faults["open_drafts"] = [REFUSED]
    work()
    assert status(sql) == ("held", "erp_refused")
    assert len(erp.posted()) == 1
    assert actions.retry([row.id])[0].status is Status.POSTING
    work()
    assert status(sql) == ("exported", None)
    assert len(erp.posted()) == 3


def test_a_second_document_that_the_erp_refuses_may_be_given_up_by_a_repost(
    bring, work, repost, brex, erp, sql
):
    bring(Status.MAPPED, documents=2)
    sql("UPDATE record SET lease_until = NULL")
    erp.faults["open_drafts"] = [None, REFUSED]
    work()
    assert status(sql) == ("held", "erp_refused")
    repost()
    work()
    assert status(sql) == ("exported", None)
    assert sql(
        "SELECT document, withdrawn, posted_at IS NOT NULL FROM erp_document ORDER BY 1"
    ) == [
        (1, False, True),
        (2, True, False),
        (3, False, True),
        (4, False, True),
    ]


def test_the_reversal_goes_to_the_first_open_day_where_today_is_closed(changed, repost, erp, sql):
    changed()
    erp.closed = Period(PeriodState.CLOSED, date(2026, 12, 1), "November is closed")
    repost()
    assert sql("SELECT content->>'accounting_date' FROM erp_content WHERE content ? 'credits'") == [
        ("2026-12-01",)
    ]


@pytest.mark.parametrize(
    ("heads", "stand", "known"),
    [
        ([CLOSED], 1, set()),  # of the reversal, which is of today
        ([None, CLOSED], 2, {("100/AAA", date(2026, 10, 31))}),
    ],
)
def test_what_the_erp_refused_for_its_day_is_not_made_for_that_day_again(
    changed, repost, work, erp, sql, refused_days, heads, stand, known
):
    changed()
    erp.faults["open_drafts"] = heads
    repost(refused_days=refused_days)
    work()
    assert status(sql) == ("held", "period_closed")
    assert len(erp.posted()) == stand
    assert refused_days.known(within_s=60) == set()
    repost(refused_days=refused_days)
    assert refused_days.known(within_s=60) == known
    work()
    assert status(sql) == ("exported", None)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda _: Hold(Reason.GL_ACCOUNT_MISSING, "no account"), "cannot be posted: no account"),
        (lambda _: Ignored("cards are ignored"), "makes no document: cards are ignored"),
        (lambda _: (invoice("accr_1"),), "makes the documents that are posted: retry it"),
    ],
)
def test_a_version_that_cannot_take_the_place_changes_nothing(changed, repost, sql, make, why):
    changed()
    with pytest.raises(RefusedError, match=why):
        repost(make)
    assert_untouched(sql)


def assert_untouched(sql):
    assert status(sql) == ("held", "changed_after_posting")
    assert sql("SELECT lease_until, principal, version FROM record") == [(None, 1, 1)]
    assert sql("SELECT count(*) FROM erp_document") == [(1,)]


def test_nothing_is_changed_where_no_day_is_open(changed, repost, erp, sql):
    changed()
    erp.closed = Period(PeriodState.CLOSED, None, "the year is closed")
    with pytest.raises(RefusedError, match="no entries for 2026-11-25: the year is closed"):
        repost()
    assert_untouched(sql)


def test_a_record_that_brex_has_taken_back_waits_until_it_is_released(changed, repost, brex, sql):
    changed()
    brex.changes(brex.standing.__class__(ReviewStatus.REVIEW, brex.standing.source_type, 3))
    with pytest.raises(RefusedError, match="Brex has accr_1 as REVIEW: release it there first"):
        repost()
    assert_untouched(sql)


def test_while_brex_is_away_the_record_is_held_as_before(changed, repost, brex, sql):
    changed()

    def away(ids):
        raise RetryLaterError("503")

    brex.records = away
    with pytest.raises(RetryLaterError):
        repost()
    assert_untouched(sql)


def test_a_decided_document_that_is_not_posted_is_settled_first(bring, work, repost, erp, sql):
    erp.validates_to = Phase.REFUSED
    bring(Status.MAPPED)
    sql("UPDATE record SET lease_until = NULL")
    work()
    assert status(sql) == ("held", "erp_validation_failed")
    with pytest.raises(RefusedError, match="nothing of it is posted: retry it"):
        repost()


def test_a_record_of_which_nothing_stands_is_retried_instead(bring, records, repost, sql):
    row = bring(Status.MAPPED)
    records.hold([(row, Hold(Reason.ERP_REFUSED, "no such account"))])
    (refusal,) = repost().refused
    assert refusal.why == "nothing of it is posted: retry it"


def test_the_history_says_who_why_and_which_documents(changed, repost, database, sql):
    changed()
    repost(because="Brex moved it to 7600")
    shown = Listing(database).show("accr_1")
    (event,) = [one for one in shown["history"] if one["event"] == "reposted"]
    assert event["actor"] == "test"
    assert event["detail"]["message"] == "Brex moved it to 7600"
    assert (event["detail"]["instead_of"], event["detail"]["version"]) == (1, 2)
    assert event["detail"]["documents"] == [document_number("accr_1", n) for n in (2, 3)]
    assert shown["document_number"] == document_number("accr_1", 3)
    assert [one["document"] for one in shown["documents"]] == [1, 2, 3]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record SET principal = 2",
        "UPDATE record SET exported_at = NULL",
        "UPDATE record SET status = 'posting', reason = NULL",
        "UPDATE record SET status = 'posting', reason = NULL, exported_at = NULL",
    ],
)
def test_an_exported_record_is_not_posted_again_without_another_version(changed, sql, statement):
    changed()
    with pytest.raises(psycopg2.Error) as caught:
        sql(statement)
    assert caught.value.pgcode in {"ML003", "ML011"}
