"""Pages of records, and one record with all that is known of it."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.drafts import Outcome, WriteStep
from connector.domain.numbers import document_number
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Status
from connector.errors import RefusedError
from connector.ports import NewWrite, OpenedDraft, SettledWrite
from connector.store.listing import Listing, Wanted
from connector.store.roles import Role
from connector.store.status import StatusBoard
from tests.store.deliveries import deliver


@pytest.fixture
def listing(database_as) -> Listing:
    return Listing(database_as(Role.CONSOLE))


@pytest.fixture
def board(database_as) -> StatusBoard:
    return StatusBoard(database_as(Role.AUDIT))


def ids(page):
    return [row["record_id"] for row in page.records]


def all_pages(listing, wanted, limit):
    after, found = None, []
    while True:
        page = listing.page(wanted, limit=limit, after=after)
        assert len(page.records) <= limit
        found += ids(page)
        if page.next_after is None:
            return found
        after = page.next_after


@pytest.fixture
def many(intake, connections, connection_id, bring, records):
    """Eleven records of two connections, at four statuses; their ids, newest first."""
    intake.receive(connection_id, [f"accr_a{n}" for n in range(4)])
    bring(Status.FETCHED, "accr_f")
    records.hold([(bring(Status.FETCHED, "accr_h"), Hold(Reason.UNBALANCED, "1 is not 2"))])
    bring(Status.MAPPED, "accr_m")
    other = connections.add("beta", "infor-m3", {"brex": {}}, {})
    intake.receive(other, [f"accr_b{n}" for n in range(4)])
    a, b = ([f"accr_{x}{n}" for n in (3, 2, 1, 0)] for x in "ab")
    return [*b, "accr_m", "accr_h", "accr_f", *a]


@pytest.mark.parametrize("limit", [1, 2, 3, 11, 12])
def test_pages_hold_every_record_once_newest_first(listing, many, limit):
    assert all_pages(listing, Wanted(), limit) == many


def test_records_that_arrive_while_paging_shift_nothing(listing, many, intake, connection_id):
    first = listing.page(Wanted(), limit=5)
    intake.receive(connection_id, ["accr_new"])
    rest = listing.page(Wanted(), limit=50, after=first.next_after)
    assert ids(first) + ids(rest) == many


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(connection="beta"), ["accr_b3", "accr_b2", "accr_b1", "accr_b0"]),
        (Wanted(statuses=[Status.HELD]), ["accr_h"]),
        (Wanted(statuses=[Status.MAPPED, Status.FETCHED]), ["accr_m", "accr_f"]),
        (Wanted(reason="unbalanced"), ["accr_h"]),
        (Wanted(connection="acme", reason="supplier_unknown"), []),
        (Wanted(connection="nobody"), []),
    ],
)
def test_a_list_is_narrowed(listing, many, wanted, expected):
    assert all_pages(listing, wanted, 2) == expected


def test_a_list_begins_at_a_moment(listing, many):
    now = datetime.now(UTC)
    assert ids(listing.page(Wanted(since=now - timedelta(minutes=1)), limit=50)) == many
    assert ids(listing.page(Wanted(since=now + timedelta(minutes=1)), limit=50)) == []


def test_a_row_says_what_the_interface_promises(listing, many):
    (row,) = listing.page(Wanted(statuses=[Status.HELD]), limit=5).records
    assert row["connection"] == "acme"
    assert (row["status"], row["reason"], row["attempts"]) == ("held", "unbalanced", 2)
    assert row["detail"] == {"message": "1 is not 2", "field": "", "value": ""}
    assert (row["document_number"], row["erp_reference"]) == (None, None)
    assert datetime.fromisoformat(row["received_at"]).tzinfo is not None
    assert datetime.fromisoformat(row["updated_at"]) >= datetime.fromisoformat(row["received_at"])


def test_a_record_is_shown_with_document_drafts_writes_and_history(listing, bring, journal):
    row = bring(Status.MAPPED)
    journal.open_drafts([OpenedDraft(row, 1, 1, "BX.1")])
    times = {"call_s": 5.0, "lease_s": 60.0}
    journal.intend([NewWrite(row, 1, WriteStep.HEAD, settle_s=5.0)], **times)
    refused = SettledWrite(
        row, 1, WriteStep.HEAD, 0, Outcome.REFUSED, code="WSU0101", message="Supplier is blocked"
    )
    journal.settle([refused])
    shown = listing.show("accr_1")
    assert shown["document"]["total"] == "30.00"
    (draft,) = shown["drafts"]
    assert (draft["draft"], draft["marker"], draft["state"]) == (1, "BX.1", "open")
    (write,) = draft["writes"]
    assert (write["step"], write["outcome"], write["code"]) == ("head", "refused", "WSU0101")
    assert write["message"] == "Supplier is blocked"
    assert datetime.fromisoformat(write["sent_at"]).tzinfo is not None
    moves = [(move["from_status"], move["to_status"]) for move in shown["history"]]
    assert moves == [
        (None, "received"),
        ("received", "fetched"),
        ("fetched", "mapped"),
        ("mapped", "posting"),
    ]


def test_a_record_is_found_by_the_number_that_the_erp_has(listing, bring):
    bring(Status.MAPPED)
    assert listing.show(document_number("accr_1"))["record_id"] == "accr_1"
    with pytest.raises(RefusedError, match="there is no record BXNONE"):
        listing.show("BXNONE")


def test_an_id_that_nobody_or_more_than_one_knows_is_refused(listing, many, intake, connections):
    with pytest.raises(RefusedError, match="there is no record accr_none"):
        listing.show("accr_none")
    intake.receive(connections.find("beta").id, ["accr_h"])
    with pytest.raises(RefusedError, match="acme, beta: name one"):
        listing.show("accr_h")
    assert listing.show("accr_h", "beta")["status"] == "received"


def test_waiting_records_are_those_without_a_decision(listing, many, connection_id):
    expected = ["accr_a0", "accr_a1", "accr_a2", "accr_a3", "accr_f", "accr_h", "accr_m"]
    assert listing.waiting(connection_id, 50) == expected
    assert listing.waiting(connection_id, 2) == expected[:2]


def test_the_board_counts_ages_and_reasons(board, many, intake, connection_id):
    deliver(intake, connection_id, ["accr_w"])
    acme, beta = board.connections()
    assert acme["records"] == {"received": 5, "fetched": 1, "held": 1, "mapped": 1}
    assert (acme["unfinished"], beta["unfinished"]) == (7, 4)
    assert 0 <= acme["oldest_unfinished_s"] < 60
    assert acme["last_webhook_disposition"] == "accepted"
    assert beta["last_webhook_at"] is None
    (held,) = board.held()
    assert (held["connection"], held["reason"], held["records"]) == ("acme", "unbalanced", 1)


def test_the_board_lists_spare_drafts(board, bring, journal, records):
    row = bring(Status.MAPPED)
    journal.open_drafts([OpenedDraft(row, 1, 1, "BX.1")])
    assert (board.count_spares(), board.spares()) == (0, [])
    journal.abandon([(row, 1, "an answer was lost")])
    (spare,) = board.spares()
    assert board.count_spares() == 1
    assert (spare["record_id"], spare["marker"], spare["why"]) == (
        *("accr_1", "BX.1"),
        "an answer was lost",
    )


def test_the_board_leaves_removed_connections_out(board, many, connections):
    connections.remove("acme")
    assert [row["connection"] for row in board.connections()] == ["beta"]
    assert board.held() == []


@pytest.mark.parametrize("hours", [0.5, 1.5, 10.5, 29.5, 100])
def test_a_moment_is_found_by_halving(listing, intake, connection_id, sql, hours):
    names = [f"accr_{n:02d}" for n in range(30)]
    for name in names:
        intake.receive(connection_id, [name])
    sql("UPDATE record SET received_at = now() - (30 - id) * interval '1 hour'")
    since = datetime.now(UTC) - timedelta(hours=hours)
    expected = [
        row[0] for row in sql("SELECT record_id FROM record WHERE received_at >= %s", since)
    ]
    assert sorted(all_pages(listing, Wanted(since=since), 4)) == sorted(expected)
