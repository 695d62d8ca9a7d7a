"""What people type, checked before anything is done with it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

#: Years within which a date is meant.
_YEARS = range(2000, 2101)
_LONGEST_LINE = 500


class RecordId(click.ParamType[str]):
    """An id as Brex gives it."""

    name = "record_id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The id as it is."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", value):
            self.fail(f"{value!r} is no record id", param, ctx)
        return str(value)


class Line(click.ParamType[str]):
    """A sentence on one line, or a name: printable, and not empty."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text without blanks around it."""
        text = str(value).strip()
        if not text or not text.isprintable() or len(text) > _LONGEST_LINE:
            self.fail(f"write one line of 1 to {_LONGEST_LINE} characters", param, ctx)
        return text


class Moment(click.ParamType[datetime]):
    """An ISO date or date-time; without a zone it is UTC."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The moment, with a zone."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = datetime.min  # noqa: DTZ901 - out of range, so it fails below
        if moment.year not in _YEARS:
            self.fail(f"{value!r} is no date; write 2026-06-30 or 2026-06-30T08:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Day(click.ParamType[date]):
    """A calendar day: `2026-06-30`."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day."""
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = date.min
        if day.year not in _YEARS:
            self.fail(f"{value!r} is no date; write it like 2026-06-30", param, ctx)
        return day


def first_moment(day: date, time_zone: str) -> datetime:
    """When a day begins in a time zone."""
    return datetime.combine(day, time(), ZoneInfo(time_zone))


def end_of(day: date, time_zone: str) -> datetime:
    """When a day ends in a time zone: the first moment of the next."""
    return first_moment(day + timedelta(days=1), time_zone)
