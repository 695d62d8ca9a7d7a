"""Suppliers: whether IFS knows them, and lets a company be invoiced by them.

Source: public code (`SupplierHandling.svc`, with the array `SupplierInvoiceCompanies`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from connector.domain.drafts import Outcome
from connector.domain.reasons import Reason
from connector.erp.ifs import literals
from connector.erp.ifs.multipart import Part
from connector.erp.ifs.names import Names
from connector.erp.ifs.odata import OData
from connector.erp.ifs.results import ABSENT, entity_of, page_of
from connector.ports import Answer

_KEPT_S = 900.0
#: A refused supplier is asked for again soon: a person may have mended it.
_REFUSED_KEPT_S = 60.0

#: Company and supplier.
SupplierKey = tuple[str, str]


class Suppliers:
    """Suppliers by company, each asked of IFS and kept for a while."""

    def __init__(
        self, odata: OData, names: Names, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._odata = odata
        self._projection, self._set = names.suppliers.split("/")
        self._companies = names.supplier_companies
        self._clock = clock
        self._kept: dict[SupplierKey, tuple[float, Answer[None]]] = {}

    def active(self, keys: Iterable[SupplierKey]) -> dict[SupplierKey, Answer[None]]:
        """DONE for a supplier that may invoice the company; REFUSED where it may not."""
        now = self._clock()
        wanted = list(dict.fromkeys(keys))
        asked = [key for key in wanted if self._kept.get(key, (now, None))[0] <= now]
        paths = [path for key in asked for path in self._paths(*key)]
        told = self._odata.read_all(self._projection, paths) if paths else []
        found = {key: self._kept[key][1] for key in wanted if key not in asked}
        for number, key in enumerate(asked):
            general, companies = told[2 * number : 2 * number + 2]
            found[key] = answer = _answer(key, general, companies)
            if answer.outcome is not Outcome.NOT_SENT:
                kept_s = _KEPT_S if answer.outcome is Outcome.DONE else _REFUSED_KEPT_S
                self._kept[key] = now + kept_s, answer
        return found

    def _paths(self, company: str, supplier: str) -> tuple[str, str]:
        row = self._set + literals.key({"SupplierId": supplier})
        options = {"$filter": f"Company eq {literals.literal(company)}", "$top": "1"}
        return row, literals.with_options(f"{row}/{self._companies}", options)


def _answer(key: SupplierKey, general: Answer[Part], companies: Answer[Part]) -> Answer[None]:
    company, supplier = key
    known = entity_of(general)
    if known.outcome is Outcome.REFUSED and known.code == ABSENT:
        return _refused(f"IFS knows no supplier {supplier}")
    page = page_of(companies)
    for answer in (known, page):
        if answer.outcome is not Outcome.DONE:
            # whatever else it is, it says nothing about the supplier
            message = f"supplier {supplier} cannot be read: {answer.message}"
            return Answer(Outcome.NOT_SENT, code=answer.code, message=message, wait_s=answer.wait_s)
    if not (page.value and page.value.rows):
        return _refused(f"supplier {supplier} has no invoice data for company {company} in IFS")
    return Answer(Outcome.DONE)


def _refused(why: str) -> Answer[None]:
    return Answer(
        Outcome.REFUSED, code=Reason.SUPPLIER_REFUSED.value, message=why, field="Identity"
    )
