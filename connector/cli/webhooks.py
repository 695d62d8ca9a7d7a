"""`webhook …`: where Brex sends its events."""

from __future__ import annotations

import click

from connector.cli.output import json_option, print_json, print_table
from connector.cli.parameters import Line
from connector.cli.session import session


@click.group()
def webhook() -> None:
    """The webhook of a connection: subscribe it, see how it stands."""


@webhook.command()
@click.argument("connection", type=Line())
@click.option(
    "--url", type=Line(), required=True, help="https://YOUR-HOST/webhooks/brex/CONNECTION"
)
@click.option("--replace", is_flag=True, help="Take over the one endpoint that Brex has.")
def subscribe(*, connection: str, url: str, replace: bool) -> None:
    """Have Brex announce ready records to URL. A second call changes nothing."""
    from connector.http.address import checked_base_url

    ending = f"/webhooks/brex/{connection}"
    if not url.rstrip("/").endswith(ending):
        raise click.BadParameter(f"write it like https://YOUR-HOST{ending}", param_hint="--url")
    with session() as application:
        wired = application.wired(connection)
        checked_base_url("--url", url, allow_http=application.settings.allow_http)
        done = wired.subscriptions.ensure(url, replace=replace)
    click.echo(f"Brex announces ready records to {done.url} (subscription {done.id}).")


@webhook.command()
@click.argument("connection", type=Line())
@json_option
def status(*, connection: str, as_json: bool) -> None:
    """Show what is subscribed at Brex."""
    with session() as application:
        found = application.wired(connection).subscriptions.list()
    rows = [
        {
            "id": one.id,
            "url": one.url,
            "active": one.is_active,
            "delivers": one.delivers,
            "event_types": list(one.event_types),
        }
        for one in found
    ]
    if as_json:
        print_json({"connection": connection, "subscriptions": rows})
    else:
        print_table(
            ("id", "url", "active", "ready records", "events"),
            [
                (*list(row.values())[:4], ", ".join(one.event_types))
                for row, one in zip(rows, found, strict=True)
            ],
        )
    if not any(one.delivers for one in found):
        click.echo("Nothing announces ready records.", err=True)
        click.get_current_context().exit(1)
