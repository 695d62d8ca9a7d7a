"""The group of all commands: each is imported only when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from connector.errors import ConfigurationError, ConnectorError

#: Command → where it is, and its line in `--help`, which so needs no import.
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("connector.cli.processes:up", "Run everything on this machine until Ctrl-C."),
    "run": ("connector.cli.processes:run", "Run one process in the foreground."),
    "migrate": ("connector.cli.processes:migrate", "Bring the database schema up."),
    "sandbox": ("connector.cli.processes:sandbox", "Run the simulated Brex, M3 and IFS."),
    "demo": ("connector.cli.demo.command:demo", "A simulated month end through everything."),
    "connection": ("connector.cli.connections:connection", "Add, list, check, pause connections."),
    "mapping": ("connector.cli.mapping:mapping", "Check, compare, apply a mapping file."),
    "status": ("connector.cli.status:status", "Show counts, ages, tokens, and what ran last."),
    "records": ("connector.cli.records:records", "List records; retry, skip or return held ones."),
    "preview": ("connector.cli.preview:preview", "Show ERP documents; nothing is posted."),
    "poll": ("connector.cli.intake:poll", "Ask Brex now for all that waits."),
    "backfill": ("connector.cli.intake:backfill", "Take in what changed in Brex since a day."),
    "pull": ("connector.cli.pull:pull", "Read transactions and statements from Brex now."),
    "reconcile": ("connector.cli.reconcile:reconcile", "Whether all that moved is in the ERP."),
    "sync": ("connector.cli.sync:sync", "Bring the ERP's master data to Brex."),
    "suppliers": (
        "connector.cli.suppliers:suppliers",
        "Which supplier each merchant is; confirm it.",
    ),
    "webhook": ("connector.cli.webhooks:webhook", "Subscribe the webhook at Brex."),
    "secrets": ("connector.cli.keys:secrets", "Re-encrypt everything under a new key."),
    "user": ("connector.cli.users:user", "Who may sign in to the console."),
    "alarms": ("connector.cli.alarms:alarms", "What is wrong, and who is told of it."),
    "doctor": ("connector.cli.doctor:doctor", "What is wrong here, and what mends it."),
}

_WRONG_ANSWER, _BAD_USE = 1, 2


class LazyGroup(click.Group):
    """Finds its commands in `COMMANDS`; our own errors end without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Give all names, in the order of the table."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        """Import the command; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the table into the help text."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Exit code 2 for bad use and configuration, 1 for any other error."""
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            click.echo(f"{error.subject}:", err=True)
            for fault in error.faults:
                click.echo(f"  - {fault}", err=True)
            ctx.exit(_BAD_USE)
        except ConnectorError as error:
            click.echo(f"ml-connector: {error}", err=True)
            ctx.exit(_WRONG_ANSWER)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ml-connector")
def main() -> None:
    """Move coded company spend out of Brex into an ERP, once, and prove it."""
