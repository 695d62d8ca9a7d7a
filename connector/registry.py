"""The ERPs that there are. A new one is a folder under `connector.erp` and an entry here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast

from connector.domain.bookkeeping import INVOICES, RULES, Policy, policy_of
from connector.domain.connections import Connection, MappingConfig
from connector.domain.documents import DocumentKind
from connector.http.health import Health
from connector.http.tokens import Tokens
from connector.ports import Erp, RateBudget, TokenStore
from connector.secret import Secret


class ErpFactory(Protocol):
    """What each ERP folder's `factory` module offers."""

    def build(
        self,
        connection: Connection,
        secrets: Mapping[str, Secret],
        *,
        tokens: Tokens,
        budget: RateBudget,
        health: Health,
        allow_http: bool,
    ) -> Erp:
        """The adapter of a connection."""
        ...

    def token_source(
        self,
        connection: Connection,
        secrets: Mapping[str, Secret],
        *,
        store: TokenStore,
        allow_http: bool,
    ) -> Tokens:
        """Where the adapter gets its access token from."""
        ...

    def faults(
        self, section: Mapping[str, Any], secrets: Mapping[str, Secret], *, allow_http: bool
    ) -> Iterable[str]:
        """Everything that is wrong with the ERP's section of a connection file."""
        ...

    def kinds(self, section: Mapping[str, Any]) -> frozenset[DocumentKind]:
        """The kinds of document that the ERP takes with such a section."""
        ...

    def default_company(self, section: Mapping[str, Any]) -> Mapping[str, str]:
        """The company of records that no rule routes elsewhere, in the ERP's order of keys."""
        ...

    def requests_per_minute(self, section: Mapping[str, Any]) -> int:
        """The request budget of the connection at this ERP."""
        ...


@dataclass(frozen=True, slots=True)
class ErpEntry:
    """One ERP: the section of the connection file, and the dimension of the GL account."""

    section: str
    dimension_of_gl: str
    factory_module: str

    def mapping_faults(self, section: Mapping[str, Any], mapping: MappingConfig) -> Iterator[str]:
        """What of a mapping the ERP cannot have, beginning with the key path."""
        if DocumentKind.SUPPLIER_INVOICE not in self.factory.kinds(section):
            yield from (
                f'mapping.types.{name} is "{policy}", and [{self.section}] takes no invoices; '
                f'write "{Policy.JOURNAL}"'
                for name in RULES
                if (policy := policy_of(name, mapping.types)) in INVOICES
            )
        if self.dimension_of_gl in dict(mapping.dimensions):
            name = f"mapping.dimensions.{self.dimension_of_gl}"
            yield f"{name} is the dimension of the GL account already; leave it out"
        yield from self._company_faults(section, mapping)

    def _company_faults(self, section: Mapping[str, Any], mapping: MappingConfig) -> Iterator[str]:
        try:
            keys = list(self.factory.default_company(section))
        except KeyError:
            return  # the section's own fault, which is told
        for name, company in mapping.company.values.items() if mapping.company else ():
            if set(company) != set(keys):
                have = f"has {', '.join(company)}; a company has exactly {', '.join(keys)}"
                yield f"mapping.company.values.{name} {have}"

    @property
    def factory(self) -> ErpFactory:
        """The ERP's factory; its folder is imported when it is first needed."""
        return cast("ErpFactory", import_module(self.factory_module))


ERPS: dict[str, ErpEntry] = {
    "infor-m3": ErpEntry("infor", "AIT1", "connector.erp.infor.factory"),
    "ifs-cloud": ErpEntry("ifs", "Account", "connector.erp.ifs.factory"),
}
