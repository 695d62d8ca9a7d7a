"""Puts the adapter of a connection together."""

from __future__ import annotations

from collections.abc import Mapping

from connector.domain.connections import Connection
from connector.erp.infor import ionapi as ionapi_file
from connector.erp.infor.adapter import InforM3, connect_s
from connector.erp.infor.aps100 import Aps100
from connector.erp.infor.aps450 import Aps450
from connector.erp.infor.checks import Checks
from connector.erp.infor.config import InforConfig, InvoiceProgram, read_config
from connector.erp.infor.ionapi import Ionapi
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.payees import Payees
from connector.erp.infor.probe import Probe
from connector.erp.infor.profile import DraftProfile, Profile
from connector.erp.infor.tokens import token_grant
from connector.http.peer import Peer
from connector.http.tokens import TokenSource
from connector.ports import RateBudget, TokenStore
from connector.secret import Secret

PEER = "infor"
#: The dimension that carries the GL account.
ACCOUNT = "AIT1"


def build(
    connection: Connection,
    secrets: Mapping[str, Secret],
    *,
    token_store: TokenStore,
    budget: RateBudget,
    allow_http: bool,
) -> InforM3:
    """The adapter of a connection; connects to nothing yet.

    It remembers payees and what the release offers: keep it for the life of a process.
    Raises ConfigurationError.
    """
    config, ionapi = _read(connection, secrets, allow_http=allow_http)
    peer = Peer(
        PEER,
        ionapi.base_url,
        tokens=_tokens(config, ionapi, token_store, allow_http=allow_http),
        budget=budget,
        allow_http=allow_http,
        connect_s=connect_s(config),
        read_s=config.timeout_s,
    )
    api = M3Api(peer, ionapi.execute_path, bulk_size=config.bulk_size)
    company = Company(config.cono, config.divi)
    payees = Payees(api)
    probe: Probe | None = None
    drafts: DraftProfile | None = None
    profile: Profile
    if config.invoice_program is InvoiceProgram.APS450MI:
        probe = Probe(api, config.invoice_program.value, company)
        profile = drafts = Aps450(api, payees, probe)
    else:
        profile = Aps100(api, payees)
    mapped = tuple(name for name, _ in connection.mapping.dimensions)
    checks = Checks(
        api,
        company,
        profile,
        probe,
        dimensions=tuple(dict.fromkeys((ACCOUNT, *mapped))),
        fallback_supplier=connection.mapping.supplier_fallback,
    )
    return InforM3(config, profile, drafts, checks)


def token_source(
    connection: Connection,
    secrets: Mapping[str, Secret],
    *,
    token_store: TokenStore,
    allow_http: bool,
) -> TokenSource:
    """The tokens of a connection alone, so that beat can renew them ahead of need."""
    config, ionapi = _read(connection, secrets, allow_http=allow_http)
    return _tokens(config, ionapi, token_store, allow_http=allow_http)


def _read(
    connection: Connection, secrets: Mapping[str, Secret], *, allow_http: bool
) -> tuple[InforConfig, Ionapi]:
    config = read_config(connection.erp_config, secrets)
    return config, ionapi_file.load(config.ionapi, allow_http=allow_http)


def _tokens(
    config: InforConfig, ionapi: Ionapi, store: TokenStore, *, allow_http: bool
) -> TokenSource:
    return TokenSource(store, token_grant(ionapi, config.grant, allow_http=allow_http))
