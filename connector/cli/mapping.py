"""`mapping …`: the mapping of a connection as a file, in versions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connector.cli.connections import known
from connector.cli.desk_rules import demand_rules, drop_rules
from connector.cli.output import json_option, print_json, print_table
from connector.cli.parameters import Day, Line, first_moment
from connector.cli.session import session
from connector.errors import RefusedError

if TYPE_CHECKING:
    from connector.bootstrap import Application
    from connector.connection_file.differences import Difference
    from connector.domain.connections import MappingConfig
    from connector.store.connections import StoredConnection
    from connector.store.mapping_versions import MappingVersion

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_COLUMNS = ("setting", "in force", "in the file")


@click.group()
def mapping() -> None:
    """The mapping of a connection, as a TOML file with a [mapping] section.

    Each that is applied is a version; what a connection was added with is the first.
    """


@mapping.command()
@click.argument("connection", type=Line())
@click.argument("file", type=_FILE)
def check(*, connection: str, file: Path) -> None:
    """Name everything that is wrong with a FILE, each fault with its line."""
    with session() as application:
        stored = known(application, connection)
        told = _differences(stored, _read(file, stored))
    click.echo(f"{file.name} can be applied: {_changes(told)}")


@mapping.command()
@click.argument("connection", type=Line())
@click.argument("file", type=_FILE)
@json_option
def diff(*, connection: str, file: Path, as_json: bool) -> None:
    """Show every setting of a FILE that differs from the version in force."""
    with session() as application:
        stored = known(application, connection)
        told = _differences(stored, _read(file, stored))
    if as_json:
        settings = [{"setting": one.setting, "old": one.old, "new": one.new} for one in told]
        print_json(
            {"connection": connection, "version": stored.mapping_version, "differences": settings}
        )
    else:
        _print_differences(told)


@mapping.command()
@click.argument("connection", type=Line())
@click.argument("file", type=_FILE)
@click.option("--since", required=True, type=Day(), help="First day, as 2026-06-01.")
@json_option
def replay(*, connection: str, file: Path, since: date, as_json: bool) -> None:
    """Show every line that a FILE would have made otherwise, of records taken in since a day.

    Nothing is asked of Brex or the ERP, and no document changes.
    """
    from connector.store.past import Past
    from connector.usecases.replay_mapping import replay_mapping

    with session() as application:
        stored = known(application, connection)
        config = _read(file, stored)
        wired = application.wired(connection)
        past = Past(application.database, stored.id)
        replayed = replay_mapping(
            past.since(first_moment(since, config.time_zone)),
            wired.rules(config),
            source=wired.source,
            entities=wired.entities,
            suppliers=wired.suppliers,
            erp=wired.erp,
        )
        counted = 0
        changed = []
        for one in replayed:
            counted += 1
            if one.changes:
                changed.append(one)
    if as_json:
        shown = {"since": since, "records": counted, "changed": [asdict(one) for one in changed]}
        print_json({"connection": connection, **shown})
        return
    for one in changed:
        rows = [(change.place, change.old or "-", change.new or "-") for change in one.changes]
        print_table(("", "as it is", "by the file"), rows, f"{one.record_id} ({one.status})")
    click.echo(f"{len(changed)} of {counted} records would be otherwise.")


@mapping.command("apply")
@click.argument("connection", type=Line())
@click.argument("file", type=_FILE)
@drop_rules
def apply_file(*, connection: str, file: Path, drop: bool) -> None:
    """Put the mapping of a FILE in force, as the next version.

    Records that are mapped from then on go by it; what was mapped before stays as it is.
    """
    with session() as application:
        stored = known(application, connection)
        config = _read(file, stored)
        if not drop:
            demand_rules(application, stored, config)
        version = _versions(application, stored).apply(config, stored.mapping_version)
    if version is None:
        raise RefusedError(f"somebody changed the mapping of {connection} meanwhile: look again")
    if version == stored.mapping_version:
        click.echo(f"Nothing differs: version {version} stays in force.")
        return
    _print_differences(_differences(stored, config))
    click.echo(f"Version {version} of the mapping of {connection} is in force.")


@mapping.command()
@click.argument("connection", type=Line())
@click.option("--version", type=click.IntRange(1), help="Not the one in force.")
@click.option("--history", is_flag=True, help="List the versions, not what one of them says.")
@json_option
def show(*, connection: str, version: int | None, history: bool, as_json: bool) -> None:
    """Show a version as the TOML file that says the same, or who applied which version when."""
    with session() as application:
        stored = known(application, connection)
        versions = _versions(application, stored).all()
    chosen = next((one for one in versions if version in {None, one.version}), None)
    if chosen is None:
        raise RefusedError(f"{connection} has no version {version} of its mapping")
    if as_json:
        shown = {"version": chosen.version, "mapping": chosen.mapping, "versions": _table(versions)}
        print_json({"connection": connection, **shown})
    elif history:
        print_table(
            ("version", "applied at", "by"), [tuple(row.values()) for row in _table(versions)]
        )
    else:
        click.echo(_as_file(connection, chosen), nl=False)


def _read(file: Path, stored: StoredConnection) -> MappingConfig:
    from connector.connection_file import from_json, load_mapping
    from connector.registry import ERPS

    _, _, section = from_json(stored.config)
    return load_mapping(
        file,
        os.environ,
        erp_sections=[entry.section for entry in ERPS.values()],
        check_erp=partial(ERPS[stored.erp].mapping_faults, section),
    )


def _versions(application: Application, stored: StoredConnection) -> Any:
    from connector.store.mapping_versions import MappingVersions

    return MappingVersions(application.database, stored.id)


def _differences(stored: StoredConnection, config: MappingConfig) -> list[Difference]:
    from connector.connection_file.differences import differences
    from connector.connection_file.stored import mapping_from_json

    return differences(mapping_from_json(stored.config["mapping"]), config)


def _print_differences(told: Sequence[Difference]) -> None:
    if not told:
        click.echo("Nothing differs.")
        return
    print_table(_COLUMNS, [(one.setting, one.old or "-", one.new or "-") for one in told])


def _changes(told: Sequence[Difference]) -> str:
    return (
        f"{len(told)} setting{'s differ' if len(told) > 1 else ' differs'}."
        if told
        else ("nothing differs.")
    )


def _table(versions: Sequence[MappingVersion]) -> list[dict[str, Any]]:
    return [
        {"version": one.version, "applied_at": one.applied_at, "applied_by": one.applied_by}
        for one in versions
    ]


def _as_file(connection: str, version: MappingVersion) -> str:
    from connector.connection_file.stored import mapping_from_json
    from connector.connection_file.written import mapping_to_toml

    when = version.applied_at.isoformat(timespec="seconds")
    head = f"# {connection}, version {version.version}, {when}, {version.applied_by}\n\n"
    return head + mapping_to_toml(mapping_from_json(version.mapping))
