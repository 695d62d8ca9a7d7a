"""`sync`: the ERP's master data, and the fields of Brex that people code with."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from connector.cli.output import json_option, print_json, print_table
from connector.cli.parameters import Line
from connector.cli.session import nudger, session, user_name
from connector.domain.sync import Action, SyncOutcome, Target
from connector.errors import RefusedError

if TYPE_CHECKING:
    from connector.usecases.sync_master_data import SyncReport

#: Lines of a difference that people are shown; `--json` has all.
_MOST = 50
_WRONG = frozenset({SyncOutcome.FAILED, SyncOutcome.SUSPICIOUS, SyncOutcome.NEEDS_CONFIRMATION})


@click.command()
@click.argument("target", type=click.Choice([one.value for one in Target]))
@click.argument("connection", type=Line())
@click.option("--dry-run", is_flag=True, help="Show the difference; keep and push nothing.")
@click.option("--confirm", is_flag=True, help="Confirm what the last run waits for, and do it.")
@json_option
def sync(*, target: str, connection: str, dry_run: bool, confirm: bool, as_json: bool) -> None:
    """Read TARGET from the ERP, show what differs, and have Brex offer what is valid.

    It ends with 1 where a peer failed, the reading is suspicious, or a person must confirm.
    """
    if dry_run and confirm:
        raise click.BadParameter("confirm what you have seen, without it", param_hint="--dry-run")
    from connector.store.sync_runs import PostgresSyncRuns

    with session() as application:
        wired = application.wired(connection)
        runs = PostgresSyncRuns(application.database, wired.connection.id)
        if confirm and not runs.confirm(Target(target), f"cli:{user_name()}"):
            raise RefusedError(f"no run for {target} waits to be confirmed", code="nothing_waits")
        hints = nudger(application.settings)
        report, told = application.jobs.sync(wired, Target(target), hints, dry_run=dry_run)
    if as_json:
        print_json(_shown(connection, report))
    else:
        _print(connection, report, told)
    if report.outcome in _WRONG:
        click.get_current_context().exit(1)


def _shown(connection: str, report: SyncReport) -> dict[str, Any]:
    return {
        "connection": connection,
        "run": report.run,
        "target": report.target,
        "outcome": report.outcome,
        "detail": report.detail,
        "entries": report.entries,
        "counts": {
            action.value: sum(one.action is action for one in report.changes) for action in Action
        },
        "changes": [asdict(one) for one in report.changes],
    }


def _print(connection: str, report: SyncReport, told: str) -> None:
    order = [Action.DISABLED, Action.RENAMED, Action.ENABLED, Action.CREATED]
    changes = sorted(report.changes, key=lambda one: (order.index(one.action), one.part, one.code))
    if changes:
        print_table(
            ("change", "of", "code", "name", "before", "waiting records", "mapping rules"),
            [
                (
                    one.action,
                    one.part,
                    one.code,
                    one.name,
                    one.before or None,
                    one.records if one.action is Action.DISABLED else None,
                    one.rules if one.action is Action.DISABLED else None,
                )
                for one in changes[:_MOST]
            ],
        )
    if len(changes) > _MOST:
        click.echo(f"and {len(changes) - _MOST} more (--json lists them)")
    click.echo(f"{connection} {report.target}: {told}")
    if report.outcome is SyncOutcome.NEEDS_CONFIRMATION:
        click.echo(f"Nothing was pushed: ml-connector sync {report.target} {connection} --confirm")
