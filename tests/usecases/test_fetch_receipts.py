"""Getting receipts: one reading of Brex for many, young links, and no end of trying that has none."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace

import pytest

from connector.domain.drafts import Outcome
from connector.domain.receipts import LinkedReceipt
from connector.domain.records import Step
from connector.errors import RateLimitedError, RefusedError, RetryLaterError
from connector.ports import Answer, Fetched, ReceiptFile, SpendRecord
from connector.secret import Secret
from connector.store.receipts import PostgresReceipts
from connector.store.roles import Role
from connector.usecases import fetch_receipts as module
from connector.usecases.fetch_receipts import MOST_CLAIMS, MOST_TRIES, fetch_receipts

FILE = Answer(Outcome.DONE, ReceiptFile(b"%PDF", "application/pdf"))
EXPIRED = Answer(Outcome.NOT_SENT, code="link_not_taken", message="answered 403")


class Brex:
    """Gives new links with each reading; `receipts` are the files of each."""

    def __init__(self) -> None:
        self.receipts: dict[str, dict[str, int]] = {}
        self.asked: list[list[str]] = []
        self.error: Exception | None = None

    def records(self, ids: Sequence[str], *, background: bool = False) -> dict[str, SpendRecord]:
        assert background
        self.asked.append(sorted(set(ids)))
        if self.error:
            raise self.error
        return {one: self._record(one) for one in ids if one in self.receipts}

    def _record(self, record_id: str) -> SpendRecord:
        receipts = tuple(
            LinkedReceipt(
                receipt_id,
                tuple(
                    Secret(f"{record_id}/{receipt_id}/{n + 1}?{len(self.asked)}")
                    for n in range(files)
                ),
            )
            for receipt_id, files in self.receipts[record_id].items()
        )
        return SpendRecord(record_id, {}, None, receipts=receipts)


class Files:
    """Answers with `answers` by the path of the link, else with a file."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, Answer[ReceiptFile] | Exception] = {}

    def get(self, link: Secret, *, max_bytes: int) -> Answer[ReceiptFile]:
        assert max_bytes == 1000
        self.asked.append(link.reveal())
        answer = self.answers.get(link.reveal().partition("?")[0], FILE)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def connection_id(connections):
    return connections.add("acme", "infor-m3", {"brex": {"receipts": True}}, {})


@pytest.fixture
def brex() -> Brex:
    return Brex()


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def receipts(database_as) -> PostgresReceipts:
    return PostgresReceipts(database_as(Role.WORKER))


@pytest.fixture
def bring(brex, intake, records, lease, connection_id) -> Callable[..., None]:
    """Fetch a record that Brex has with these receipts."""

    def fetched(record_id: str, **known: int) -> None:
        brex.receipts[record_id] = known
        intake.receive(connection_id, [record_id])
        (row,) = lease(Step.FETCH, record_id, batch=1)
        records.fetched([Fetched(row, {}, 1, tuple(known.items()))])

    return fetched


@pytest.fixture
def run(brex, files, receipts, connection_id, sql):
    """Get what is due, or all that is wanted."""

    def once(*, all_of_it: bool = False):
        if all_of_it:
            sql("UPDATE receipt SET due_at = now() WHERE state = 'wanted'")
        return fetch_receipts(
            connection_id, source=brex, files=files, receipts=receipts, max_bytes=1000
        )

    return once


@pytest.fixture
def seen(sql):
    return lambda: sql(
        "SELECT receipt_id, file, state, coalesce(reason, ''), note, failures FROM receipt"
        " ORDER BY id"
    )


def test_one_reading_of_brex_gives_the_links_of_many_receipts(bring, run, brex, files, seen):
    bring("accr_1", receipt_1=2, receipt_2=1)
    bring("accr_2", receipt_3=1)
    report = run()
    assert (report.leased, report.stored, report.failed, report.waiting) == (4, 4, 0, 0)
    assert not report.more
    assert brex.asked == [["accr_1", "accr_2"]]
    assert sorted(files.asked) == [
        "accr_1/receipt_1/1?1",
        "accr_1/receipt_1/2?1",
        "accr_1/receipt_2/1?1",
        "accr_2/receipt_3/1?1",
    ]
    assert {row[2] for row in seen()} == {"stored"}
    assert run() is None
    assert len(brex.asked) == 1


def test_a_link_that_has_expired_is_asked_for_anew_until_ten_tries_led_to_nothing(
    bring, run, brex, files, seen
):
    bring("accr_1", receipt_1=1)
    files.answers["accr_1/receipt_1/1"] = EXPIRED
    assert run().waiting == 1
    assert seen() == [("receipt_1", 1, "wanted", "", "answered 403", 1)]
    assert run() is None
    for _ in range(MOST_TRIES - 2):
        assert run(all_of_it=True).waiting == 1
    assert run(all_of_it=True).failed == 1
    assert seen() == [("receipt_1", 1, "failed", "link_not_taken", "answered 403", MOST_TRIES)]
    assert files.asked == [f"accr_1/receipt_1/1?{n + 1}" for n in range(MOST_TRIES)]
    assert run(all_of_it=True) is None


