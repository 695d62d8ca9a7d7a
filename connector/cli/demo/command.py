"""The command `demo`."""

from __future__ import annotations

import logging
import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connector import log
from connector.cli.connections import add_from_file
from connector.cli.demo.given import on_given_servers
from connector.cli.demo.place import NAME, settings_in, temporary_home, write_connection
from connector.cli.demo.progress import Bars
from connector.cli.demo.report import Report
from connector.cli.interrupt import until_interrupted
from connector.cli.session import opened
from connector.cli.workers_alive import answering_workers
from connector.errors import RetryLaterError

if TYPE_CHECKING:
    from connector.bootstrap import Application
    from connector.cli.demo.peers import Peers
    from connector.cli.stack import Stack

_INTERRUPTED = 130
_START_S = 60.0
#: A run that takes longer is given up: this, and as much again for each record.
_PATIENCE_S, _PATIENCE_PER_RECORD_S = 90.0, 0.5
_LOOK_S = 0.25


@click.command()
@click.option("--records", type=click.IntRange(1, 20_000), default=300, show_default=True)
@click.option("--seed", default=0, show_default=True, help="The same seed, the same month.")
@click.option("--keep", is_flag=True, help="Leave it running until Ctrl-C.")
@click.option(
    "--program",
    type=click.Choice(["APS450MI", "APS100MI"]),
    default="APS450MI",
    show_default=True,
    help="The M3 program that takes the invoices.",
)
def demo(*, records: int, seed: int, keep: bool, program: str) -> None:
    """A month end of spend through everything, on simulated peers; then the proof.

    Exit code 0 only if every record was posted exactly once and exported. It leaves nothing behind.
    """
    log.configure(level=logging.ERROR)
    report: Report | None = None
    with until_interrupted(), ExitStack() as exits:
        click.echo("Starting Brex and M3 (simulated), PostgreSQL, Redis, workers and gateway ...")
        home = exits.enter_context(temporary_home())
        peers, stack, application = _start(exits, home, program, seed)
        report = _run(peers, stack, application, records, seed)
        report.show()
        if keep:
            _tell_where(home, peers, stack)
            stack.run_until(lambda: False)
    code = _INTERRUPTED if report is None else int(not report.passed)
    click.get_current_context().exit(code)


def _start(
    exits: ExitStack, home: Path, program: str, seed: int
) -> tuple[Peers, Stack, Application]:
    """Everything, up to a connection that is subscribed at Brex and workers that answer."""
    from connector.cli.demo.peers import started
    from connector.cli.stack import whole_stack

    peers = exits.enter_context(started(home, seed))
    servers = exits.enter_context(on_given_servers(os.environ))
    stack = exits.enter_context(whole_stack(settings_in(home, servers)))
    application = exits.enter_context(opened(stack.settings))
    file = write_connection(home, peers, program)
    add_from_file(application, file, {}, replace=False)
    if not stack.run_until(stack.listening, _START_S):
        raise RetryLaterError(f"the gateway does not listen; see {home / 'log'}")
    url = f"http://{stack.settings.gateway_bind}/webhooks/brex/{NAME}"
    application.wired(NAME).subscriptions.ensure(url)
    if not stack.run_until(lambda: bool(answering_workers(stack.settings)), _START_S):
        raise RetryLaterError("no worker answers")
    return peers, stack, application


def _run(peers: Peers, stack: Stack, application: Application, records: int, seed: int) -> Report:
    from connector.cli.demo.proof import prove
    from connector.store.status import StatusBoard

    board = StatusBoard(application.database)
    calls_before = peers.calls()
    started_at = time.monotonic()
    released = peers.generate(records, seed)
    counts: dict[str, int] = {}
    looked_at = 0.0
    with Bars(records) as bars:

        def is_done() -> bool:
            nonlocal counts, looked_at
            if time.monotonic() - looked_at >= _LOOK_S:
                looked_at = time.monotonic()
                (here,) = board.connections()
                counts = here["records"]
                bars.show(counts)
            at_rest = sum(counts.get(status, 0) for status in ("exported", "held", "skipped"))
            return at_rest >= records

        stack.run_until(is_done, _PATIENCE_S + records * _PATIENCE_PER_RECORD_S)
    elapsed_s = time.monotonic() - started_at
    calls = {peer: n - calls_before.get(peer, 0) for peer, n in peers.calls().items()}
    return Report(
        proof=prove(released, peers.brex_records(), peers.invoices()),
        counts=counts,
        calls=calls,
        latencies_s=board.latencies_s(NAME),
        elapsed_s=elapsed_s,
    )


def _tell_where(home: Path, peers: Peers, stack: Stack) -> None:
    settings = stack.settings
    click.echo(f"\ngateway    http://{settings.gateway_bind}")
    password = home / "flower.password"
    click.echo(f"Flower     http://{settings.flower_bind} (admin, password in {password})")
    click.echo(
        f"sandbox    {peers.url}/_sandbox/log, /_sandbox/brex/records, /_sandbox/infor/invoices"
    )
    click.echo(f"logs       {home / 'log'}")
    click.echo(f"commands   export ML_CONNECTOR_HOME={home} ML_CONNECTOR_ALLOW_HTTP=1")
    click.echo("           ml-connector status")
    click.echo("Ctrl-C stops it, and removes all of it.")
