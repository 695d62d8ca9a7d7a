"""The days of a document, as the calendar of its company has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from connector.domain.accounting import AccountingRecord
from connector.domain.connections import ClosedPeriod
from connector.domain.reasons import Reason
from connector.mapping.held import HeldError


@dataclass(frozen=True, slots=True)
class Days:
    """When it was invoiced, booked and due. `moved_from` is the day of a period that is closed."""

    invoiced: date
    booked: date
    due: date | None
    moved_from: date | None = None


def days_of(
    record: AccountingRecord, zone: ZoneInfo, policy: ClosedPeriod, *opened: date | None
) -> Days:
    """The days of a record in a time zone.

    `opened` are first days whose period is not closed, as different people say; the last of them
    counts. A record from before it goes there, or is held, as the policy says.
    """
    invoiced = _day(record.posted_at, zone, "posted_at")
    booked = _day(record.erp_posting_date, zone, "erp_posting_date")
    due = _day(record.due_at, zone, "due_at") if record.due_at else None
    open_from = max((day for day in opened if day), default=booked)
    if booked >= open_from:
        return Days(invoiced, booked, due)
    if policy is ClosedPeriod.HOLD:
        raise HeldError(
            Reason.PERIOD_CLOSED,
            f"the period of {booked} is closed; entries are taken from {open_from} on",
            field="erp_posting_date",
            value=booked.isoformat(),
        )
    return Days(invoiced, open_from, due, moved_from=booked)


def _day(moment: datetime, zone: ZoneInfo, field: str) -> date:
    try:
        return moment.astimezone(zone).date()
    except OverflowError:
        message = "a date at the end of the calendar; mend it in Brex"
        raise HeldError(Reason.RECORD_UNREADABLE, message, field=field) from None
