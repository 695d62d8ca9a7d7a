"""Receipts: get the files that Brex names for records. Nothing else waits for this.

A link is in force for 15 minutes and gives the file to whoever has it, so none is kept: the records
are read once more, many at a time, and the files are got at once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector.domain.backoff import full_jitter
from connector.domain.drafts import Outcome
from connector.domain.receipts import ReceiptFault
from connector.errors import ConnectorError, RetryLaterError
from connector.ports import (
    LeasedReceipt,
    ReceiptFile,
    ReceiptFiles,
    ReceiptStore,
    ReceiptTrouble,
    SpendRecord,
    SpendSource,
)

BATCH = 20
#: No file is begun when the links are older, so that a worker that stops is not held up.
WORK_S = 20.0
#: A lease outlives the reading, the work, and the last file.
LEASE_S = 180.0
#: Tries that led to nothing, or leases without an orderly end, after which a file has failed.
MOST_TRIES, MOST_CLAIMS = 10, 8
#: A minute at first, two hours in the end: the host of the files may be away for an afternoon.
_BASE_S, _CAP_S = 60.0, 7_200.0


@dataclass(slots=True)
class ReceiptReport:
    """What became of the files that were taken up. `more` says that others may be due."""

    leased: int
    more: bool
    stored: int = 0
    failed: int = 0
    waiting: int = 0


def fetch_receipts(
    connection_id: int,
    *,
    source: SpendSource,
    files: ReceiptFiles,
    receipts: ReceiptStore,
    max_bytes: int,
) -> ReceiptReport | None:
    """Get due files and store them; note what kept others from coming. None: nothing was due.

    Raises RetryLaterError where the database is away.
    """
    leased = receipts.lease(connection_id, BATCH, LEASE_S)
    if not leased:
        return None
    try:
        return _take(leased, source, files, receipts, max_bytes)
    except RetryLaterError:
        raise
    except Exception as error:
        # what ends a batch twice is taken alone from then on, so that the others get through
        receipts.give_back(leased, f"unexpected: {type(error).__name__}")
        raise


def _take(
    leased: Sequence[LeasedReceipt],
    source: SpendSource,
    files: ReceiptFiles,
    receipts: ReceiptStore,
    max_bytes: int,
) -> ReceiptReport:
    report = ReceiptReport(len(leased), more=len(leased) == BATCH)
    troubles = [_crash_loop(row) for row in leased if row.claims > MOST_CLAIMS]
    rows = [row for row in leased if row.claims <= MOST_CLAIMS]
    try:
        found = source.records([row.record_id for row in rows], background=True) if rows else {}
    except ConnectorError as error:
        troubles += [_unread(row, error) for row in rows]
        rows = []
    ends_at = time.monotonic() + WORK_S
    for row in rows:
        if time.monotonic() > ends_at:
            # it was not tried, and is due at once
            troubles.append(ReceiptTrouble(row, ReceiptFault.NO_ANSWER, "", 0.0, failed=False))
            report.more = True
            continue
        got = _get(row, found, files, receipts, max_bytes)
        if isinstance(got, ReceiptFile):
            report.stored += receipts.stored(row, got)
        else:
            troubles.append(got)
    receipts.troubled(troubles)
    report.failed = sum(trouble.wait_s is None for trouble in troubles)
    report.waiting = len(troubles) - report.failed
    return report


def _get(
    row: LeasedReceipt,
    found: Mapping[str, SpendRecord],
    files: ReceiptFiles,
    receipts: ReceiptStore,
    max_bytes: int,
) -> ReceiptFile | ReceiptTrouble:
    record = found.get(row.record_id)
    if record is None:
        return _again(row, ReceiptFault.NO_LINK, "Brex does not know the record (any more)")
    receipt = next((one for one in record.receipts if one.id == row.receipt_id), None)
    if receipt is None:
        return _again(row, ReceiptFault.NO_LINK, "the record has no such receipt (any more)")
    if row.file == 1 and len(receipt.links) > 1:
        receipts.want(row, len(receipt.links))
    if row.file > len(receipt.links):
        return _again(row, ReceiptFault.NO_LINK, "Brex gives no link to the file")
    answer = files.get(receipt.links[row.file - 1], max_bytes=max_bytes)
    if answer.value is not None:
        return answer.value
    fault = ReceiptFault(answer.code)
    if answer.outcome is Outcome.REFUSED:
        return ReceiptTrouble(row, fault, answer.message, None)
    return _again(row, fault, answer.message, answer.wait_s)


def _again(
    row: LeasedReceipt, fault: ReceiptFault, why: str, asked_s: float | None = None
) -> ReceiptTrouble:
    """A try that led to nothing: another one later, unless it was the last."""
    wait_s = full_jitter(row.failures, asked_s=asked_s, base_s=_BASE_S, cap_s=_CAP_S)
    return ReceiptTrouble(row, fault, why, None if row.failures + 1 >= MOST_TRIES else wait_s)


def _unread(row: LeasedReceipt, error: ConnectorError) -> ReceiptTrouble:
    """Brex was not to be read: that says nothing of the file, unless Brex says no."""
    if not isinstance(error, RetryLaterError):
        return _again(row, ReceiptFault.NO_LINK, str(error))
    wait_s = full_jitter(0, asked_s=error.wait_s, base_s=_BASE_S)
    return ReceiptTrouble(row, ReceiptFault.NO_LINK, str(error), wait_s, failed=False)


def _crash_loop(row: LeasedReceipt) -> ReceiptTrouble:
    why = f"work on it was begun {row.claims - 1} times without an end"
    return ReceiptTrouble(row, ReceiptFault.CRASH_LOOP, why, None)
