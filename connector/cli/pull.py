"""`pull`: what Brex shows of money that moved, read now."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from connector.cli.output import json_option, print_json, print_table
from connector.cli.parameters import Day, Line
from connector.cli.session import session

if TYPE_CHECKING:
    from connector.domain.pulls import Pull
    from connector.usecases.pull_transactions import PullReport


@click.command()
@click.argument("connection", type=Line())
@click.option("--since", type=Day(), help="Also what was posted since this day, as 2026-06-01.")
@json_option
def pull(*, connection: str, since: date | None, as_json: bool) -> None:
    """Read transactions, statements, accounts, records and expenses from Brex.

    Each part begins where its last whole pull ended, less the overlap. Nothing is written to Brex.
    It ends with 1 where a part could not be read whole.
    """
    with session() as application:
        report = application.wired(connection).pulls.run(since)
    if as_json:
        print_json({"connection": connection, "put_off": report.put_off, "pulls": _shown(report)})
    else:
        print_table(
            ("part", "since", "rows", "new", "changed", "gone", "why not whole"),
            [_row(one) for one in report.pulls],
        )
        click.echo(f"{connection}: {report.summary}")
    if report.put_off or any(one.error for one in report.pulls):
        click.get_current_context().exit(1)


def _row(one: Pull) -> tuple[Any, ...]:
    return (
        *(str(one.part), one.since.isoformat(), one.rows, one.new, one.changed, one.gone),
        one.error or None,
    )


def _shown(report: PullReport) -> list[dict[str, Any]]:
    return [
        {
            **asdict(one),
            "part": {"kind": one.part.kind, "of": one.part.of},
            "whole": one.is_whole,
        }
        for one in report.pulls
    ]
