"""Fetch: get the records that Brex announced."""

from __future__ import annotations

from collections.abc import Sequence

from connector.domain.accounting import ReviewStatus, SourceType
from connector.domain.backoff import full_jitter
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Leased
from connector.errors import ConnectorError
from connector.ports import Fetched, RecordStore, SpendRecord, SpendSource, Waiting
from connector.usecases.report import StepReport, retry_later

#: What Brex's reads may say of a record that it has just announced, while they are behind.
_OLD_NEWS = frozenset({Reason.NOT_FOUND_IN_BREX, Reason.NOT_READY_FOR_EXPORT})
#: So often it is looked for, and so long there is between two looks at the least.
_LOOKS = 4
_LAG_S = 2.0


def fetch_records(
    leased: Sequence[Leased],
    *,
    source: SpendSource,
    records: RecordStore,
    with_receipts: bool = False,
) -> StepReport:
    """Store what Brex has for the records; hold those it does not know or has not released.

    `with_receipts` has their receipts got some time; nothing waits for those.
    """
    report = StepReport()
    try:
        found = source.records([row.record_id for row in leased])
    except ConnectorError as error:
        return retry_later(records, leased, error, report)
    holds: list[tuple[Leased, Hold]] = []
    fetched: list[Fetched] = []
    waits: list[Waiting] = []
    for row in leased:
        spend = found.get(row.record_id)
        hold = _objection(row, spend)
        if hold is not None and hold.reason in _OLD_NEWS and row.failures < _LOOKS - 1:
            wait_s = full_jitter(row.failures, asked_s=_LAG_S)
            waits.append(Waiting(row, wait_s, hold.message, failed=True))
            continue
        if hold is not None:
            holds.append((row, hold))
        elif spend is not None and spend.standing is not None:
            receipts = _receipts(spend) if with_receipts else ()
            fetched.append(Fetched(row, spend.payload, spend.standing.version, receipts))
    done = records.fetched(fetched)
    report.held = len(records.hold(holds))
    records.wait(waits)
    report.waits(waits)
    report.moved = [row.leased.record_id for row in fetched if row.leased.id in done]
    return report


def _receipts(spend: SpendRecord) -> tuple[tuple[str, int], ...]:
    """Each receipt with the number of its files; one without a link will have at least one."""
    return tuple((receipt.id, max(1, len(receipt.links))) for receipt in spend.receipts)


def _objection(row: Leased, spend: SpendRecord | None) -> Hold | None:
    if spend is None:
        return Hold(
            Reason.NOT_FOUND_IN_BREX,
            "Brex does not know this record, or the token may not read it",
            "id",
            row.record_id,
        )
    if spend.standing is None:
        return Hold(Reason.RECORD_UNREADABLE, f"Brex's answer cannot be read: {spend.fault}")
    status = spend.standing.review_status
    ready = status is ReviewStatus.READY_FOR_EXPORT or (
        # bills skip preparation and review: https://www.brex.com/support/syncing-bill-pay
        spend.standing.source_type is SourceType.BILL and status is not ReviewStatus.EXPORTED
    )
    if not ready:
        return Hold(
            Reason.NOT_READY_FOR_EXPORT,
            f"Brex has the record as {status}, not as READY_FOR_EXPORT",
            "review_status",
            status.value,
        )
    return None
