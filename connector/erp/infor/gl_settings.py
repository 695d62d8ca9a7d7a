"""What a division has set up for its general ledger, asked of M3 and remembered for an hour.

Source: `CRS750MI/GetGLSettings` (DCNY: debits and credits have a code; FAC1-FAC7: dimensions used).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from connector.domain.drafts import Outcome
from connector.erp.answers import failed
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.probe import DIMENSIONS
from connector.erp.infor.results import UNREADABLE, Transaction
from connector.ports import Answer

PROGRAM = "CRS750MI"
_CODE = "DCNY"
_KEPT_S = 3600.0


@dataclass(frozen=True, slots=True)
class GlSettings:
    """Whether amounts have a debit/credit code, and the dimensions that are used."""

    has_code: bool
    dimensions: frozenset[str]


class GlRegister:
    """The settings of each division."""

    def __init__(self, api: M3Api, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._kept: dict[Company, tuple[float, GlSettings]] = {}

    def of(self, company: Company) -> Answer[GlSettings]:
        """The settings of the company's division."""
        known = self._kept.get(company)
        if known and self._clock() < known[0] + _KEPT_S:
            return Answer(Outcome.DONE, known[1])
        asked = Transaction("GetGLSettings", company.division)
        told = self._api.execute(PROGRAM, asked, company=company, write=False)
        if told.outcome is not Outcome.DONE:
            return failed(told)
        row = told.value[0] if told.value else {}
        if row.get(_CODE) not in {"0", "1"}:  # a sign must not be guessed
            message = f"{PROGRAM} does not say whether debits and credits have a code ({_CODE})"
            return Answer(Outcome.NOT_SENT, code=UNREADABLE, message=message)
        used = frozenset(name for name in DIMENSIONS if row.get(f"FAC{name[-1]}") == "1")
        settings = GlSettings(row[_CODE] == "1", used)
        self._kept[company] = self._clock(), settings
        return Answer(Outcome.DONE, settings)
