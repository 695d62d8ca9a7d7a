"""What people and jobs do in the ERP meanwhile (F30, F31)."""

from typing import Any

import pytest

from connector.domain.numbers import document_number
from tests.chaos.conftest import Scale
from tests.chaos.stage import Stage
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)


def set_out(stage: Stage, count: int) -> list[str]:
    for number in (1, 2):
        stage.attacked_worker(f"worker-{number}")
    stage.beat()
    ids = stage.spend(count, seed=stage.seed)
    stage.release(send=False)
    stage.announce(ids)
    return ids


def by_hand(stage: Stage, inbn: str, action: str) -> None:
    stage.sandbox.call("POST", f"/infor/invoices/{inbn}", {"action": action})


def an_hour_passes(stage: Stage) -> None:
    """What is due within the hour is due now."""
    stage.sql("UPDATE erp_draft SET tidy_at = tidy_at - interval '50 minutes'")
    stage.sql("UPDATE schedule SET due_at = now() WHERE job = 'spares'")


def held(stage: Stage) -> dict[str, tuple[str, str, str]]:
    """Reason, where it was, and message of each held record."""
    rows = stage.sql(
        "SELECT record_id, reason, held_from, detail->>'message' FROM record WHERE status = 'held'"
    )
    return {row[0]: tuple(row[1:]) for row in rows}


@pytest.mark.parametrize("already", [pytest.param("exported", marks=pytest.mark.short), "not yet"])
@pytest.mark.fails_without("looking_after_spares")
def test_f30_somebody_validates_spare_drafts(stage: Stage, scale: Scale, already: str) -> None:
    """Heads land long after they were given up, and a person validates what they left behind."""
    count = scale.of(40, 12)
    stage.connect(bulk_size=4, timeout_s=1)
    stage.sandbox.fault("late_apply", transaction="AddHead", times=3, seconds=12, answer="504")
    if already == "not yet":
        # that nobody else validates what is ours is a condition of the promise; here M3 sees to it
        stage.sandbox.call("PATCH", "/settings", {"infor": {"checks_number": True}})
        stage.sandbox.fault("500_before", transaction="ValidByBatchNo")
    ids = set_out(stage, count)
    if already == "exported":
        stage.until_quiet(count)
    else:
        wait_until(lambda: len(decided(stage)) == count, "all documents wait for M3", 120)
    wait_until(lambda: spares(stage) and len(spares(stage)) == given_up(stage), "the heads land")
    told = {}
    for spare in spares(stage):
        by_hand(stage, spare["inbn"], "validate")
        told[spare["sino"]] = spare["inbn"]
    stage.sandbox.call("DELETE", "/faults")
    stage.until_quiet(count)
    victims = {one: told[document_number(one)] for one in ids if document_number(one) in told}
    an_hour_passes(stage)
    wait_until(
        lambda: (
            {one for one, (reason, *_) in held(stage).items() if reason == "spare_draft_posted"}
            == set(victims)
        ),
        "each is held",
        120,
    )
    for one, (_, held_from, message) in held(stage).items():
        ours = decided(stage)[one]
        assert victims[one] in message
        assert ours in message
        assert held_from == ("exported" if already == "exported" else "posting")
    discarded = {batch["inbn"] for batch in stage.batches() if batch["sino"].startswith("VOID")}
    assert not discarded & set(victims.values()), "nothing is reversed"
    assert set(told) <= set(stage.ledger())
    if already == "exported":
        stage.assert_sound([one for one in ids if one not in victims])
        settle(stage, victims)


def given_up(stage: Stage) -> int:
    """How many drafts were given up."""
    return stage.sql("SELECT count(*) FROM erp_draft WHERE state = 'spare'")[0][0]


def spares(stage: Stage) -> list[dict[str, Any]]:
    """Batches of drafts that were given up, as the ERP has them."""
    given_up = {row[0] for row in stage.sql("SELECT marker FROM erp_draft WHERE state = 'spare'")}
    return [batch for batch in stage.batches() if batch["cori"] in given_up]


def settle(stage: Stage, victims: dict[str, str]) -> None:
    """A person has settled it, and the records go back: no second report."""
    stage.command("records", "retry", "--held", code=1)
    assert set(held(stage)) == set(victims)
    stage.command("records", "retry", "--reason", "spare_draft_posted")
    assert not held(stage)
    an_hour_passes(stage)
    claimed = stage.sql("SELECT max(started_at) FROM schedule WHERE job = 'spares'")
    wait_until(
        lambda: stage.sql(
            "SELECT 1 FROM schedule WHERE job = 'spares' AND finished_at >= started_at"
            " AND started_at > %s",
            claimed[0][0],
        ),
        "the spares are looked at again",
    )
    assert not held(stage)
    for one in victims:
        assert stage.sandbox.call("GET", f"/brex/records/{one}")["export_count"] == 1


@pytest.mark.parametrize("supa", [pytest.param(15, marks=pytest.mark.short), 78, 79])
@pytest.mark.fails_without("decision")
def test_f31_the_erp_finds_errors_and_the_same_document_goes_on_once_mended(
    stage: Stage, scale: Scale, supa: int
) -> None:
    count = scale.of(60, 10)
    stage.connect(bulk_size=4)
    stage.sandbox.call(
        "PATCH", "/settings", {"infor": {"forced_outcomes": [{"share": 1.0, "supa": supa}]}}
    )
    ids = set_out(stage, count)
    stage.until_quiet(count)
    documents = decided(stage)
    assert len(documents) == count
    for reason, held_from, message in held(stage).values():
        assert (reason, held_from) == ("erp_validation_failed", "posting")
        assert str(supa) in message
    assert not stage.ledger()
    stage.sandbox.call("PATCH", "/settings", {"infor": {"forced_outcomes": []}})
    stage.heal(count)
    assert decided(stage) == documents
    assert {batch["inbn"] for batch in stage.batches()} == set(documents.values())
    stage.assert_sound(ids)


@pytest.mark.fails_without("decision")
def test_f31_a_job_in_the_erp_keeps_hold_of_documents(stage: Stage, scale: Scale) -> None:
    count = scale.of(60, 10)
    stage.connect(bulk_size=4)
    stuck = {"infor": {"forced_outcomes": [{"share": 1.0, "stuck": True}]}}
    stage.sandbox.call("PATCH", "/settings", stuck)
    ids = set_out(stage, count)
    wait_until(lambda: len(decided(stage)) == count, "all are submitted", 120)

    def over() -> bool:
        stage.sql(
            "UPDATE erp_write SET sent_at = sent_at - interval '1 hour' WHERE step = 'commit'"
            " AND outcome = 'done' AND result = '' AND sent_at > now() - interval '1 hour'"
        )
        return stage.statuses() == {"held": count}

    wait_until(over, "a person is asked", 120)
    assert {reason for reason, *_ in held(stage).values()} == {"erp_document_busy"}
    documents = decided(stage)
    stage.sandbox.call("PATCH", "/settings", {"infor": {"forced_outcomes": []}})
    for inbn in documents.values():
        by_hand(stage, inbn, "reopen")
    stage.heal(count)
    assert decided(stage) == documents
    stage.assert_sound(ids)


def decided(stage: Stage) -> dict[str, str]:
    """The document of each record that has one."""
    return dict(
        stage.sql(
            "SELECT r.record_id, d.erp_reference FROM record r"
            " JOIN erp_document d ON d.record = r.id WHERE d.erp_reference IS NOT NULL"
        )
    )
