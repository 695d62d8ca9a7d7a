"""The documents of a record: in their order, one after the other, and for good once decided."""

import psycopg2
import pytest

from connector.domain.documents import DocumentKind
from connector.domain.drafts import Outcome, WriteStep
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Status, Step
from connector.ports import Fetched, NewWrite, OpenedDraft, SettledWrite
from tests.store_fixtures import invoice


@pytest.fixture
def written(journal):
    """Write the head of a draft of the document whose turn it is."""

    def write(row, nth, draft, reference):
        journal.open_drafts([OpenedDraft(row, nth, draft, f"{nth}.{draft}")])
        head = NewWrite(row, draft, WriteStep.HEAD, settle_s=1.0)
        assert journal.intend([head], call_s=1.0, lease_s=60.0)
        journal.settle([SettledWrite(row, draft, WriteStep.HEAD, 0, Outcome.DONE, reference)])
        return row

    return write


@pytest.fixture
def map_again(sql, lease, records):
    """A person retries a held record, and it is mapped to so many documents of so many lines."""

    def bring(documents, lines=3):
        sql("UPDATE record SET status = 'received', reason = NULL, due_at = now()")
        records.fetched([Fetched(row, {}, 2) for row in lease(Step.FETCH)])
        (row,) = lease(Step.MAP)
        records.mapped(
            [(row, [invoice("accr_1", lines=lines, nth=n + 1) for n in range(documents)])], 1
        )
        (row,) = lease(Step.POST)
        return row

    return bring


def refused_with(caught, code):
    return caught.value.pgcode == code


def test_documents_stand_in_their_order_each_under_its_number(bring, sql):
    bring(Status.MAPPED, documents=3)
    assert sql("SELECT document, kind, number FROM erp_document ORDER BY document") == [
        (n, DocumentKind.SUPPLIER_INVOICE, invoice("accr_1", nth=n).number) for n in (1, 2, 3)
    ]


def test_a_record_is_posted_with_the_last_of_its_documents(bring, written, journal, records, sql):
    row = written(bring(Status.MAPPED, documents=2), 1, 1, "333")
    assert journal.load([row])[0].nth == 1
    journal.decide([(row, 1, "333")])
    assert records.posted([(row, 1, "V1")]) == {row.id: Status.POSTING}
    (state,) = journal.load([row])
    assert (state.nth, state.document, state.drafts) == (2, invoice("accr_1", nth=2), ())
    assert state.next_draft == 2
    written(row, 2, 2, "334")
    journal.decide([(row, 2, "334")])
    assert records.posted([(row, 2, "V2")]) == {row.id: Status.POSTED}
    assert journal.load([row]) == []
    assert sql("SELECT erp_reference, voucher FROM erp_document ORDER BY document") == [
        ("333", "V1"),
        ("334", "V2"),
    ]


def test_a_document_is_confirmed_once_and_only_by_who_holds_the_record(
    bring, written, journal, records, sql, lease
):
    row = written(bring(Status.MAPPED, documents=2), 1, 1, "333")
    journal.decide([(row, 1, "333")])
    sql("UPDATE record SET due_at = now(), lease_until = now()")
    (newer,) = lease(Step.POST)
    assert records.posted([(row, 1, "late")]) == {}
    assert records.posted([(newer, 1, "V1")]) == {row.id: Status.POSTING}
    assert records.posted([(newer, 1, "V9")]) == {}
    assert sql("SELECT voucher FROM erp_document ORDER BY document") == [("V1",), ("",)]


def test_a_document_waits_for_the_one_before_it(bring, written, journal, sql):
    row = bring(Status.MAPPED, documents=2)
    with pytest.raises(psycopg2.Error) as caught:
        written(row, 2, 1, "333")
    assert refused_with(caught, "ML012")
    sql("UPDATE record SET status = 'posting'")
    with pytest.raises(psycopg2.Error) as caught:
        sql(
            "UPDATE erp_document SET erp_reference = '9', decided_at = now() WHERE document = 2",
        )
    assert refused_with(caught, "ML012")


