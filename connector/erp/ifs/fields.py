"""Values written the way IFS reads them, held against the lengths that `$metadata` gives."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from connector.domain.money import plain
from connector.domain.reasons import Hold, Reason
from connector.erp.ifs.metadata import EntityType


def text(value: str) -> str:
    """The value as IFS is to store it: composed (NFC), on one line, without outer blanks."""
    return " ".join(unicodedata.normalize("NFC", value).split())


def amount(value: Decimal, currency: str) -> str:
    """Plain digits with the currency's decimals; raises ValueError where that rounds."""
    written = plain(value, currency)
    return written.removeprefix("-") if Decimal(written) == 0 else written


def day(value: date) -> str:
    """`YYYY-MM-DD`."""
    return value.isoformat()


def fault(entity: EntityType, values: Mapping[str, Any]) -> Hold | None:
    """Why the values must not be sent: the first that its property does not take, or None.

    Nothing too long is sent, and nothing is cut here. Java counts in UTF-16 code units.
    """
    for name, value in values.items():
        known = entity.properties.get(name)
        if known is None:
            message = f"{entity.name} of this IFS has no field {name}"
            return Hold(Reason.ERP_REFUSED, message, name, str(value))
        if known.type != "Edm.String" or known.length is None:
            continue
        if (length := _units(str(value))) > known.length:
            message = f"{name} of {entity.name} takes {known.length} characters, this has {length}"
            return Hold(Reason.TOO_LONG, message, name, str(value))
    return None


def _units(value: str) -> int:
    return len(value.encode("utf-16-le", "surrogatepass")) // 2
