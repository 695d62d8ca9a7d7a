"""Puts the adapter of a connection together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.domain.bookkeeping import RULES, Policy, policy_of
from connector.domain.connections import Connection, MappingConfig
from connector.domain.documents import DocumentKind
from connector.erp.ifs.accounts import Accounts
from connector.erp.ifs.adapter import IfsCloud, connect_s
from connector.erp.ifs.checks import Checks
from connector.erp.ifs.config import REQUESTS_PER_MINUTE, IfsConfig, Target, read_config
from connector.erp.ifs.document_reader import document_reader
from connector.erp.ifs.documents import Documents, Reader
from connector.erp.ifs.heads import Heads
from connector.erp.ifs.ledger import HoldAndLedger
from connector.erp.ifs.odata import OData
from connector.erp.ifs.prechecks import PreChecks
from connector.erp.ifs.probe import Probe
from connector.erp.ifs.proposals import Proposals
from connector.erp.ifs.read_only import ReadOnlyOData
from connector.erp.ifs.registers import Registers
from connector.erp.ifs.shape import Shape
from connector.erp.ifs.suppliers import Suppliers
from connector.erp.ifs.tokens import token_grant
from connector.erp.ifs.vouchers import Vouchers
from connector.erp.ifs.writing import Writing
from connector.errors import ConfigurationError
from connector.http.health import Health
from connector.http.peer import both_clients
from connector.http.tokens import Tokens, TokenSource
from connector.ports import RateBudget, TokenStore
from connector.secret import Secret

PEER = "ifs"
#: A statement is given this much less than our patience, so that IFS is the one to give up.
_MARGIN_S = 10.0


def build(
    connection: Connection,
    secrets: Mapping[str, Secret],
    *,
    tokens: Tokens,
    budget: RateBudget,
    health: Health,
    allow_http: bool,
) -> IfsCloud:
    """The adapter of a connection; connects to nothing yet.

    It remembers suppliers and what projections offer: keep it for the life of a process.
    Raises ConfigurationError.
    """
    config = read_config(connection.erp_config, secrets, allow_http=allow_http)
    peer, reading = both_clients(
        PEER,
        config.base_url,
        tokens=tokens,
        budget=budget,
        health=health,
        allow_http=allow_http,
        connect_s=connect_s(config),
        read_s=config.timeout_s,
    )
    wait_s = max(1.0, config.timeout_s - _MARGIN_S)
    odata = OData(peer, config.root.value, wait_s=wait_s, batch_size=config.batch_size)
    read_only = ReadOnlyOData(
        reading, config.root.value, wait_s=wait_s, batch_size=config.batch_size
    )
    accounts, suppliers = Accounts(odata, config.names), Suppliers(odata, config.names)
    parts = _Parts(config, odata, accounts, suppliers)
    vouchers = Vouchers(config.names.manual_voucher)
    made = {DocumentKind.GL_ENTRY: parts.vouchers(vouchers)}
    shapes: list[tuple[Shape, Probe]] = []
    if config.target is Target.POSTING_PROPOSAL:
        proposals = Proposals(config.names.posting_proposal)
        made[DocumentKind.SUPPLIER_INVOICE] = parts.proposals(proposals)
        shapes.append((proposals, parts.probe_of(proposals)))
    if _makes_entries(connection.mapping) or config.target is Target.MANUAL_VOUCHER:
        shapes.append((vouchers, parts.probe_of(vouchers)))
    checks = Checks(
        odata,
        config,
        accounts,
        suppliers,
        shapes,
        dimensions=[name for name, _ in connection.mapping.dimensions],
        fallback_supplier=connection.mapping.supplier_fallback,
    )
    routed = connection.mapping.company.values.values() if connection.mapping.company else ()
    companies = [config.company, *(one["company"] for one in routed)]
    offsets = list(connection.mapping.offset_accounts.values())
    return IfsCloud(
        config,
        made,
        checks,
        PreChecks(accounts, suppliers),
        registers=Registers(odata, config.names.registers, companies),
        ledger=document_reader(read_only, config, companies, offsets),
    )


def token_source(
    connection: Connection,
    secrets: Mapping[str, Secret],
    *,
    store: TokenStore,
    allow_http: bool,
) -> TokenSource:
    """Where the adapter gets its access token from. Raises ConfigurationError."""
    config = read_config(connection.erp_config, secrets, allow_http=allow_http)
    return TokenSource(store, token_grant(config, allow_http=allow_http))


def faults(
    section: Mapping[str, Any], secrets: Mapping[str, Secret], *, allow_http: bool
) -> list[str]:
    """Everything that is wrong with the section, beginning with the key."""
    try:
        read_config(section, secrets, allow_http=allow_http)
    except ConfigurationError as error:
        return error.faults
    return []


def kinds(section: Mapping[str, Any]) -> frozenset[DocumentKind]:
    """Entries alone with `target = "manual_voucher"`, else invoices too."""
    if section.get("target") == Target.MANUAL_VOUCHER:
        return frozenset({DocumentKind.GL_ENTRY})
    return frozenset(DocumentKind)


def default_company(section: Mapping[str, Any]) -> dict[str, str]:
    """The company of records that no rule routes elsewhere."""
    return {"company": str(section["company"])}


def requests_per_minute(section: Mapping[str, Any]) -> int:
    """The request budget of the connection at IFS."""
    return int(section.get("requests_per_minute", REQUESTS_PER_MINUTE))


class _Parts:
    """What documents of either kind are made of."""

    def __init__(
        self, config: IfsConfig, odata: OData, accounts: Accounts, suppliers: Suppliers
    ) -> None:
        self._config = config
        self._odata = odata
        self._accounts = accounts
        self._suppliers = suppliers
        self._probes: dict[DocumentKind, Probe] = {}

    def probe_of(self, shape: Shape) -> Probe:
        """The one probe of a shape."""
        return self._probes.setdefault(shape.kind, Probe(self._odata, shape.names))

    def proposals(self, shape: Proposals) -> Documents:
        heads = self._heads(shape)
        return self._documents(shape, heads, heads, self._suppliers)

    def vouchers(self, shape: Vouchers) -> Documents:
        heads = self._heads(shape)
        both = HoldAndLedger(self._odata, shape, heads, self._config.names.ledger)
        return self._documents(shape, heads, both, None)

    def _heads(self, shape: Shape) -> Heads:
        return Heads(self._odata, shape, self.probe_of(shape), self._accounts)

    def _documents(
        self, shape: Shape, heads: Heads, reader: Reader, suppliers: Suppliers | None
    ) -> Documents:
        writing = Writing(self._odata, shape, self._accounts, self._config.on_create)
        return Documents(
            shape,
            self.probe_of(shape),
            heads=heads,
            reader=reader,
            writing=writing,
            suppliers=suppliers,
        )


def _makes_entries(mapping: MappingConfig) -> bool:
    policies = {policy_of(name, mapping.types) for name in RULES}
    return bool(policies & {Policy.JOURNAL, Policy.INVOICE_AND_JOURNAL})
