"""`reconcile`: whether everything that Brex moved stands in the ERP, as a table or as files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connector.cli.output import json_option, print_json, print_table
from connector.cli.parameters import Day, Line
from connector.cli.session import session

if TYPE_CHECKING:
    from connector.domain.reconciliation import Item, Reconciliation

_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
#: Items of an ending that the table lists; the files have all.
_SHOWN = 20


@click.command()
@click.argument("connection", type=Line())
@click.option("--since", required=True, type=Day(), help="First day, as 2026-06-01.")
@click.option("--until", required=True, type=Day(), help="Last day, itself included.")
@click.option("--csv", "csv_file", type=_FILE, help="Write every item here, one a line.")
@click.option("--xlsx", "xlsx_file", type=_FILE, help="Write totals, items and parameters here.")
@json_option
def reconcile(
    *,
    connection: str,
    since: date,
    until: date,
    csv_file: Path | None,
    xlsx_file: Path | None,
    as_json: bool,
) -> None:
    """Read both sides, and say how each transaction, record and document ends.

    The result is kept. It ends with 1 where the days are not proved, or something is wrong.
    """
    from connector.domain.pulls import PullSettings
    from connector.domain.reconciliation import findings
    from connector.reports import write_csv, write_workbook

    if until < since:
        raise click.BadParameter("ends before it begins", param_hint="--until")
    with session() as application:
        wired = application.wired(connection)
        number, result = wired.reconcile_anew(
            since, until + timedelta(days=1), wired.reconciliations
        )
        settings = wired.connection.brex.transactions or PullSettings()
        today = application.schedules.now().date()
    if csv_file:
        write_csv(csv_file, result)
    if xlsx_file:
        write_workbook(xlsx_file, result)
    if as_json:
        print_json(_shown(result, number))
    else:
        show(result, number)
    found = findings(result, patience=settings.patience, today=today)
    if not result.is_proved or any(found.values()):
        click.get_current_context().exit(1)


def _shown(result: Reconciliation, number: int) -> dict[str, Any]:
    from connector.domain.reconciliation import Ending, item_row, line_row

    return {
        "connection": result.connection,
        "reconciliation": number,
        "since": result.since,
        "until": result.until - timedelta(days=1),
        "proved": result.is_proved,
        "faults": result.faults,
        "unlisted": result.unlisted,
        "endings": {one.value: result.endings[one] for one in Ending},
        "totals": [
            {
                "currency": currency,
                "brex": line.brex,
                "erp": line.erp,
                "difference": line.difference,
            }
            for currency, line in result.totals.by_currency.items()
        ],
        "lines": [line_row(key, line) for key, line in sorted(result.totals.lines.items())],
        "items": [item_row(one) for one in result.items if one.ending is not Ending.MATCHED],
    }


def show(result: Reconciliation, number: int, *, most: int = _SHOWN) -> None:
    """Print totals, items that do not match (of each ending so many), and whether it is proved."""
    from connector.domain.reconciliation import Ending

    last = result.until - timedelta(days=1)
    click.echo(f"{result.connection}, {result.since} to {last} (reconciliation {number})\n")
    print_table(
        ("currency", "Brex", "ERP", "difference", "explained by"),
        [
            (currency, line.brex, line.erp, line.difference, _explained(line.explained))
            for currency, line in result.totals.by_currency.items()
        ],
    )
    for ending in Ending:
        found = result.ended(ending)
        if ending is Ending.MATCHED or not found:
            continue
        title = f"\n{ending.replace('_', ' ').capitalize()}: {len(found)}"
        columns = ("day", "item", "about", "Brex", "ERP", "currency", "document", "what")
        print_table(columns, [_row(one) for one in found[:most]], title)
        if len(found) > most:
            click.echo(f"and {len(found) - most} more: --csv and --xlsx have all")
    for one in result.unlisted:
        click.echo(f"\nNot listed: {one}")
    click.echo(f"\n{result.summary}")
    for fault in result.faults:
        click.echo(f"  - {fault}")


def _explained(explained: Mapping[Any, Any]) -> str:
    told = [f"{ending.replace('_', ' ')} {sum_}" for ending, sum_ in explained.items() if sum_]
    return ", ".join(told) or "nothing to explain"


def _row(one: Item) -> tuple[Any, ...]:
    from connector.domain.reconciliation import item_row, told_of

    charged = one.brex if one.charged is not None or one.recorded is not None else None
    return (
        *(one.day.isoformat(), one.name, one.about, charged, one.posted, one.currency),
        *(" ".join(one.documents), told_of(item_row(one))),
    )
