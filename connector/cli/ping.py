"""`connection ping`: real read-only calls to both sides, each check with its mend."""

from __future__ import annotations

from typing import Any

import click

from connector.cli.output import cell, console, json_option, print_json
from connector.cli.parameters import Line
from connector.cli.session import session
from connector.ports import Check
from connector.redaction import redacted


@click.command()
@click.argument("name", type=Line())
@json_option
def ping(*, name: str, as_json: bool) -> None:
    """Check a connection with real calls that change nothing on either side."""
    with session() as application:
        checks = application.check(name)
    show_checks(checks, {"connection": name}, as_json=as_json)


def show_checks(checks: list[Check], about: dict[str, Any], *, as_json: bool) -> None:
    """Print all checks; exit code 1 where one failed."""
    passed = all(check.passed for check in checks)
    if as_json:
        listed = [
            {"name": c.name, "passed": c.passed, "detail": redacted(c.detail)} for c in checks
        ]
        print_json({**about, "passed": passed, "checks": listed})
    else:
        screen = console()
        for check in checks:
            mark = "[green]ok  [/]" if check.passed else "[red]FAIL[/]"
            screen.print(
                mark, cell(f"{check.name}: {check.detail}" if check.detail else check.name)
            )
    if not passed:
        click.get_current_context().exit(1)
