"""What `ping` checks of a connection to IFS, and what to do where a check fails. Nothing writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from connector.domain.drafts import Outcome
from connector.erp.ifs import literals
from connector.erp.ifs.accounts import HIDDEN, Accounts
from connector.erp.ifs.config import IfsConfig
from connector.erp.ifs.metadata import EntityType, Property
from connector.erp.ifs.names import DocumentNames
from connector.erp.ifs.odata import CREDENTIALS, OData
from connector.erp.ifs.probe import Probe
from connector.erp.ifs.shape import Need, Shape
from connector.erp.ifs.suppliers import Suppliers
from connector.ports import Answer, Check

_CATALOGUE, _CATALOGUE_SET = "AllProjections", "Projections"
_HELP = {
    CREDENTIALS: "see that the IAM client has Service Accounts on, and that its secret is right",
    HIDDEN: "",
}


class Checks:
    """The checks of one connection, from access to the single field."""

    def __init__(
        self,
        odata: OData,
        config: IfsConfig,
        accounts: Accounts,
        suppliers: Suppliers,
        kinds: Sequence[tuple[Shape, Probe]],
        *,
        dimensions: Sequence[str],
        fallback_supplier: str,
    ) -> None:
        self._odata = odata
        self._config = config
        self._accounts = accounts
        self._suppliers = suppliers
        self._kinds = kinds
        self._dimensions = dimensions
        self._fallback_supplier = fallback_supplier

    def run(self) -> Iterator[Check]:
        """One check after the other; without access to IFS the first is also the last."""
        told = self._odata.rows(_CATALOGUE, _CATALOGUE_SET, key=["Name"])
        if told.value is None:
            yield Check("access", passed=False, detail=_failure(told))
            return
        catalogue = {row.text("Name") for row in told.value}
        yield Check("access", passed=True, detail=f"{len(catalogue)} projections in the catalogue")
        yield self._company()
        yield from self._projections(catalogue)
        yield self._batches()
        for shape, probe in self._kinds:
            yield from self._documents(shape, probe)
        if self._fallback_supplier:
            yield self._supplier(self._fallback_supplier)

    def probe(self) -> Answer[None]:
        """Whether IFS answers the first thing that is asked of it."""
        return self._accounts.probe()

    def _company(self) -> Check:
        company = self._config.company
        told = self._accounts.seen(company)
        detail = f"GL accounts of company {company} are shown" if told.value else _failure(told)
        return Check("company", passed=bool(told.value), detail=detail)

    def _projections(self, catalogue: set[str]) -> Iterator[Check]:
        names = self._config.names
        sets = [names.accounts, names.suppliers if self._fallback_supplier else ""]
        wanted = [one.split("/")[0] for one in sets if one]
        wanted += [shape.names.projection for shape, _ in self._kinds]
        for name in dict.fromkeys(wanted):
            if name in catalogue:
                yield Check(f"projection {name}", passed=True)
                continue
            alike = ", ".join(_alike(name, catalogue)) or "none has a similar name"
            detail = f"the catalogue has none of that name ({alike}); name it in [ifs.profile]"
            yield Check(f"projection {name}", passed=False, detail=detail)

    def _batches(self) -> Check:
        """Whether the answer to a failed request is followed by those to the others."""
        projection, accounts = self._config.names.accounts.split("/")
        nobody = accounts + literals.key({"Company": self._config.company, "Account": "?"})
        told = self._odata.read_all(projection, [nobody, f"{accounts}?$top=1"])
        failed = next((answer for answer in told if answer.value is None), None)
        if failed is None:
            return Check("$batch", passed=True, detail="goes on after a failed request")
        detail = f"{_failure(failed)}; set batch_size = 1 if it ends at the first failed request"
        return Check("$batch", passed=False, detail=detail)

    def _documents(self, shape: Shape, probe: Probe) -> Iterator[Check]:
        names = shape.names
        told = probe.ask(fresh=True)
        if told.value is None:
            yield Check(f"{names.head_set} fields", passed=False, detail=_failure(told))
            return
        offer = told.value
        dimensions = [Need(name) for name in self._dimensions if name != "Account"]
        wrong = [
            *faults(offer.head, shape.head_needs()),
            *faults(offer.line, [*shape.line_needs(), *dimensions]),
        ]
        detail = "; ".join(wrong) or f"{offer.head.name} and {offer.line.name} have what is used"
        if wrong:
            detail += "; mend [ifs.profile] or [mapping.dimensions]"
        yield Check(f"{names.head_set} fields", passed=not wrong, detail=detail)
        yield self._search(shape, names)

    def _search(self, shape: Shape, names: DocumentNames) -> Check:
        """Whether documents can be found by our number, without which none may be written."""
        nobody: Any = _Numbered("BX0000000000000000ZZZZ")
        told = self._odata.rows(
            names.projection, names.head_set, key=list(shape.keys), condition=shape.search([nobody])
        )
        detail = _failure(told)
        if told.value is not None:
            return Check(f"{names.head_set} search", passed=True, detail="finds by our number")
        mend = "choose another field for our number in [ifs.profile]"
        return Check(f"{names.head_set} search", passed=False, detail=f"{detail}; {mend}")

    def _supplier(self, supplier: str) -> Check:
        key = (self._config.company, supplier)
        told = self._suppliers.active([key])[key]
        passed = told.outcome is Outcome.DONE
        detail = f"{supplier} may invoice company {key[0]}"
        if not passed:
            detail = f"{_failure(told)}; mend it in IFS, or change mapping.supplier_fallback"
        return Check("fallback supplier", passed=passed, detail=detail)


class _Numbered:
    """A document of which only the number counts."""

    def __init__(self, number: str) -> None:
        self.number = number


def faults(entity: EntityType, needs: Sequence[Need]) -> Iterator[str]:
    """What a type lacks of what is needed: a field, the right type, length."""
    for need in needs:
        known = entity.properties.get(need.field)
        if known is None:
            yield f"{entity.name} has no {need.field}"
        elif need.types and known.type not in need.types:
            yield f"{need.field} of {entity.name} is {known.type} and not {' or '.join(need.types)}"
        elif _is_short(known, need):
            yield (
                f"{need.field} of {entity.name} is too short: {known.length} characters, "
                f"{need.length} are needed"
            )


def _is_short(known: Property, need: Need) -> bool:
    return known.length is not None and known.length < need.length


def _alike(name: str, catalogue: set[str]) -> list[str]:
    """Projections that share a longer word with a name."""
    words = {word for word in re.findall(r"[A-Z][a-z]+", name) if word != "Handling"}
    return sorted(one for one in catalogue if words & set(re.findall(r"[A-Z][a-z]+", one)))[:8]


def _failure(answer: Answer[Any]) -> str:
    """What went wrong, and what mends it where that is known."""
    text = answer.message or answer.code or "IFS did not answer"
    return f"{text}: {_HELP[answer.code]}" if _HELP.get(answer.code) else text