def test_a_record_with_an_unposted_document_is_not_posted(bring, decide, sql):
    decide(bring(Status.MAPPED, documents=2))
    sql("UPDATE erp_document SET posted_at = now() WHERE document = 1")
    with pytest.raises(psycopg2.Error) as caught:
        sql("UPDATE record SET status = 'posted'")
    assert refused_with(caught, "ML005")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE erp_document SET fingerprint = 'f'",
        "UPDATE erp_document SET withdrawn = true WHERE document = 2",
        """INSERT INTO erp_document (record, document, kind, number, fingerprint, erp_company)
        SELECT record, 3, kind, 'BX', fingerprint, erp_company FROM erp_document""",
    ],
)
def test_the_documents_of_a_record_that_is_being_posted_are_frozen(bring, sql, change):
    bring(Status.MAPPED, documents=2)
    sql("UPDATE record SET status = 'posting'")
    with pytest.raises(psycopg2.Error) as caught:
        sql(change)
    assert refused_with(caught, "ML004")


def test_a_record_without_a_document_is_not_mapped(bring, sql):
    bring(Status.FETCHED)
    with pytest.raises(psycopg2.Error) as caught:
        sql("UPDATE record SET status = 'mapped'")
    assert refused_with(caught, "ML005")


def test_a_new_mapping_replaces_the_documents_and_withdraws_those_that_are_no_more(
    bring, records, map_again, journal, sql
):
    row = bring(Status.MAPPED, documents=3)
    records.hold([(row, Hold(Reason.ERP_REFUSED, "no such account"))])
    row = map_again(1)
    assert sql("SELECT document, withdrawn FROM erp_document ORDER BY document") == [
        (1, False),
        (2, True),
        (3, True),
    ]
    (state,) = journal.load([row])
    assert state.document == invoice("accr_1", lines=3)
    records.hold([(row, Hold(Reason.ERP_REFUSED, "no such account"))])
    map_again(2)
    assert sql("SELECT withdrawn FROM erp_document ORDER BY document") == [
        (False,),
        (False,),
        (True,),
    ]


def test_a_withdrawn_document_is_not_waited_for_and_takes_no_write(
    bring, written, journal, records, map_again
):
    row = bring(Status.MAPPED, documents=2)
    records.hold([(row, Hold(Reason.ERP_REFUSED, "no such account"))])
    row = written(map_again(1), 1, 1, "333")
    journal.decide([(row, 1, "333")])
    assert records.posted([(row, 1, "")]) == {row.id: Status.POSTED}


def test_what_a_draft_was_opened_for_is_kept_though_the_document_says_something_else_now(
    bring, written, records, map_again, sql
):
    row = written(bring(Status.MAPPED), 1, 1, "333")
    records.hold([(row, Hold(Reason.ERP_REFUSED, "no such account"))])
    map_again(1)
    said = sql(
        "SELECT c.content->>'total' FROM erp_draft d JOIN erp_content c USING (record, fingerprint)"
    )
    assert said == [("30.00",)]
    now = sql(
        "SELECT c.content->>'total' FROM erp_document d"
        " JOIN erp_content c USING (record, fingerprint)"
    )
    assert now == [("60.00",)]


def test_a_draft_of_what_the_document_said_before_cannot_be_decided_on(
    bring, written, journal, records, map_again, sql
):
    row = written(bring(Status.MAPPED), 1, 1, "333")
    records.hold([(row, Hold(Reason.ERP_REFUSED, "no such account"))])
    row = map_again(1)
    sql("UPDATE record SET status = 'posting'")
    assert journal.decide([(row, 1, "333")]) == set()


def test_what_is_found_after_a_retry_is_decided_on_without_a_further_write(
    bring, journal, records, map_again, sql
):
    row = bring(Status.MAPPED)
    journal.open_drafts([OpenedDraft(row, 1, 1, "1.1")])
    assert journal.intend(
        [NewWrite(row, 1, WriteStep.HEAD, settle_s=1.0)], call_s=1.0, lease_s=60.0
    )
    assert records.hold([(row, Hold(Reason.OUTCOME_UNKNOWN, "it was looked for twice"))])
    row = map_again(1, lines=2)
    journal.settle([SettledWrite(row, 1, WriteStep.HEAD, 0, Outcome.FOUND, reference="333")])
    assert journal.decide([(row, 1, "333")]) == {row.id}
    assert sql("SELECT status FROM record") == [("posting",)]
    assert records.posted([(row, 1, "")]) == {row.id: Status.POSTED}


def test_references_are_unique_among_documents_of_one_kind_alone(bring, decide, sql):
    decide(bring(Status.MAPPED), "1001")
    other = bring(Status.MAPPED, "accr_2")
    sql("UPDATE erp_document SET kind = 'gl_entry' WHERE record = %s", other.id)
    decide(other, "1001")
    with pytest.raises(psycopg2.Error) as caught:
        decide(bring(Status.MAPPED, "accr_3"), "1001")
    assert refused_with(caught, "23505")
