"""All queues that a worker consumes by default."""

from __future__ import annotations

from connector.domain.records import Step
from connector.registry import ERPS
from workers.routes import MAINTENANCE, RECEIPTS, queue_of

ALL: tuple[str, ...] = (
    *dict.fromkeys(queue_of(step, erp) for step in Step for erp in ERPS),
    MAINTENANCE,
    RECEIPTS,
)
