"""The payee of a supplier, and whether M3 lets it be invoiced.

Source: `CRS620MI/GetBasicData` (SUNO → PRSU, STAT); a blank PRSU is the supplier itself, and
STAT 20 is the active one (10 preliminary, 90 blocked).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connector.domain.drafts import Outcome
from connector.domain.reasons import Reason
from connector.erp.infor.errors import Meaning, meaning
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.results import Rows, Transaction
from connector.ports import Answer

_ACTIVE = "20"
_KEPT_S = 900.0
#: A refused supplier is asked for again soon: a person may have mended it.
_REFUSED_KEPT_S = 60.0


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid for a supplier's invoice; `fault` says why M3 takes none of them."""

    number: str
    fault: str = ""


class Payees:
    """Payees by company and supplier, each asked of M3 in bulk and kept for a while."""

    def __init__(self, api: M3Api, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._kept: dict[tuple[int, str], tuple[float, Answer[Payee]]] = {}

    def of(self, suppliers: Sequence[str], company: Company) -> list[Answer[Payee]]:
        """The payee of each supplier, blocked ones with their fault.

        REFUSED with code `supplier_refused` where M3 does not know the supplier.
        """
        now = self._clock()
        known = {
            supplier: self._kept[company.cono, supplier][1]
            for supplier in suppliers
            if (company.cono, supplier) in self._kept
            and self._kept[company.cono, supplier][0] > now
        }
        asked = [one for one in dict.fromkeys(suppliers) if one not in known]
        answers = self._api.execute_bulk(
            "CRS620MI",
            [
                Transaction("GetBasicData", {"SUNO": supplier}, ("SUNO", "STAT", "PRSU"))
                for supplier in asked
            ],
            company=company,
            write=False,
        )
        for supplier, answer in zip(asked, answers, strict=True):
            known[supplier] = read = _read(supplier, answer)
            if (kept_s := _kept_s(read)) is not None:
                self._kept[company.cono, supplier] = now + kept_s, read
        return [known[supplier] for supplier in suppliers]

    def active(self, suppliers: Sequence[str], company: Company) -> list[Answer[Payee]]:
        """As `of`, with blocked suppliers REFUSED as well."""
        return [
            refused(answer.value.fault) if answer.value and answer.value.fault else answer
            for answer in self.of(suppliers, company)
        ]


def refused(why: str) -> Answer[Payee]:
    """The answer about a supplier that M3 does not take."""
    return Answer(Outcome.REFUSED, code=Reason.SUPPLIER_REFUSED.value, message=why, field="SUNO")


def _read(supplier: str, answer: Answer[Rows]) -> Answer[Payee]:
    if answer.outcome is Outcome.NOT_SENT:
        return Answer(
            Outcome.NOT_SENT, code=answer.code, message=answer.message, wait_s=answer.wait_s
        )
    if answer.outcome is not Outcome.DONE:
        if meaning(answer.code) in (Meaning.NOT_ALLOWED, Meaning.CONTRACT):
            # it says nothing about the supplier
            return Answer(Outcome.REFUSED, code=answer.code, message=answer.message)
        return refused(f"M3 refuses supplier {supplier}: {answer.message}")
    if not answer.value:
        return refused(f"M3 knows no supplier {supplier}")
    row = answer.value[0]
    status = row.get("STAT", "")
    fault = "" if status == _ACTIVE else f"supplier {supplier} is not active in M3 (STAT {status})"
    return Answer(Outcome.DONE, Payee(row.get("PRSU") or supplier, fault))


def _kept_s(read: Answer[Payee]) -> float | None:
    if read.outcome is Outcome.NOT_SENT:
        return None
    return _KEPT_S if read.value and not read.value.fault else _REFUSED_KEPT_S