def test_a_link_that_is_taken_the_second_time_gives_the_file(bring, run, files, seen):
    bring("accr_1", receipt_1=1)
    files.answers["accr_1/receipt_1/1"] = EXPIRED
    run()
    files.answers.clear()
    assert run(all_of_it=True).stored == 1
    assert seen() == [("receipt_1", 1, "stored", "", "", 1)]


@pytest.mark.parametrize("fault", ["too_large", "link_refused", "unreadable"])
def test_what_would_be_refused_again_has_failed_at_once_and_alone(bring, run, files, seen, fault):
    bring("accr_1", receipt_1=1, receipt_2=1)
    refused = Answer(Outcome.REFUSED, code=fault, message="no")
    files.answers["accr_1/receipt_1/1"] = refused
    report = run()
    assert (report.stored, report.failed) == (1, 1)
    assert seen() == [
        ("receipt_1", 1, "failed", fault, "no", 1),
        ("receipt_2", 1, "stored", "", "", 0),
    ]


def test_a_host_that_asks_for_time_is_given_it(bring, run, files, sql):
    bring("accr_1", receipt_1=1)
    files.answers["accr_1/receipt_1/1"] = Answer(
        Outcome.NOT_SENT, code="no_answer", message="answered 503", wait_s=600.0
    )
    run()
    ((wait_s,),) = sql("SELECT extract(epoch FROM due_at - now()) FROM receipt")
    assert 595 < wait_s <= 660


@pytest.mark.parametrize(
    ("known", "note"),
    [
        (None, "Brex does not know the record (any more)"),
        ({}, "the record has no such receipt (any more)"),
        ({"receipt_1": 0}, "Brex gives no link to the file"),
    ],
)
def test_a_file_that_brex_gives_no_link_to_is_asked_for_again(
    bring, run, brex, files, seen, known, note
):
    bring("accr_1", receipt_1=1)
    brex.receipts = {} if known is None else {"accr_1": known}
    assert run().waiting == 1
    assert seen() == [("receipt_1", 1, "wanted", "", note, 1)]
    assert files.asked == []


def test_files_that_brex_did_not_name_at_first_are_got_too(bring, run, brex, seen):
    bring("accr_1", receipt_1=1)
    brex.receipts["accr_1"] = {"receipt_1": 3}
    assert (run().stored, run().stored, run()) == (1, 2, None)
    assert [row[:3] for row in seen()] == [("receipt_1", n, "stored") for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("error", "failures", "low", "high"),
    [
        (RetryLaterError("Brex is away"), 0, 0, 60),
        (RateLimitedError("over its budget", wait_s=30.0), 0, 30, 90),
        (RefusedError("Brex: no"), 1, 0, 60),
    ],
)
def test_a_brex_that_cannot_be_read_says_nothing_of_the_files(
    bring, run, brex, files, seen, sql, error, failures, low, high
):
    bring("accr_1", receipt_1=1)
    brex.error = error
    assert run().waiting == 1
    assert seen() == [("receipt_1", 1, "wanted", "", str(error), failures)]
    ((wait_s,),) = sql("SELECT extract(epoch FROM due_at - now()) FROM receipt")
    assert low - 5 < wait_s <= high
    assert files.asked == []


def test_links_that_have_grown_old_are_not_used(bring, run, files, seen, monkeypatch):
    bring("accr_1", receipt_1=1, receipt_2=1, receipt_3=1)
    now = [0.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    usual = files.get

    def slow(link, *, max_bytes):
        now[0] += 12.0
        return usual(link, max_bytes=max_bytes)

    files.get = slow
    report = run()
    assert (report.stored, report.waiting, report.more) == (2, 1, True)
    assert seen()[2] == ("receipt_3", 1, "wanted", "", "", 0)
    monkeypatch.undo()
    assert run().stored == 1
    assert files.asked[-1] == "accr_1/receipt_3/1?2"


def test_what_ended_workers_again_and_again_has_failed_and_is_not_touched(
    bring, run, brex, files, seen, sql
):
    bring("accr_1", receipt_1=1)
    sql("UPDATE receipt SET claims = %s", MOST_CLAIMS)
    assert run().failed == 1
    assert seen()[0][2:5] == ("failed", "crash_loop", "work on it was begun 8 times without an end")
    assert (brex.asked, files.asked) == ([], [])


def test_after_an_error_that_nobody_expected_the_others_get_through(bring, run, files, seen, sql):
    bring("accr_1", receipt_1=1, receipt_2=1)
    files.answers["accr_1/receipt_2/1"] = ValueError("surprise")
    with pytest.raises(ValueError, match="surprise"):
        run()
    assert [row[2:5] for row in seen()] == [
        ("stored", "", ""),
        ("wanted", "", "unexpected: ValueError"),
    ]
    assert sql("SELECT claims FROM receipt WHERE state = 'wanted'") == [(1,)]
