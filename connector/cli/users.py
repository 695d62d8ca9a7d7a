"""`user …`: the people who may sign in to the console."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from connector.cli.output import json_option, print_json, print_table
from connector.cli.parameters import Line
from connector.cli.session import session
from connector.domain.people import SHORTEST_PASSWORD, PersonRole
from connector.errors import RefusedError

_ROLES = click.Choice([role.value for role in PersonRole])
_PASSWORD_FILE = click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the password on its first line; without it you are asked.",
)


class UserName(click.ParamType[str]):
    """A name, or an address of e-mail."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name as it is."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,59}", value):
            self.fail(f"{value!r} is no name: letters, digits and ._@- are", param, ctx)
        return str(value)


@click.group()
def user() -> None:
    """People: who may sign in to the console, and what they may do there."""


@user.command()
@click.argument("name", type=UserName())
@click.option("--role", type=_ROLES, default=PersonRole.VIEWER.value, show_default=True)
@_PASSWORD_FILE
def add(*, name: str, role: str, password_file: Path | None) -> None:
    """Add a person."""
    from connector.store.people import People

    password = _password(password_file)
    with session() as application:
        People(application.database).add(name, PersonRole(role), password)
    click.echo(f"{name} may sign in to the console as {role}.")


@user.command("list")
@json_option
def list_all(*, as_json: bool) -> None:
    """List all people."""
    from connector.store.people import People

    with session() as application:
        rows = People(application.database).all()
    if as_json:
        print_json({"users": rows})
    elif rows:
        print_table(list(rows[0]), [list(row.values()) for row in rows])
    else:
        click.echo("There is nobody: ml-connector user add NAME --role admin")


@user.command("set")
@click.argument("name", type=UserName())
@click.option("--role", type=_ROLES)
@click.option("--new-password", is_flag=True, help="You are asked for it, or give a file.")
@_PASSWORD_FILE
@click.option("--disabled/--enabled", default=None, help="Whether the person may sign in.")
def change(
    *,
    name: str,
    role: str | None,
    new_password: bool,
    password_file: Path | None,
    disabled: bool | None,
) -> None:
    """Change a person. All sessions of theirs end, and a lock-out does."""
    from connector.store.people import People

    password = _password(password_file) if new_password or password_file else None
    with session() as application:
        People(application.database).change(name, role=role, password=password, disabled=disabled)
    click.echo(f"{name} is changed, and signs in again.")


@user.command()
@click.argument("name", type=UserName())
@click.option("--label", type=Line(), default="API", show_default=True, help="What it is for.")
@click.option("--revoke", is_flag=True, help="End all tokens of this person instead.")
def token(*, name: str, label: str, revoke: bool) -> None:
    """Make a token for the API, with the person's rights. It is shown once, and lasts a year."""
    from connector.store.people import People

    with session() as application:
        people = People(application.database)
        if revoke:
            click.echo(f"{people.revoke_tokens(name)} tokens of {name} are ended.")
            return
        made, ends = people.add_token(name, label)
    click.echo(made)
    click.echo(f"It is in force until {ends:%Y-%m-%d}.", err=True)


def _password(file: Path | None) -> str:
    from werkzeug.security import generate_password_hash

    if file is not None:
        given = file.read_text(encoding="utf-8").partition("\n")[0].removesuffix("\r")
    else:
        given = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if len(given) < SHORTEST_PASSWORD:
        raise RefusedError(f"a password has {SHORTEST_PASSWORD} characters or more")
    return generate_password_hash(given)
