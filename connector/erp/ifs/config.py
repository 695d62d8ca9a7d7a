"""The `[ifs]` section of a connection, read into one frozen value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from connector.domain.master_data import Kind
from connector.erp.ifs.names import DocumentNames, Names
from connector.erp.ifs.register_names import REGISTERS, RegisterNames
from connector.erp.section import SectionReader
from connector.errors import ConfigurationError
from connector.http.address import checked_base_url
from connector.secret import Secret

#: The names under which secrets are stored.
CLIENT_SECRET, PASSWORD = "ifs.client_secret", "ifs.password"

REQUESTS_PER_MINUTE = 1000

#: Every key of the section.
SETTINGS = frozenset(
    {
        "base_url",
        "token_url",
        "client_id",
        "client_secret",
        "grant",
        "username",
        "password",
        "company",
        "target",
        "root",
        "if_match_on_create",
        "settling_seconds",
        "timeout_seconds",
        "requests_per_minute",
        "batch_size",
        "profile",
    }
)
#: Every key of `[ifs.profile]`, and of the tables in it that name documents.
PROFILE = frozenset({one.name for one in fields(Names)})
DOCUMENT = frozenset({one.name for one in fields(DocumentNames)})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SET = re.compile(r"[A-Za-z_]\w*/[A-Za-z_]\w*", re.ASCII)


class Target(StrEnum):
    """What a supplier invoice becomes in IFS. Entries of the ledger are manual vouchers anyway."""

    #: A supplier invoice with a posting proposal, which people authorise and post.
    POSTING_PROPOSAL = "posting_proposal"
    #: Nothing: spend is posted as entries of the general ledger alone.
    MANUAL_VOUCHER = "manual_voucher"


class Grant(StrEnum):
    """How the IAM client asks for a token."""

    CLIENT_CREDENTIALS = "client_credentials"
    #: The client with a user's name and password.
    PASSWORD = "password"  # noqa: S105 - the name of a grant


class OnCreate(StrEnum):
    """What a POST that creates something carries in If-Match. OData needs nothing there."""

    NONE = "none"
    #: The ETag of the GL account that a line is posted to.
    PARENT_ETAG = "parent_etag"
    ANY = "*"


class Root(StrEnum):
    """The gateway of IFS that is called: they differ in time limits and in protection from CSRF."""

    MAIN = "main"
    INT = "int"


@dataclass(frozen=True, slots=True)
class IfsConfig:
    """How one connection uses IFS Cloud.

    `timeout_s` is a little above what each statement is given by `Prefer: wait`.
    """

    base_url: str
    token_url: str
    client_id: str
    client_secret: Secret
    company: str
    target: Target = Target.POSTING_PROPOSAL
    grant: Grant = Grant.CLIENT_CREDENTIALS
    username: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    root: Root = Root.MAIN
    on_create: OnCreate = OnCreate.NONE
    settle_s: float = 90.0
    timeout_s: float = 70.0
    requests_per_minute: int = REQUESTS_PER_MINUTE
    batch_size: int = 50
    names: Names = field(default_factory=Names)


def read_config(
    section: Mapping[str, Any], secrets: Mapping[str, Secret], *, allow_http: bool
) -> IfsConfig:
    """The section with its secrets; raises ConfigurationError naming everything that is wrong."""
    reader = SectionReader("ifs", section)
    grant = reader.choice("grant", Grant.CLIENT_CREDENTIALS)
    if CLIENT_SECRET not in secrets:
        reader.fault("client_secret", "is missing; give that of the IAM client")
    if grant is Grant.PASSWORD and PASSWORD not in secrets:
        reader.fault("password", 'is missing; grant = "password" needs it')
    config = IfsConfig(
        base_url=_address(reader, "base_url", allow_http=allow_http),
        token_url=_address(reader, "token_url", allow_http=allow_http),
        client_id=reader.words("client_id"),
        client_secret=secrets.get(CLIENT_SECRET, Secret("")),
        company=reader.words("company"),
        target=reader.choice("target", Target.POSTING_PROPOSAL),
        grant=grant,
        username=reader.words("username") if grant is Grant.PASSWORD else "",
        password=secrets.get(PASSWORD, Secret("")),
        root=reader.choice("root", Root.MAIN),
        on_create=reader.choice("if_match_on_create", OnCreate.NONE),
        settle_s=reader.seconds("settling_seconds", 90, 0, 86400),
        timeout_s=reader.seconds("timeout_seconds", 70, 1, 300),
        requests_per_minute=reader.number("requests_per_minute", REQUESTS_PER_MINUTE, 1, 100_000),
        batch_size=reader.number("batch_size", 50, 1, 200),
        names=_names(reader.table("profile", PROFILE)),
    )
    reader.close(SETTINGS)
    if reader.faults:
        raise ConfigurationError("connection", reader.faults)
    return config


def _address(reader: SectionReader, name: str, *, allow_http: bool) -> str:
    url = reader.words(name)
    try:
        return checked_base_url(name, url, allow_http=allow_http) if url else ""
    except ConfigurationError as error:
        for fault in error.faults:
            reader.fault(name, fault)
        return ""


def _names(reader: SectionReader) -> Names:
    names = Names()

    def set_of(name: str, known: str) -> str:
        return reader.matching(name, known, _SET, '"Projection/Set"')

    return Names(
        posting_proposal=_document(reader, "posting_proposal", names.posting_proposal),
        manual_voucher=_document(reader, "manual_voucher", names.manual_voucher),
        accounts=set_of("accounts", names.accounts),
        suppliers=set_of("suppliers", names.suppliers),
        supplier_companies=_name(reader, "supplier_companies", names.supplier_companies),
        ledger=set_of("ledger", names.ledger),
        registers=_registers(reader.table("registers", frozenset(names.registers))),
        account_fields=_pairs(reader, "account_fields", names.account_fields),
    )


def _registers(reader: SectionReader) -> Mapping[Kind, RegisterNames]:
    read = {}
    for kind, names in REGISTERS.items():
        table = reader.table(kind, frozenset({"set", *names.fields}))
        path = table.matching("set", names.path, _SET, '"Projection/Set"')
        read[kind] = RegisterNames(
            path,
            {role: _name(table, role, known) for role, known in names.fields.items()},
        )
    return read


def _document(profile: SectionReader, name: str, names: DocumentNames) -> DocumentNames:
    reader = profile.table(name, DOCUMENT)
    return DocumentNames(
        projection=_name(reader, "projection", names.projection),
        head_set=_name(reader, "head_set", names.head_set),
        lines=_name(reader, "lines", names.lines),
        fields=_pairs(reader, "fields", names.fields),
        line_fields=_pairs(reader, "line_fields", names.line_fields),
        constants=_constants(reader, names.constants),
    )


def _name(reader: SectionReader, name: str, known: str) -> str:
    return reader.matching(name, known, _NAME, "the name of a set, array or field in IFS")


def _pairs(reader: SectionReader, name: str, defaults: Mapping[str, str]) -> Mapping[str, str]:
    """Field names by role; only the roles that there are may be given another."""
    table = reader.table(name, frozenset(defaults))
    return {role: _name(table, role, known) for role, known in defaults.items()}


def _constants(reader: SectionReader, defaults: Mapping[str, str]) -> Mapping[str, str]:
    """Values of further fields; an empty one takes a default away."""
    table = reader.table("constants", None)
    given = {name: table.words(name, blank=True) for name in table.keys}
    return {name: value for name, value in {**defaults, **given}.items() if value}
