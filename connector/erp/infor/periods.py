"""M3's accounting periods, asked of M3 and remembered for an hour.

The register has the first and the last day of each period, and nothing that says which periods are
closed: M3 says that when it refuses an accounting date.
Source: contracts of `CRS910MI/Select` and `MNS100MI/GetBasicData` (PTFA, the type of the periods).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date

from connector.domain.drafts import Outcome
from connector.domain.periods import Period, PeriodState
from connector.erp.answers import failed
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.results import Row, Transaction, may_be_cut
from connector.ports import Answer

_KEPT_S = 3600.0
#: A register that could not be read is left alone for a while.
_UNREAD_KEPT_S = 60.0

#: First and last day of each period, in order.
Calendar = tuple[tuple[date, date], ...]


class Periods:
    """The calendar of each division."""

    def __init__(self, api: M3Api, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._kept: dict[Company, tuple[float, Answer[Calendar]]] = {}

    def of(self, company: Company, days: Sequence[date]) -> list[Period]:
        """The period of each day."""
        calendar = self._calendar(company)
        if not calendar.value:
            why = calendar.message or "M3 lists no periods of the division"
            return [Period(PeriodState.UNKNOWN, detail=why)] * len(days)
        return [_period(day, calendar.value) for day in days]

    def _calendar(self, company: Company) -> Answer[Calendar]:
        kept = self._kept.get(company)
        if kept and self._clock() < kept[0]:
            return kept[1]
        answer = self._ask(company)
        kept_s = _KEPT_S if answer.value else _UNREAD_KEPT_S
        self._kept[company] = self._clock() + kept_s, answer
        return answer

    def _ask(self, company: Company) -> Answer[Calendar]:
        where = {"CONO": str(company.cono), **company.division}
        asked = Transaction("GetBasicData", where, ("PTFA",))
        division = self._api.execute("MNS100MI", asked, company=company, write=False)
        if division.outcome is not Outcome.DONE:
            return failed(division)
        kind = division.value[0].get("PTFA", "") if division.value else ""
        asked = Transaction(
            "Select",
            {
                "CONO": str(company.cono),
                **({"FDIV": company.divi, "TDIV": company.divi} if company.divi else {}),
                **({"FPET": kind, "TPET": kind} if kind else {}),
            },
            ("FDAT", "TDAT"),
        )
        rows = self._api.execute("CRS910MI", asked, company=company, write=False)
        if rows.outcome is not Outcome.DONE:
            return failed(rows)
        if may_be_cut(rows):
            message = f"M3 lists {len(rows.value or ())} periods and may have left some out"
            return Answer(Outcome.REFUSED, message=message)
        days = ((_day(row, "FDAT"), _day(row, "TDAT")) for row in rows.value or ())
        return Answer(
            Outcome.DONE, tuple(sorted((first, last) for first, last in days if first and last))
        )


def _period(day: date, calendar: Calendar) -> Period:
    later = next((first for first, _ in calendar if first > day), None)
    if any(first <= day <= last for first, last in calendar):
        return Period(PeriodState.UNKNOWN, later, "M3 does not show which periods are closed")
    return Period(PeriodState.CLOSED, later, f"no period of M3 (CRS910) has {day}")


def _day(row: Row, name: str) -> date | None:
    try:
        return date.fromisoformat(row.get(name, ""))
    except ValueError:
        return None
