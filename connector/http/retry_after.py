"""How long a peer asks to be left alone."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Nobody is left alone for longer than this, whatever they say.
LONGEST_S = 900.0
_SHORTEST_S = 1.0
#: What is longer is a mistake, and is not heeded.
_ABSURD_S = 86_400.0
#: Full jitter where the peer says nothing of use.
_JITTER_S = (1.0, 30.0)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The seconds of `Retry-After` among an answer's headers; at most LONGEST_S.

    It is given as seconds or as an HTTP date. A date counts by the peer's own clock, the `Date` of
    the same answer; ours may be wrong.
    None where there is no such header, or it is negative, past or out of all proportion.
    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,6})?", text):
        wait_s = float(text)
    else:
        until, now = _moment(text), _moment(headers.get("Date", ""))
        wait_s = (until - now).total_seconds() if until and now else -1.0
    if not 0 <= wait_s <= _ABSURD_S:
        return None
    return min(max(wait_s, _SHORTEST_S), LONGEST_S)


def wait_after_429_s(headers: Mapping[str, str]) -> float:
    """How long to leave a peer alone that answered 429: what it asks for, else a random time."""
    return retry_after_s(headers) or random.uniform(*_JITTER_S)  # noqa: S311  jitter is no secret


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
