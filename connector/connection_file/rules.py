"""What a single value must look like. Each rule gives the value to use or raises UnusableError."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo, available_timezones

from connector.connection_file.references import Given, UnusableError

#: No setting is longer than this, in characters.
LONGEST_TEXT = 500

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

Rule = Callable[[Given], str]


def plain(given: Given) -> str:
    """Any text that is not empty, on one line and without blanks around it."""
    if not given.value.strip():
        raise UnusableError("is empty; give it a value or leave the key out")
    if given.value != given.value.strip():
        raise UnusableError(f"is {given.shown}, with blanks around it; remove them")
    if _CONTROL.search(given.value):
        raise UnusableError("has a control character or a line break in it; remove it")
    if len(given.value) > LONGEST_TEXT:
        raise UnusableError(f"has more than {LONGEST_TEXT} characters; write a shorter one")
    return given.value


def connection_name(given: Given) -> str:
    """A name that fits into a URL and a queue name."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", given.value):
        raise UnusableError(
            f"is {given.shown}; write up to 40 of a-z, 0-9 and -, beginning with a letter or digit"
        )
    return given.value


def one_of(allowed: Collection[str]) -> Rule:
    """One of a few words."""

    def rule(given: Given) -> str:
        if given.value not in allowed:
            known = ", ".join(sorted(allowed))
            mend = did_you_mean(given.value, allowed)
            raise UnusableError(f"is {given.shown}; {mend or f'it is one of {known}'}")
        return given.value

    return rule


def time_zone(given: Given) -> str:
    """A name of the IANA time zone database."""
    plain(given)
    try:
        ZoneInfo(given.value)
    except (OSError, ValueError, LookupError) as error:
        mend = did_you_mean(given.value, available_timezones())
        mend = mend or 'write it like "Europe/Stockholm"'
        raise UnusableError(f"is {given.shown}, which is no time zone; {mend}") from error
    return given.value


def day(given: Given) -> date:
    """A day of the calendar: `2026-06-30`."""
    try:
        return date.fromisoformat(given.value)
    except ValueError as error:
        raise UnusableError(f'is {given.shown}; write a day like "2026-06-30"') from error


def duration(given: Given, *, low: timedelta, high: timedelta) -> timedelta:
    """A whole number of seconds, minutes, hours or days: `90s`, `15m`, `1h`, `1d`."""
    match = re.fullmatch(r"([0-9]{1,6})([smhd])", given.value)
    if not match:
        raise UnusableError(f'is {given.shown}; write it like "90s", "15m", "1h" or "1d"')
    value = timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    if not low <= value <= high:
        raise UnusableError(f"is {given.shown}; write one from {_short(low)} to {_short(high)}")
    return value


def amount(given: Given) -> str:
    """An amount above 0 in major units, in plain digits: `250000`, `99.50`."""
    if not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,4})?", given.value) or not float(given.value):
        raise UnusableError(f'is {given.shown}; write an amount above 0, like "250000"')
    return given.value


def percentage(given: Given) -> str:
    """A rate in per cent with up to three decimals, from 0 to below 100: `25`, `5.5`."""
    if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,3})?", given.value):
        raise UnusableError(f'is {given.shown}; write a rate in per cent, like "25" or "5.5"')
    return given.value


def either(words: Sequence[str]) -> str:
    """The words as a choice: `invoice, hold or ignore`."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A question for the reader, or "" where nothing known is near."""
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), folded, 1)
    return f"did you mean {folded[near[0]]}?" if near else ""


def _short(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % _UNITS[unit] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"
