"""`alarms`: what is wrong, what was, and whether messages about it reach anybody."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from connector.cli.output import json_option, print_json, print_table
from connector.cli.session import session

if TYPE_CHECKING:
    from connector.domain.alarms import Alarm


@click.group()
def alarms() -> None:
    """Alarms: what is wrong, and who is told of it."""


@alarms.command("list")
@click.option("--all", "all_of_them", is_flag=True, help="Resolved ones as well, newest first.")
@json_option
def list_alarms(*, all_of_them: bool, as_json: bool) -> None:
    """List the alarms that stand, and what became of the messages about them."""
    with session() as application:
        board = application.alarms.board
        found = board.all() if all_of_them else board.standing()
    if as_json:
        print_json({"alarms": [asdict(one) for one in found]})
    elif found:
        columns = (
            *("connection", "alarm", "severity", "since (UTC)", "until (UTC)"),
            *("what, and what to do", "told"),
        )
        print_table(columns, [_row(one) for one in found])
    else:
        click.echo("Nothing is wrong.")


@alarms.command()
def test() -> None:
    """Send a message by every way that is configured, and say what became of it.

    It ends with 1 where one did not go out, or there is no way.
    """
    with session() as application:
        told = application.alarms.test()
    for way, why in told.items():
        click.echo(f"{way}: {f'failed: {why}' if why else 'taken'}")
    if not told:
        click.echo("No way is configured: give ML_CONNECTOR_ALARM_TO or …_WEBHOOK_URL.", err=True)
    if not told or any(told.values()):
        click.get_current_context().exit(1)


def _row(one: Alarm) -> tuple[object, ...]:
    about = f"{one.kind} {one.key}".strip()
    whole = f"{one.what} {one.mend}"
    where = one.connection or "(installation)"
    return (where, about, one.severity, one.raised_at, one.resolved_at, whole, _told(one))


def _told(one: Alarm) -> str:
    """What became of each message on each way."""
    return "; ".join(
        f"{told.of} by {told.way}: "
        + (
            f"{told.delivered_at:%Y-%m-%d %H:%M}"
            if told.delivered_at
            else f"{'given up' if told.failed_at else 'not yet'} {told.why}".strip()
        )
        for told in one.deliveries
    )
