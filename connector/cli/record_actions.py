"""`records retry`, `skip`, `return` and `repost`: what a person decides about held records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from connector.cli.parameters import Line, RecordId
from connector.cli.session import nudger, session
from connector.domain.records import records_of

if TYPE_CHECKING:
    from connector.usecases.held_records import Acted

_CONNECTION = click.option(
    "--connection", type=Line(), help="Where several connections have that id."
)
_BECAUSE = click.option(
    "--because", required=True, type=Line(), metavar="TEXT", help="For the history."
)


@click.command()
@click.argument("record_ids", nargs=-1, type=RecordId())
@click.option("--reason", type=Line(), metavar="CODE", help="All that are held for this reason.")
@click.option("--held", is_flag=True, help="All that are held.")
@click.option("--connection", type=Line(), help="Of this connection alone.")
def retry(
    *, record_ids: tuple[str, ...], reason: str | None, held: bool, connection: str | None
) -> None:
    """Let held records go on: from the beginning, or from where a document was decided.

    Asks no second person, whatever the amounts: four_eyes_above is a rule of the console.
    """
    if sum((bool(record_ids), reason is not None, held)) != 1:
        raise click.UsageError("give record ids, or --reason CODE, or --held")
    from connector.store.actions import PostgresActions
    from connector.usecases.retry_records import retry_all, retry_named

    with session() as application:
        actions = PostgresActions(application.database)
        hints = nudger(application.settings)
        if record_ids:
            acted = retry_named(record_ids, connection=connection, actions=actions, nudger=hints)
        else:
            acted = retry_all(reason=reason, connection=connection, actions=actions, nudger=hints)
    _tell(acted, "go on")


@click.command()
@click.argument("record_id", type=RecordId())
@_BECAUSE
@_CONNECTION
def skip(*, record_id: str, because: str, connection: str | None) -> None:
    """Take a held record out of the way for good, and say why."""
    from connector.store.actions import PostgresActions
    from connector.usecases.skip_records import skip_record

    with session() as application:
        actions = PostgresActions(application.database)
        acted = skip_record(record_id, because, connection=connection, actions=actions)
    _tell(acted, "skipped")


@click.command("return")
@click.argument("record_id", type=RecordId())
@_BECAUSE
@_CONNECTION
def return_(*, record_id: str, because: str, connection: str | None) -> None:
    """Report a held record to Brex as failed, so that it is mended and released again there."""
    from connector.store.actions import PostgresActions
    from connector.usecases.held_records import choose
    from connector.usecases.return_records import objection, return_record

    with session() as application:
        actions = PostgresActions(application.database)
        chosen, refused = choose([record_id], connection, actions, objection)
        if not chosen:
            from connector.usecases.held_records import Acted

            _tell(Acted(refused=refused), "")
        (record,) = chosen
        acted = return_record(
            record_id,
            because,
            connection=record.connection,
            source=application.wired(record.connection).source,
            actions=actions,
        )
    _tell(acted, "returned to Brex")


@click.command()
@click.argument("record_id", type=RecordId())
@_BECAUSE
@_CONNECTION
def repost(*, record_id: str, because: str, connection: str | None) -> None:
    """Reverse what was posted of a held record, and post the version that Brex has by now."""
    from connector.store.actions import PostgresActions
    from connector.usecases.held_records import choose
    from connector.usecases.repost_record import objection, repost_record

    with session() as application:
        actions = PostgresActions(application.database)
        chosen, refused = choose([record_id], connection, actions, objection)
        if not chosen:
            from connector.usecases.held_records import Acted

            _tell(Acted(refused=refused), "")
        (record,) = chosen
        acted = repost_record(
            record_id,
            because,
            connection=record.connection,
            reposting=application.reposting(record.connection),
            actions=actions,
            nudger=nudger(application.settings),
        )
    _tell(acted, "reversed and posted anew")


def _tell(acted: Acted, done: str) -> None:
    """Say what changed; exit code 1 where something could not."""
    if acted.moved or not acted.refused:
        click.echo(f"{records_of(len(acted.moved))}: {done}")
    for refusal in acted.refused:
        click.echo(f"{refusal.record_id or 'not all'}: {refusal.why}", err=True)
    if acted.refused:
        click.get_current_context().exit(1)
