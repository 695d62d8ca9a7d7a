"""Whether a day can be posted on, as far as the ERP says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PeriodState(StrEnum):
    """How the period of a day stands."""

    #: The ERP takes entries for it.
    OPEN = "open"
    #: The ERP takes none: the period is closed, or there is none.
    CLOSED = "closed"
    #: The ERP does not say, or could not be asked. It is never taken for closed.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Period:
    """The period of one day. `open_from`: the first day after it that is not known to be closed.

    None where the ERP shows no such day. `detail` says why it stands as it does.
    """

    state: PeriodState
    open_from: date | None = None
    detail: str = ""
