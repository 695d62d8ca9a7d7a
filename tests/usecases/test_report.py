"""What a failure that hits a whole batch does to its records."""

import pytest

from connector.domain.records import Status
from connector.errors import OutcomeUnknownError, RateLimitedError, RetryLaterError
from connector.usecases.report import StepReport, retry_later


@pytest.mark.parametrize(
    ("error", "failures"),
    [
        (RetryLaterError("answered 503", wait_s=9.0), 1),
        (OutcomeUnknownError("answer lost"), 1),
        (RateLimitedError("over its budget", wait_s=9.0), 0),
    ],
)
def test_all_wait_and_only_what_failed_waits_longer_the_next_time(
    bring, records, sql, error, failures
):
    report = retry_later(records, [bring(Status.RECEIVED)], error, StepReport())
    assert sql("SELECT failures, note FROM record") == [(failures, str(error))]
    assert (report.waiting, report.again_s >= (getattr(error, "wait_s", 0.0) or 0.0)) == (1, True)
