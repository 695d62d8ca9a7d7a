"""`secrets rotate`: everything encrypted anew under the first key."""

from __future__ import annotations

import click

from connector.cli.session import session


@click.group()
def secrets() -> None:
    """The keys under which secrets are stored."""


@secrets.command()
def rotate() -> None:
    """Encrypt every secret and token anew under the first of ML_CONNECTOR_SECRET_KEYS.

    Before: put the new key in front, and restart every process. After: take the old ones out.
    """
    from connector.store.rotation import reseal

    with session() as application:
        changed = reseal(application.database, application.vault)
    click.echo(f"{changed} secrets are encrypted under the first key; the others can go.")
