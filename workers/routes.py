"""Which queue a step's task goes to. Posting has a queue per ERP: one outage starves nobody."""

from __future__ import annotations

from connector.domain.records import Step

#: The clock's own tasks.
MAINTENANCE = "maintenance"
#: Files of receipts, which nothing waits for.
RECEIPTS = "receipts"


def queue_of(step: Step, erp: str) -> str:
    """The queue of a step of a connection to this ERP."""
    return f"{step.value}.{erp}" if step is Step.POST else step.value
