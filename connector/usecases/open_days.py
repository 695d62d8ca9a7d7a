"""The days that documents are moved to, where the policy moves what falls into closed periods."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from connector.domain.documents import company_key
from connector.domain.periods import Period, PeriodState
from connector.ports import Erp, RefusedDays

#: How long a refusal is believed: a period may be opened again.
REFUSED_KEPT_S = 3600.0

Company = tuple[tuple[str, str], ...]


class OpenDays:
    """What the ERP says of days: by its table of periods, and by what it refused of late."""

    def __init__(
        self, erp: Erp, refused: RefusedDays, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._erp = erp
        self._refused = refused
        self._clock = clock

    def closed(
        self, wanted: Iterable[tuple[Company, date]], until: float
    ) -> dict[tuple[Company, date], Period]:
        """Those days that are closed, with the first later day that is not known to be.

        A day that was refused and after which the ERP shows no other is left to its next refusal,
        and so are the days that are left when the time is up.
        """
        days: dict[Company, list[date]] = defaultdict(list)
        for company, day in sorted(wanted):
            days[company].append(day)
        refused = self._refused.known(within_s=REFUSED_KEPT_S) if days else frozenset()
        closed: dict[tuple[Company, date], Period] = {}
        for company, some in days.items():
            if self._clock() > until:
                break
            mine = {day for key, day in refused if key == company_key(company)}
            for day, period in zip(some, self._erp.periods(company, some), strict=True):
                if period.state is PeriodState.CLOSED or (day in mine and period.open_from):
                    closed[company, day] = self._past(mine, company, period)
        return closed

    def _past(self, refused: set[date], company: Company, period: Period) -> Period:
        """The period, with a first later day that was not refused either."""
        while period.open_from in refused:
            assert period.open_from is not None
            (following,) = self._erp.periods(company, [period.open_from])
            if following.open_from is None:
                break
            period = replace(period, open_from=following.open_from)
        return period
