"""The main job while things break: one invoice, once, all the same."""

from collections import Counter
from dataclasses import replace

import pytest

from connector.domain.numbers import document_number
from connector.embedded.redis import EmbeddedRedis
from tests.endtoend.installation import NAME, Installation
from tests.waiting import wait_until


@pytest.fixture
def running(installation: Installation) -> Installation:
    installation.everything()
    return installation


def settled(installation: Installation, status: str, count: int) -> None:
    """Wait for a status while time passes faster than it does for operators."""

    def arrived() -> bool:
        installation.let_time_pass()
        return installation.statuses()[status] == count

    wait_until(arrived, f"{count} {status}")


@pytest.mark.parametrize(
    ("program", "step"),
    [
        ("APS450MI", "head"),
        ("APS450MI", "line"),
        ("APS450MI", "commit"),
        ("APS100MI", "head"),
        ("APS100MI", "line"),
    ],
)
def test_a_worker_killed_after_a_write_is_followed_by_one_that_goes_on(installation, program, step):
    installation.connect(program=program)
    installation.gateway()
    installation.worker("first", "tests.endtoend.killed_worker:app", KILLED_AFTER=step)
    ids = installation.spend(5)
    installation.release(max_ids=5)
    wait_until(lambda: installation.died("first"), "the worker is killed")
    assert installation.statuses()["exported"] == 0
    installation.worker("second")
    installation.beat()
    settled(installation, "exported", 5)
    installation.assert_posted_once(ids)
    assert installation.sandbox.operations()[f"{program}/AddHead"] == 5
    assert installation.sql("SELECT count(*) FROM erp_draft WHERE state <> 'decided'") == [(0,)]


@pytest.mark.parametrize("transaction", ["AddHead", "AddLine"])
def test_an_answer_lost_after_the_write_took_effect_is_looked_up_and_not_resent(
    running, transaction
):
    running.sandbox.fault("drop_after", transaction=transaction, times=1)
    ids = running.spend(3)
    running.release(max_ids=3)
    settled(running, "exported", 3)
    running.assert_posted_once(ids)
    outcomes = dict(running.sql("SELECT outcome, count(*) FROM erp_write GROUP BY outcome"))
    assert outcomes["found"] > 0
    assert running.sandbox.operations()["APS450MI/AddHead"] == 3
    lines = sum(len(batch["lines"]) for batch in running.batches())
    assert running.sandbox.operations()["APS450MI/AddLine"] == lines


def test_a_write_that_lands_long_after_its_answer_was_given_up_is_a_spare_draft(running):
    running.sandbox.fault("late_apply", transaction="AddHead", times=1, seconds=12, answer="504")
    ids = running.spend(1)
    running.release()
    settled(running, "exported", 1)
    running.assert_posted_once(ids)
    wait_until(lambda: len(running.batches()) == 2, "the late head lands")
    markers = {batch["cori"]: int(batch["supa"]) for batch in running.batches()}
    number = document_number(ids[0])
    assert markers[f"{number}.2"] == 90
    assert markers[f"{number}.1"] == 10


def test_given_up_drafts_are_removed_from_the_erp(running):
    running.sandbox.fault("late_apply", transaction="AddHead", times=1, seconds=12, answer="504")
    ids = running.spend(1)
    running.release()
    settled(running, "exported", 1)
    wait_until(lambda: len(running.batches()) == 2, "the late head lands")
    running.sql("UPDATE erp_draft SET tidy_at = now()")
    running.sql("UPDATE schedule SET due_at = now() WHERE job = 'spares'")
    wait_until(
        lambda: running.sql("SELECT 1 FROM erp_draft WHERE state = 'removed'"),
        "the spare draft is removed",
    )
    numbers = Counter(batch["sino"] for batch in running.batches())
    assert numbers[document_number(ids[0])] == 1
    assert any(number.startswith("VOID-") for number in numbers)


