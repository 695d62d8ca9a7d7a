"""`poll` and `backfill`: asking Brex for what no webhook announced."""

from __future__ import annotations

from datetime import date

import click

from connector.cli.parameters import Day, Line, end_of, first_moment
from connector.cli.session import nudger, session


@click.command()
@click.argument("connection", type=Line())
def poll(*, connection: str) -> None:
    """Ask Brex now for all that waits, as the clock does by itself."""
    from connector.domain.jobs import Job

    with session() as application:
        wired = application.wired(connection)
        outcome, watermark = application.jobs.poll(wired, nudger(application.settings))
        application.schedules.finish(wired.connection.id, Job.POLL, outcome, watermark)
    click.echo(f"{connection}: {outcome}")


@click.command()
@click.argument("connection", type=Line())
@click.option("--since", required=True, type=Day(), help="First day, as 2026-06-01.")
@click.option("--until", type=Day(), help="Last day, itself included. By default today.")
def backfill(*, connection: str, since: date, until: date | None) -> None:
    """Take in what changed in Brex between two days and still waits to be exported.

    The days are those of the connection's time zone. Live records go first.
    """
    if until is not None and until < since:
        raise click.BadParameter("ends before it begins", param_hint="--until")
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from connector.domain.records import Step
    from connector.usecases.poll_records import backfill_records

    seen = fresh = 0
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with session() as application, bar:
        wired = application.wired(connection)
        zone = wired.connection.mapping.time_zone
        hints = nudger(application.settings)
        task = bar.add_task("asking Brex")
        for page in backfill_records(
            wired.connection.id,
            source=wired.source,
            intake=application.intake,
            since=first_moment(since, zone),
            until=end_of(until, zone) if until else None,
        ):
            seen += page.seen
            fresh += len(page.fresh_ids)
            bar.update(task, description=f"{seen} waiting in Brex, {fresh} new")
            if page.fresh_ids:
                hints.nudge(Step.FETCH, connection, wired.connection.erp, page.fresh_ids)
    click.echo(f"{connection}: {seen} waiting in Brex, {fresh} new")
