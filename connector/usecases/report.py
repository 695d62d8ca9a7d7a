"""What a step did with the records that it took up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connector.domain.backoff import full_jitter
from connector.domain.records import Leased
from connector.errors import ConnectorError, RateLimitedError, RetryLaterError
from connector.ports import RecordStore, Waiting


@dataclass(slots=True)
class StepReport:
    """Counts for the log, and what the task nudges next.

    `moved` are the record ids that the next step can take up. `again_s` is the shortest wait of
    those that stay, None if none does.
    """

    moved: list[str] = field(default_factory=list)
    held: int = 0
    skipped: int = 0
    again_s: float | None = None
    waiting: int = 0

    def waits(self, waits: Iterable[Waiting]) -> None:
        """Count records that are due again later."""
        for wait in waits:
            self.waiting += 1
            self.again_s = wait.wait_s if self.again_s is None else min(self.again_s, wait.wait_s)


def retry_later(
    records: RecordStore, leased: Sequence[Leased], error: ConnectorError, report: StepReport
) -> StepReport:
    """Let all these records wait for their backoff, because of one failure that hit them all.

    A budget that is used up is no failure: it says when to come again.
    """
    is_failure = not isinstance(error, RateLimitedError)
    asked_s = error.wait_s if isinstance(error, RetryLaterError) else None
    waits = [
        Waiting(row, full_jitter(row.failures, asked_s=asked_s), str(error), failed=is_failure)
        for row in leased
    ]
    records.wait(waits)
    report.waits(waits)
    return report
