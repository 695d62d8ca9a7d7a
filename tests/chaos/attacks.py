"""Attacks that more than one scenario makes."""

from typing import Any

from tests.chaos.points import Plan
from tests.chaos.stage import Stage
from tests.endtoend.erps import INFOR, Erp

#: What may become of a write, or of its answer; each at a rate of its own in a storm.
LOST_ANSWERS = ("drop_after", "500_after", "504_after", "truncated_json")
NOT_DONE = ("drop_before", "500_before")


_ENTRIES = """
[mapping.types]
CARD_EXPENSE_POST = "{policy}"
CARD_EXPENSE_REFUND = "{policy}"
[mapping.offset_accounts]
card_liability = "2440"
ap_clearing = "7999"
"""


def books(program: str) -> dict[str, Any]:
    """What a connection says, so that records become documents of that program, or of two."""
    invoices, _, entries = program.partition(" and ")
    if "GLS840MI" not in (invoices, entries):
        return {"program": program}
    policy = "invoice_and_journal" if entries else "journal"
    section = 'journal_interface = "BREX"\njournal_reads = "EXPORTMI"'
    return {
        "program": invoices if entries else "APS450MI",
        "section": section,
        "mapping": _ENTRIES.format(policy=policy),
    }


def attack_the_erp(
    stage: Stage,
    count: int,
    *,
    erp: Erp = INFOR,
    program: str = "APS450MI",
) -> list[str]:
    """About every third call goes wrong somehow, and processes die and freeze everywhere.

    Where a write that posts cannot be repeated, the product rests on the settling time, so that it
    does not fly.
    """
    stage.connect(erp=erp, bulk_size=4, timeout_s=1, settle_s=6, **books(program))
    stage.settling_flies = program == "APS450MI"
    stage.plan(
        Plan("head.settled.after", "kill", rate=0.05),
        Plan("head.intent.after", "stall", rate=0.1),
        Plan("line.intent.before", "stall", rate=0.1),
        Plan("line.intent.after", "stall", rate=0.1),
        Plan("line.sent", "kill", rate=0.05),
        Plan("decide.before", "stall", rate=0.05),
    )
    for number in (1, 2):
        stage.attacked_worker(f"worker-{number}")
    stage.beat()
    ids = stage.spend(count, seed=stage.seed)
    stage.release(send=False)
    stage.storm(0.03, LOST_ANSWERS + NOT_DONE)
    stage.storm(0.05, ("late_apply",), seconds=5.0)
    stage.sandbox.fault("stale_reads", peer=erp.peer, rate=0.1, seconds=3.0)
    stage.announce(ids)
    return ids
