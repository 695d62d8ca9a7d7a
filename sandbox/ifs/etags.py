"""ETags as IFS makes them: `W/"<base64 of W/"objid:objversion">"`.

objid is Oracle's ROWID, objversion the time of the last change, to the second: two changes within
one second carry the same ETag.
"""

from __future__ import annotations

import base64
from datetime import datetime

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def row_id(number: int) -> str:
    """A ROWID of 18 characters."""
    digits = ""
    for _ in range(6):
        number, digit = divmod(number, 64)
        digits = _DIGITS[digit] + digits
    return f"AACIMGAAFAAB{digits}"


def etag(objid: str, changed: datetime) -> str:
    """The ETag of a row that was changed at that time."""
    inner = f'W/"{objid}:{changed:%Y%m%d%H%M%S}"'
    return f'W/"{base64.b64encode(inner.encode()).decode()}"'
