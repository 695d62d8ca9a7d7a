"""Puts the adapter of a connection together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from connector.domain.connections import Connection, MappingConfig
from connector.domain.documents import DocumentKind
from connector.erp.infor import ionapi as ionapi_file
from connector.erp.infor.acknowledgements import Acknowledgements
from connector.erp.infor.adapter import InforM3, connect_s
from connector.erp.infor.aps100 import Aps100
from connector.erp.infor.aps450 import Aps450
from connector.erp.infor.aps450_reader import BatchReader
from connector.erp.infor.bod_profile import Bod
from connector.erp.infor.checks import Checks
from connector.erp.infor.config import (
    IONAPI_SECRET,
    REQUESTS_PER_MINUTE,
    BodAnswers,
    BodReads,
    InforConfig,
    InvoiceProgram,
    Route,
    read_config,
)
from connector.erp.infor.document_reader import document_reader
from connector.erp.infor.gls840 import Gls840
from connector.erp.infor.ims import Ims
from connector.erp.infor.ionapi import Ionapi
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.payees import Payees
from connector.erp.infor.periods import Periods
from connector.erp.infor.prechecks import PreChecks
from connector.erp.infor.probe import Probe
from connector.erp.infor.profile import Profile
from connector.erp.infor.read_only import ReadOnlyM3
from connector.erp.infor.registers import Registers
from connector.erp.infor.tokens import token_grant
from connector.errors import ConfigurationError
from connector.http.health import Health
from connector.http.peer import Peer, both_clients
from connector.http.tokens import Tokens, TokenSource
from connector.ports import RateBudget, TokenStore
from connector.secret import Secret

PEER = "infor"
#: The dimension that carries the GL account.
ACCOUNT = "AIT1"


def build(
    connection: Connection,
    secrets: Mapping[str, Secret],
    *,
    tokens: Tokens,
    budget: RateBudget,
    health: Health,
    allow_http: bool,
) -> InforM3:
    """The adapter of a connection; connects to nothing yet.

    It remembers payees and what the release offers: keep it for the life of a process.
    Raises ConfigurationError.
    """
    config, ionapi = _read(connection, secrets, allow_http=allow_http)
    peer, reading = both_clients(
        PEER,
        ionapi.base_url,
        tokens=tokens,
        budget=budget,
        health=health,
        allow_http=allow_http,
        connect_s=connect_s(config),
        read_s=config.timeout_s,
    )
    api = M3Api(peer, ionapi.execute_path, bulk_size=config.bulk_size)
    company = Company(config.cono, config.divi)
    payees = Payees(api)
    periods = Periods(api)
    invoices = (
        _invoices_by_ion(api, config, payees, peer, ionapi)
        if config.route is Route.BOD
        else _invoices(api, config, company, payees)
    )
    profiles: dict[DocumentKind, Profile] = {
        DocumentKind.SUPPLIER_INVOICE: invoices,
        DocumentKind.GL_ENTRY: Gls840(api, config),
    }
    used = [
        profile
        for kind, profile in profiles.items()
        if kind is not DocumentKind.GL_ENTRY or config.journal.interface
    ]
    mapped = tuple(name for name, _ in connection.mapping.dimensions)
    checks = Checks(
        api,
        company,
        used,
        dimensions=tuple(dict.fromkeys((ACCOUNT, *mapped))),
        fallback_supplier=connection.mapping.supplier_fallback,
        asks_m3=config.route is Route.M3API or config.bod.reads is BodReads.API,
    )
    companies = _companies(company, connection.mapping)
    return InforM3(
        config,
        profiles,
        checks,
        PreChecks(api, payees, periods),
        periods,
        registers=Registers(api, companies, config.rate_type, today=_today),
        ledger=document_reader(
            ReadOnlyM3(reading, ionapi.execute_path, bulk_size=config.bulk_size),
            config,
            companies,
            list(connection.mapping.offset_accounts.values()),
        ),
    )


def token_source(
    connection: Connection,
    secrets: Mapping[str, Secret],
    *,
    store: TokenStore,
    allow_http: bool,
) -> TokenSource:
    """Where the adapter gets its access token from. Raises ConfigurationError."""
    config, ionapi = _read(connection, secrets, allow_http=allow_http)
    return TokenSource(store, token_grant(ionapi, config.grant, allow_http=allow_http))


def faults(
    section: Mapping[str, Any], secrets: Mapping[str, Secret], *, allow_http: bool
) -> list[str]:
    """Everything that is wrong with the section and the .ionapi file, beginning with the key."""
    found = []
    try:
        read_config(section, secrets)
    except ConfigurationError as error:
        found += error.faults
    try:
        if IONAPI_SECRET in secrets:
            ionapi_file.load(secrets[IONAPI_SECRET], allow_http=allow_http)
    except ConfigurationError as error:
        found += error.faults
    return found


def kinds(section: Mapping[str, Any]) -> frozenset[DocumentKind]:
    """All: what a connection has no program for, `check` says of each document."""
    del section
    return frozenset(DocumentKind)


def default_company(section: Mapping[str, Any]) -> dict[str, str]:
    """CONO and DIVI of records that no rule routes elsewhere."""
    return {"cono": str(section["cono"]), "divi": str(section.get("divi", ""))}


def requests_per_minute(section: Mapping[str, Any]) -> int:
    """The request budget of the connection at ION API."""
    return int(section.get("requests_per_minute", REQUESTS_PER_MINUTE))


def _companies(company: Company, mapping: MappingConfig) -> list[Company]:
    """Every company that records may go to."""
    routed = mapping.company.values.values() if mapping.company else ()
    return [company, *(Company.named(tuple(one.items())) for one in routed)]


def _today() -> date:
    return datetime.now(UTC).date()


def _invoices(api: M3Api, config: InforConfig, company: Company, payees: Payees) -> Profile:
    if config.invoice_program is InvoiceProgram.APS100MI:
        return Aps100(api, payees, config)
    return Aps450(api, payees, Probe(api, config.invoice_program.value, company), config)


def _invoices_by_ion(
    api: M3Api, config: InforConfig, payees: Payees, peer: Peer, ionapi: Ionapi
) -> Profile:
    reads, asks = config.bod.reads is BodReads.API, config.bod.answers is BodAnswers.DATALAKE
    return Bod(
        config,
        ionapi.tenant,
        Ims(peer, ionapi, config.bod.logical_id),
        payees,
        reader=BatchReader(api, payees, unmarked_is_ours=True) if reads else None,
        answers=Acknowledgements(peer, ionapi) if asks else None,
    )


def _read(
    connection: Connection, secrets: Mapping[str, Secret], *, allow_http: bool
) -> tuple[InforConfig, Ionapi]:
    config = read_config(connection.erp_config, secrets)
    return config, ionapi_file.load(config.ionapi, allow_http=allow_http)
