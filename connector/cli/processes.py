"""The commands that run processes."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable

import click

from connector import log
from connector.cli import programs
from connector.cli.interrupt import until_interrupted
from connector.cli.stack import whole_stack
from connector.cli.supervisor import Supervisor
from connector.embedded import servers
from connector.settings import Settings

_TICK_S = 0.2
_ProgramOf = Callable[[Settings], programs.Program]


@click.command()
@click.option("-v", "--verbose", is_flag=True, help="Show the logs here, not in HOME/log.")
def up(*, verbose: bool) -> None:
    """Run everything on this machine: servers, schema, gateway, console, workers, beat, Flower.

    Ctrl-C or SIGTERM stops all of it.
    """
    log.configure()
    settings = Settings.from_environment(os.environ)
    with until_interrupted(), whole_stack(settings, pass_output=verbose) as stack:
        stack.run_until(stack.listening)
        click.echo(f"gateway  http://{settings.gateway_bind}")
        click.echo(f"console  http://{settings.console_bind}")
        if programs.has_flower():
            password = settings.home / "flower.password"
            click.echo(f"Flower   http://{settings.flower_bind} (admin, password in {password})")
        if not verbose:
            click.echo(f"logs     {settings.home / 'log'}")
        click.echo("Everything runs. Ctrl-C stops it.")
        stack.run_until(lambda: False)


@click.group()
def run() -> None:
    """Run one process in the foreground, for a container or a service manager."""


@run.command("gateway")
def run_gateway() -> None:
    """Run the gateway, which takes webhooks."""
    _foreground(programs.gateway)


@run.command("console")
def run_console() -> None:
    """Run the console, the web page for people."""
    _foreground(programs.console)


@run.command("beat")
def run_beat() -> None:
    """Run beat, the clock. A second one does no harm."""
    _foreground(programs.beat)


@run.command("flower")
def run_flower() -> None:
    """Run Flower, which shows workers and tasks; they need `--task-events`."""
    _foreground(programs.flower)


@run.command("worker")
@click.option("--queues", help="Comma-separated; by default all.")
@click.option("--concurrency", type=click.IntRange(1, 256), default=16, show_default=True)
@click.option(
    "--pool",
    type=click.Choice(["threads", "prefork", "solo"]),
    default="threads",
    show_default=True,
)
@click.option("--task-events", is_flag=True, help="Let Flower see the tasks.")
@click.option("--name", default="worker", show_default=True, help="Differs on one machine.")
def run_worker(
    *, queues: str | None, concurrency: int, pool: str, task_events: bool, name: str
) -> None:
    """Run a worker."""
    _foreground(
        lambda settings: programs.worker(
            settings, name, queues=queues, concurrency=concurrency, pool=pool, events=task_events
        )
    )


@click.command()
def migrate() -> None:
    """Bring the schema up. Safe when run twice at once."""
    from connector.store.migrations import migrate as apply

    log.configure(level=logging.WARNING)
    with servers(Settings.from_environment(os.environ)) as settings:
        assert settings.database_url
        applied = apply(settings.database_url)
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        click.echo("The schema is up to date.")


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(arguments: tuple[str, ...]) -> None:
    """Run the simulated Brex, Infor ION/M3 and IFS Cloud: `ml-connector sandbox --help`."""
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", *arguments])  # noqa: S606


def _foreground(program_of: _ProgramOf) -> None:
    """Become the program; or, where a server is embedded, hold that and supervise the program."""
    log.configure()
    settings = Settings.from_environment(os.environ)
    if settings.database_url and settings.redis_url:
        program = program_of(settings)
        os.execve(  # noqa: S606  our own argument list
            program.argv[0], program.argv, programs.environment_of(program)
        )
    with (
        until_interrupted(),
        servers(settings) as running,
        Supervisor([program_of(running)]) as supervisor,
    ):
        while True:
            supervisor.tend()
            time.sleep(_TICK_S)
