"""How long a peer asks to be left alone."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Nobody is left alone for longer than this, whatever they say.
LONGEST_S = 900.0
_SHORTEST_S = 1.0
#: What is longer is a mistake, and is not heeded.
_ABSURD_S = 86_400.0
#: Full jitter where the peer says nothing of use.
_JITTER_S = (1.0, 30.0)


def retry_after_s(value: str | None, *, now: datetime | None = None) -> float | None:
    """The seconds of a `Retry-After` header, as seconds or as an HTTP date; at most LONGEST_S.

    None where there is no such header, or it is negative, past or out of all proportion.
    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,6})?", text):
        wait_s = float(text)
    else:
        wait_s = _until(text, now or datetime.now(UTC))
    if not 0 <= wait_s <= _ABSURD_S:
        return None
    return min(max(wait_s, _SHORTEST_S), LONGEST_S)


def wait_after_429_s(value: str | None) -> float:
    """How long to leave a peer alone that answered 429: what it asks for, else a random time."""
    return retry_after_s(value) or random.uniform(*_JITTER_S)  # noqa: S311  jitter is no secret


def _until(text: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return -1.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - now).total_seconds()
