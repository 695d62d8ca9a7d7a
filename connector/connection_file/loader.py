"""Reads a connection file: a whole connection, or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector.connection_file import rules
from connector.connection_file.brex_section import read_brex
from connector.connection_file.console_section import read_console
from connector.connection_file.erp_section import read_erp
from connector.connection_file.mapping_section import read_mapping
from connector.connection_file.posting_section import read_posting
from connector.connection_file.references import References
from connector.connection_file.section import Reading, Section
from connector.connection_file.sync_section import read_sync
from connector.connection_file.toml_text import read_toml
from connector.domain.connections import BrexConfig, MappingConfig
from connector.domain.desk import ConsoleConfig
from connector.domain.limits import PostingConfig
from connector.domain.sync import SyncConfig
from connector.errors import ConfigurationError
from connector.secret import Secret


@dataclass(frozen=True, slots=True)
class LoadedConnection:
    """What a file says. `erp_config` is the ERP's own section; `secrets` go by their key paths.

    Names of secrets: `brex.token` or `brex.oauth.client_secret` and `brex.oauth.refresh_token`,
    `brex.webhook_secrets.0` and on, and those of the ERP's section (`infor.ionapi`,
    `ifs.client_secret`).
    """

    name: str
    erp: str
    brex: BrexConfig
    mapping: MappingConfig
    erp_config: dict[str, Any]
    posting: PostingConfig
    console: ConsoleConfig
    sync: SyncConfig
    secrets: dict[str, Secret]


#: An ERP adapter's own check: a fault each, beginning with the key path (`infor.cono is …`).
ErpCheck = Callable[[LoadedConnection], Iterable[str]]


def load(
    path: Path,
    environ: Mapping[str, str],
    *,
    erp_sections: Mapping[str, str],
    allow_http: bool = False,
    check_erp: ErpCheck | None = None,
) -> LoadedConnection:
    """Read the file and every reference in it. `erp_sections` pairs an ERP with its section.

    `check_erp` is asked once the ERP and its section are there, whatever else is wrong, so that
    its faults are told with the others. Raises one ConfigurationError with all faults, none of
    which holds any part of a secret.
    """
    reading = Reading(References(path.absolute().parent, environ), allow_http)
    top = Section(read_toml(path).table, (), reading)
    loaded, complete = _read(top, erp_sections)
    faults = [fault.text for fault in reading.faults]
    if complete and check_erp is not None:
        faults.extend(check_erp(loaded))
    if faults:
        raise ConfigurationError(path.name, faults)
    return loaded


def _read(top: Section, erp_sections: Mapping[str, str]) -> tuple[LoadedConnection, bool]:
    name = top.text("name", rules.connection_name, example='"acme-m3"')
    example = f'"{next(iter(erp_sections), "")}"'
    erp = top.text("erp", rules.one_of(erp_sections), example=example)
    brex = top.section("brex", example="[brex]")
    section = _erp_section(top, erp, erp_sections)
    mapping = top.section("mapping", example="[mapping]")
    posting = read_posting(top)
    console = read_console(top)
    sync = read_sync(top)
    top.close()
    nothing = Reading(top.reading.references, allow_http=False)
    loaded = LoadedConnection(
        name=name,
        erp=erp,
        brex=read_brex(brex or Section({}, ("brex",), nothing)),
        mapping=read_mapping(mapping or Section({}, ("mapping",), nothing)),
        erp_config={} if section is None else read_erp(section),
        posting=posting,
        console=console,
        sync=sync,
        secrets=top.reading.secrets,
    )
    return loaded, section is not None


def _erp_section(top: Section, erp: str, erp_sections: Mapping[str, str]) -> Section | None:
    for other, section in erp_sections.items():
        if section in top.table and other != erp:
            top.known.append(section)
            if erp:
                mend = f'take it out, or write erp = "{other}"'
                top.fault(section, f"is the section of another ERP; {mend}")
    if not erp:
        return None
    return top.section(erp_sections[erp], example=f"[{erp_sections[erp]}]")
