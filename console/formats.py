"""Numbers, amounts and times as the reader's locale writes them; the words stay English."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, numbers
from flask import Flask, request

from connector.redaction import redacted

_FALLBACK = Locale("en", "GB")
#: Where there is no value.
NOTHING = "\N{EN DASH}"


def add(app: Flask) -> None:
    """Make the filters known to all templates."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for one in (number, money, moment, day, ago, span, clean, pretty):
        app.add_template_filter(one)


def locale() -> Locale:
    """The first of the reader's languages that there are formats for."""
    for wanted in request.accept_languages.values():
        try:
            return Locale.parse(wanted.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            continue
    return _FALLBACK


def number(value: Any) -> str:
    """A number with the locale's groups."""
    return numbers.format_decimal(value, locale=locale())


def money(amount: Any, currency: str | None) -> str:
    """An amount with its currency's code, and all its decimals."""
    try:
        value = Decimal(str(amount))
    except InvalidOperation:
        return ""
    if not currency:
        return numbers.format_decimal(value, locale=locale())
    decimals = max(-int(value.as_tuple().exponent), numbers.get_currency_precision(currency))
    pattern = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    return f"{numbers.format_decimal(value, pattern, locale=locale())}\N{NO-BREAK SPACE}{currency}"


def moment(value: datetime | str | None, zone: str = "UTC") -> str:
    """A moment to the second, in a time zone."""
    if value is None:
        return NOTHING
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    there = at.astimezone(ZoneInfo(zone))
    shown = dates.format_date(there, "medium", locale=locale())
    return f"{shown} {there:%H:%M:%S}"


def day(value: date | str | None) -> str:
    """A day of the calendar."""
    if not value:
        return NOTHING
    known = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return dates.format_date(known, "medium", locale=locale())


def ago(value: datetime | str | None) -> str:
    """How long ago something was: `17 min`."""
    if value is None:
        return NOTHING
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return span((datetime.now(UTC) - at).total_seconds())


def span(seconds: float | None) -> str:
    """A length of time in the unit that suits it."""
    if seconds is None:
        return NOTHING
    return dates.format_timedelta(
        timedelta(seconds=seconds), threshold=1.6, format="short", locale="en"
    )


def clean(value: Any) -> str:
    """A peer's text, with what could be a secret masked."""
    return str(redacted(str(value)))


def pretty(value: Any) -> str:
    """JSON as people read it."""
    return json.dumps(value, indent=1, ensure_ascii=False, default=str)
