"""Dates and times as people type them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click


class Moment(click.ParamType[datetime]):
    """An ISO date or date-time; without a zone it is UTC."""

    name = "moment"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> datetime:
        """The moment, with a zone."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r} is no date; write it like 2026-06-30 or 2026-06-30T08:00", param, ctx
            )
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Day(click.ParamType[date]):
    """A calendar day: `2026-06-30`."""

    name = "date"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> date:
        """The day."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date; write it like 2026-06-30", param, ctx)


def first_moment(day: date, time_zone: str) -> datetime:
    """When a day begins in a time zone."""
    return datetime.combine(day, time(), ZoneInfo(time_zone))


def end_of(day: date, time_zone: str) -> datetime:
    """When a day ends in a time zone: the first moment of the next."""
    return first_moment(day + timedelta(days=1), time_zone)
