"""The command `demo`."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connector import log
from connector.cli.connections import add_from_file
from connector.cli.demo.given import on_given_servers
from connector.cli.demo.place import settings_in, temporary_home, write_connection
from connector.cli.demo.progress import Bars
from connector.cli.demo.report import Account, Report
from connector.cli.interrupt import until_interrupted
from connector.cli.session import opened
from connector.cli.workers_alive import answering_workers
from connector.errors import RetryLaterError

if TYPE_CHECKING:
    from connector.bootstrap import Application
    from connector.cli.demo.erps import DemoErp
    from connector.cli.demo.peers import Peers
    from connector.cli.stack import Stack
    from connector.store.status import StatusBoard

_INTERRUPTED = 130
_START_S = 60.0
#: A run that takes longer is given up: this, and as much again for each record.
_PATIENCE_S, _PATIENCE_PER_RECORD_S = 90.0, 0.5
_LOOK_S = 0.25
_VISITOR = "demo"
_AT_REST = ("exported", "held", "skipped")
#: Where a sandbox shows what was posted.
_DOCUMENTS = {"infor": "/_sandbox/infor/invoices", "ifs": "/_sandbox/ifs/documents"}


@dataclass(frozen=True, slots=True)
class _Side:
    """An ERP of the demo, with the sandbox that it runs in."""

    erp: DemoErp
    peers: Peers


@click.command()
@click.option(
    "--records",
    type=click.IntRange(1, 20_000),
    default=300,
    show_default=True,
    help="For each ERP.",
)
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
    """A month end of spend into both ERPs, on simulated peers; then the proof.

    Exit code 0 only if every record was posted exactly once and exported. It leaves nothing behind.
    """
    log.configure(level=logging.ERROR)
    passed: bool | None = None
    with until_interrupted(), ExitStack() as exits:
        click.echo(
            "Starting Brex, M3 and IFS (simulated), PostgreSQL, Redis, workers and gateway ..."
        )
        home = exits.enter_context(temporary_home())
        sides, stack, application = _start(exits, home, program, seed)
        report = _run(sides, stack, application, records, seed)
        for side in sides:
            _tell_suppliers(side.erp, application)
        report.show()
        proofs = [_reconcile(side.erp, application) for side in sides]
        passed = report.passed and all(proofs)
        if keep:
            _tell_where(home, sides, stack, _password_of_a_visitor(application))
            stack.run_until(lambda: False)
    code = _INTERRUPTED if passed is None else int(not passed)
    click.get_current_context().exit(code)


def _start(
    exits: ExitStack, home: Path, program: str, seed: int
) -> tuple[list[_Side], Stack, Application]:
    """Everything, up to connections that are subscribed at Brex and workers that answer."""
    from connector.cli.demo.erps import IfsCloud, InforM3
    from connector.cli.demo.peers import started
    from connector.cli.stack import whole_stack

    sides = [
        _Side(erp, exits.enter_context(started(home, erp.peer, seed)))
        for erp in (InforM3(program), IfsCloud())
    ]
    servers = exits.enter_context(on_given_servers(os.environ))
    stack = exits.enter_context(whole_stack(settings_in(home, servers)))
    application = exits.enter_context(opened(stack.settings))
    for side in sides:
        file = write_connection(home, side.peers, side.erp)
        add_from_file(application, file, {}, replace=False)
    if not stack.run_until(stack.listening, _START_S):
        raise RetryLaterError(f"the gateway does not listen; see {home / 'log'}")
    for side in sides:
        name = side.erp.connection
        url = f"http://{stack.settings.gateway_bind}/webhooks/brex/{name}"
        application.wired(name).subscriptions.ensure(url)
    if not stack.run_until(lambda: bool(answering_workers(stack.settings)), _START_S):
        raise RetryLaterError("no worker answers")
    for side in sides:
        _sync(side.erp, application)
    return sides, stack, application


def _sync(erp: DemoErp, application: Application) -> None:
    """Have Brex offer what the ERP can be posted to, and read whom it can be owed to."""
    from connector.domain.sync import SyncOutcome, Target

    for target in (Target.ACCOUNTS, Target.DIMENSIONS, Target.SUPPLIERS):
        report = application.wired(erp.connection).sync.run(target)
        click.echo(f"{erp.title}: {target}: {report.summary}")
        if report.outcome is not SyncOutcome.DONE:
            raise RetryLaterError(f"{target} were not brought from {erp.title}")


def _tell_suppliers(erp: DemoErp, application: Application) -> None:
    """How many merchants were found among the suppliers; the fallback supplier has the others."""
    from connector.store.merchant_listing import MerchantListing, Standing

    its_id = application.wired(erp.connection).connection.id
    counts = MerchantListing(application.database, its_id).page(limit=1).counts
    found, left = counts[Standing.MATCHED], counts[Standing.UNMATCHED]
    click.echo(f"{erp.title}: {found} merchants found among the suppliers, {left} not")


def _reconcile(erp: DemoErp, application: Application) -> bool:
    """Read all that moved in the month, and compare it with what the ERP has; whether it is proved.

    A payment to Brex names no expense, so that it is only suggested which record it belongs to.
    """
    from connector.cli.reconcile import show
    from connector.domain.reconciliation import Ending

    wired = application.wired(erp.connection)
    until = application.schedules.now().date().replace(day=1)
    since = (until - timedelta(days=1)).replace(day=1)
    number, result = wired.reconcile_anew(since, until, wired.reconciliations)
    click.echo("")
    show(result, number, most=3)
    wrong = {Ending.DIFFERENT, Ending.ONLY_IN_ERP, Ending.UNREADABLE}
    return result.is_proved and not any(result.endings[ending] for ending in wrong)


def _run(
    sides: Sequence[_Side], stack: Stack, application: Application, records: int, seed: int
) -> Report:
    from connector.store.status import StatusBoard

    board = StatusBoard(application.database)
    calls_before = [side.peers.calls() for side in sides]
    started_at = time.monotonic()
    released = [side.peers.generate(records, seed, side.erp.shares) for side in sides]
    counts: dict[str, dict[str, int]] = {}
    looked_at = 0.0
    with Bars(records * len(sides)) as bars:

        def is_done() -> bool:
            nonlocal counts, looked_at
            if time.monotonic() - looked_at >= _LOOK_S:
                looked_at = time.monotonic()
                counts = {one["connection"]: one["records"] for one in board.connections()}
                bars.show(_sum(counts.values()))
            at_rest = sum(_sum(counts.values())[status] for status in _AT_REST)
            return at_rest >= records * len(sides)

        patience_s = _PATIENCE_S + records * len(sides) * _PATIENCE_PER_RECORD_S
        stack.run_until(is_done, patience_s)
    elapsed_s = time.monotonic() - started_at
    accounts = [
        _account(side, ids, counts.get(side.erp.connection, {}), before, board)
        for side, ids, before in zip(sides, released, calls_before, strict=True)
    ]
    return Report(accounts, elapsed_s)


def _account(
    side: _Side,
    released: Sequence[str],
    counts: Mapping[str, int],
    before: Mapping[str, int],
    board: StatusBoard,
) -> Account:
    from connector.cli.demo.proof import prove

    erp, peers = side.erp, side.peers
    calls = {peer: number - before.get(peer, 0) for peer, number in peers.calls().items()}
    return Account(
        title=erp.title,
        proof=prove(released, peers.brex_records(), erp.posted(peers), erp.policies),
        counts=counts,
        calls_to_brex=calls.get("brex", 0),
        calls_to_erp=calls.get(erp.peer, 0),
        latencies_s=board.latencies_s(erp.connection),
    )


def _sum(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return total


def _password_of_a_visitor(application: Application) -> str:
    """Add somebody who may do everything in the console; the password is of this demo alone."""
    from werkzeug.security import generate_password_hash

    from connector.domain.people import PersonRole
    from connector.store.people import People

    password = secrets.token_urlsafe(12)
    hashed = generate_password_hash(password)
    People(application.database).add(_VISITOR, PersonRole.ADMIN, hashed)
    return password


def _tell_where(home: Path, sides: Sequence[_Side], stack: Stack, visitors_password: str) -> None:
    settings = stack.settings
    click.echo(f"\nconsole    http://{settings.console_bind}")
    click.echo(f"           sign in as {_VISITOR} with {visitors_password}")
    click.echo(f"gateway    http://{settings.gateway_bind}")
    password = home / "flower.password"
    click.echo(f"Flower     http://{settings.flower_bind} (admin, password in {password})")
    for side in sides:
        paths = _DOCUMENTS[side.erp.peer]
        click.echo(f"sandbox    {side.peers.url}/_sandbox/log, /_sandbox/brex/records, {paths}")
    click.echo(f"logs       {home / 'log'}")
    click.echo(f"commands   export ML_CONNECTOR_HOME={home} ML_CONNECTOR_ALLOW_HTTP=1")
    click.echo("           ml-connector status")
    click.echo("Ctrl-C stops it, and removes all of it.")
