"""What Brex changes after the export: noticed, reversed by reference, posted anew, once."""

import json
from collections import Counter
from decimal import Decimal

from connector.domain.numbers import document_number
from tests.endtoend.installation import NAME, Installation, expected
from tests.endtoend.test_faults import settled
from tests.waiting import wait_until


def change(installation: Installation, record_id: str, status: str) -> None:
    """Brex has the record with twice the amount from now on."""
    record = installation.sandbox.call("GET", f"/brex/records/{record_id}")["record"]
    for amount in (record["amount"], *(line["amount"] for line in record["line_items"])):
        amount["amount"] = str(2 * Decimal(str(amount["amount"])))
    changed = {"review_status": status, "version": record["version"] + 1}
    installation.sandbox.call("POST", "/brex/records", record | changed)


def hold_changed(installation: Installation, record_id: str, status: str = "EXPORTED") -> None:
    before = lines_of(installation, record_id)
    change(installation, record_id, status)
    assert lines_of(installation, record_id) == Counter(
        {(2 * amount, *coding): count for (amount, *coding), count in before.items()}
    )
    installation.command("poll", NAME)
    shown = json.loads(installation.command("records", "show", record_id, "--json"))
    assert (shown["status"], shown["reason"]) == ("held", "changed_after_posting")
    assert {change["place"] for change in shown["detail"]["changes"]} == {"amount", "line"}


def lines_of(installation: Installation, record_id: str) -> Counter:
    record = installation.sandbox.call("GET", f"/brex/records/{record_id}")["record"]
    return Counter(expected(record))


def assert_reposted(installation: Installation, record_id: str, before: Counter) -> None:
    """The first document, its reversal, and the new one; each in the ledger once."""
    ledger = installation.ledger()
    first, reversal, new = (ledger[document_number(record_id, nth)] for nth in (1, 2, 3))
    assert first == [before]
    assert reversal == [
        Counter({(-amount, *coding): count for (amount, *coding), count in before.items()})
    ]
    assert new == [lines_of(installation, record_id)]


def repost(installation: Installation, record_id: str) -> None:
    said = installation.command("records", "repost", record_id, "--because", "twice as much")
    assert said == "1 record: reversed and posted anew\n"


def test_a_changed_record_is_reversed_and_posted_anew_while_answers_are_lost(installation):
    installation.everything()
    ids = installation.spend(3)
    installation.release()
    settled(installation, "exported", 3)
    installation.command("poll", NAME)
    assert installation.statuses() == {"exported": 3}, "our own reports are no changes"
    untouched, changed, ready = ids
    before = {one: lines_of(installation, one) for one in ids}
    hold_changed(installation, changed)
    hold_changed(installation, ready, "READY_FOR_EXPORT")
    for transaction in ("AddHead", "AddLine", "ValidByBatchNo"):
        installation.sandbox.fault("drop_after", transaction=transaction, times=1)
    repost(installation, changed)
    repost(installation, ready)
    installation.command("records", "repost", ready, "--because", "again", code=1)
    settled(installation, "exported", 3)
    assert_reposted(installation, changed, before[changed])
    assert_reposted(installation, ready, before[ready])
    assert len(installation.ledger()) == 7
    assert installation.ledger()[document_number(untouched)] == [before[untouched]]
    reports = {
        one: installation.sandbox.call("GET", f"/brex/records/{one}")["export_count"] for one in ids
    }
    assert reports == {untouched: 1, changed: 1, ready: 2}
    installation.command("poll", NAME)
    assert installation.statuses() == {"exported": 3}


def test_workers_killed_between_reversal_and_new_document_are_followed_by_one_that_goes_on(
    installation,
):
    installation.everything()
    (record_id,) = installation.spend(1)
    installation.release()
    settled(installation, "exported", 1)
    before = lines_of(installation, record_id)
    hold_changed(installation, record_id)
    for name in ("worker-1", "worker-2"):
        installation.stop(name)
    for nth, step in enumerate(("commit", "head")):
        installation.worker(f"mortal-{nth}", "tests.endtoend.killed_worker:app", KILLED_AFTER=step)
        if nth == 0:
            repost(installation, record_id)
        wait_until(lambda nth=nth: installation.died(f"mortal-{nth}"), "the worker is killed", 60)
        installation.sql("UPDATE record SET due_at = now(), lease_until = now()")
    installation.worker("last")
    settled(installation, "exported", 1)
    assert_reposted(installation, record_id, before)
    assert installation.sandbox.operations()["APS450MI/AddHead"] == 3
