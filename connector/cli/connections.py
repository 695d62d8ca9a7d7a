"""`connection …`: adding, showing, checking and pausing connections."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connector.cli.desk_rules import demand_rules, drop_rules
from connector.cli.output import json_option, print_json, print_table
from connector.cli.parameters import Line
from connector.cli.ping import ping
from connector.cli.session import session
from connector.domain.limits import Mode
from connector.errors import RefusedError

if TYPE_CHECKING:
    from connector.bootstrap import Application
    from connector.connection_file import LoadedConnection
    from connector.store.connections import StoredConnection


@click.group()
def connection() -> None:
    """Connections: one Brex account, one ERP, and how spend maps between them."""


connection.add_command(ping)


@connection.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace a connection of that name.")
@drop_rules
def add(*, file: Path, replace: bool, drop: bool) -> None:
    """Add a connection from a TOML FILE. Everything that is wrong with it is named at once."""
    with session() as application:
        loaded = add_from_file(application, file, os.environ, replace=replace, drop=drop)
    click.echo(f"{loaded.name} is stored; its secrets are encrypted. What comes next:")
    click.echo(f"  ml-connector connection ping {loaded.name}")
    if loaded.brex.webhooks:
        url = f"https://YOUR-HOST/webhooks/brex/{loaded.name}"
        click.echo(f"  ml-connector webhook subscribe {loaded.name} --url {url}")


def add_from_file(
    application: Application,
    file: Path,
    environ: Mapping[str, str],
    *,
    replace: bool,
    drop: bool = False,
) -> LoadedConnection:
    """Store the connection of a file and give it its cadence.

    Raises ConfigurationError with all faults of the file, and RefusedError when a connection of
    that name is there and `replace` is False, or has rules of people that the file would lose and
    `drop` is False.
    """
    from connector.connection_file import load, to_json
    from connector.domain.connections import Connection
    from connector.registry import ERPS

    allow_http = application.settings.allow_http

    def faults(loaded: LoadedConnection) -> Iterable[str]:
        entry = ERPS[loaded.erp]
        yield from entry.factory.faults(loaded.erp_config, loaded.secrets, allow_http=allow_http)
        yield from entry.mapping_faults(loaded.erp_config, loaded.mapping)

    loaded = load(
        file,
        environ,
        erp_sections={erp: entry.section for erp, entry in ERPS.items()},
        allow_http=allow_http,
        check_erp=faults,
    )
    stored = application.connections.find(loaded.name) if replace else None
    if stored and not drop:
        demand_rules(application, stored, loaded.mapping)
    connection_id = application.connections.add(
        loaded.name,
        loaded.erp,
        to_json(
            loaded.brex,
            loaded.mapping,
            loaded.erp_config,
            loaded.posting,
            loaded.console,
            sync=loaded.sync,
        ),
        loaded.secrets,
        replace=replace,
    )
    application.jobs.schedule(
        Connection(
            connection_id, loaded.name, loaded.erp, loaded.brex, loaded.mapping, loaded.erp_config
        ),
        loaded.sync,
    )
    return loaded


@connection.command("list")
@json_option
def list_all(*, as_json: bool) -> None:
    """List all connections."""
    with session() as application:
        rows = [_summary(stored) for stored in application.connections.all()]
    if as_json:
        print_json({"connections": rows})
    elif rows:
        print_table(list(rows[0]), [list(row.values()) for row in rows])
    else:
        click.echo("There are no connections: ml-connector connection add FILE")


@connection.command()
@click.argument("name", type=Line())
@json_option
def show(*, name: str, as_json: bool) -> None:
    """Show the settings of a connection; of its secrets only whether they are set."""
    from connector.store.inspection import Inspection

    with session() as application:
        stored = known(application, name)
        found = Inspection(application.database).secrets(stored)
    secrets = {name: "set" if is_set else "missing" for name, is_set in found.items()}
    shown = _summary(stored) | {"settings": stored.config, "secrets": secrets}
    if as_json:
        print_json(shown)
        return
    print_table(("setting", "value"), _summary(stored).items())
    print_table(("setting", "value"), _flat("", stored.config))
    print_table(("secret", ""), secrets.items())


@connection.command()
@click.argument("name", type=Line())
def pause(*, name: str) -> None:
    """Stop posting and reporting. Records are still taken in, fetched and mapped."""
    _pause(name, paused=True)


@connection.command()
@click.argument("name", type=Line())
def resume(*, name: str) -> None:
    """Let a paused connection post again."""
    _pause(name, paused=False)


@connection.command()
@click.argument("name", type=Line())
@click.confirmation_option(prompt="Its secrets are deleted, its records stay. Remove it?")
def remove(*, name: str) -> None:
    """Remove a connection with its secrets. Its records and their history stay."""
    with session() as application:
        if not application.connections.remove(name):
            raise _none(name)
    click.echo(f"{name} is removed.")


def known(application: Application, name: str) -> StoredConnection:
    """The connection of that name. Raises RefusedError if there is none."""
    stored = application.connections.find(name)
    if stored is None:
        raise _none(name)
    return stored


def _pause(name: str, *, paused: bool) -> None:
    with session() as application:
        if not application.connections.pause(name, paused=paused):
            raise _none(name)
    click.echo(f"{name} posts nothing." if paused else f"{name} posts again.")


def _none(name: str) -> RefusedError:
    return RefusedError(
        f"there is no connection {name}: see ml-connector connection list",
        code="no_such_connection",
    )


def _summary(stored: StoredConnection) -> dict[str, Any]:
    return {
        "name": stored.name,
        "erp": stored.erp,
        "brex": stored.config["brex"]["base_url"],
        "paused_at": stored.paused_at,
        "mode": stored.config.get("mode", Mode.LIVE),
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
    }


def _flat(path: str, value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}" if path else name, inner)
    else:
        yield path, value