def test_a_flushed_redis_costs_time_and_nothing_else(installation):
    installation.everything()
    ids = installation.spend(120)
    installation.release()
    from redis import Redis

    with Redis.from_url(installation.settings.redis_url.reveal()) as redis:
        for part in range(1, 6):
            wait_until(lambda part=part: installation.statuses().total() >= 20 * part, "it goes on")
            redis.flushdb()
    installation.wait_for("exported", 120)
    installation.assert_posted_once(ids)


def test_a_lost_report_is_settled_by_reading_the_records(running):
    running.sandbox.fault("drop_after", path="*/export-results", times=2)
    ids = running.spend(4)
    running.release(max_ids=4)
    settled(running, "exported", 4)
    running.assert_posted_once(ids)


def test_unknown_and_unmappable_records_are_held_with_a_reason_and_nothing_is_written(running):
    (uncoded,) = running.spend(1, uncoded=1.0)
    running.release(send=False)
    wired = running.application.wired(NAME)
    running.application.intake.receive(wired.connection.id, [uncoded, "accr_nobody_knows"])
    wait_until(lambda: running.statuses() == {"held": 2}, "both are held")
    reasons = dict(running.sql("SELECT record_id, reason FROM record"))
    assert reasons == {uncoded: "gl_account_missing", "accr_nobody_knows": "not_found_in_brex"}
    assert "APS450MI/AddHead" not in running.sandbox.operations()


def test_an_invoice_that_m3_does_not_validate_is_held_with_the_texts_of_m3(running):
    running.sandbox.call(
        "PATCH", "/settings", {"infor": {"forced_outcomes": [{"share": 1.0, "supa": 15}]}}
    )
    running.spend(1)
    running.release()
    running.wait_for("held", 1)
    ((reason, message),) = running.sql("SELECT reason, detail->>'message' FROM record")
    assert reason == "erp_validation_failed"
    assert "SUPA 15" in message


def test_a_redis_that_is_killed_and_comes_back_needs_nobody(installation, tmp_path_factory):
    """Celery 5.7.0 workers may end for good here without the guard of the transport."""
    folder = tmp_path_factory.mktemp("redis")
    with EmbeddedRedis(folder) as redis:
        installation.settings = replace(installation.settings, redis_url=redis.url())
        installation.everything()
        ids = installation.spend(150)
        installation.release()
        for restart in range(4):
            wait_until(
                lambda part=restart: installation.statuses().total() > 30 * part, "it goes on"
            )
            redis.child.process.kill()
            redis.child.process.wait()
            redis.start()
        installation.wait_for("exported", 150)
        installation.assert_posted_once(ids)
        assert not any(installation.died(name) for name in installation.processes)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [11, 23])
def test_a_storm_of_faults_leaves_one_invoice_for_each_record(installation, seed):
    print(f"seed {seed}")
    installation.everything(bulk_size=3)
    ids = installation.spend(40, seed=seed)
    for kind in ("drop_after", "drop_before", "500_after", "504_after", "duplicate_apply"):
        installation.sandbox.fault(kind, peer="infor", effect="write", rate=0.04)
    installation.sandbox.fault("429", peer="infor", rate=0.01, retry_after="1")
    installation.sandbox.fault("429", peer="brex", rate=0.1, retry_after="1")
    for kind in ("500_before", "html", "short_bulk", "not_processed_tail"):
        installation.sandbox.fault(kind, peer="infor", rate=0.01)
    for kind in ("500_after", "drop_after"):
        installation.sandbox.fault(kind, peer="brex", rate=0.1)
    installation.release(duplicate=1, reorder=True)

    def quiet() -> bool:
        installation.let_time_pass()
        standing = installation.statuses()
        return set(standing) <= {"exported", "held"} and standing.total() == 40

    wait_until(quiet, "all came to rest", 150)
    print(f"{installation.sandbox.fired()} faults, {installation.statuses()}")
    assert installation.sandbox.fired() > 15
    installation.sandbox.call("DELETE", "/faults")
    installation.retry_all()
    settled(installation, "exported", 40)
    installation.assert_posted_once(ids)
