"""How commands show what they found: tables for people, one JSON document for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from connector.redaction import redacted

#: The option of every command that reads.
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")

#: Nobody's terminal: wide enough that no id is cut.
_WIDE = 240
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400


def console() -> Console:
    """Standard output; a file or a pipe gets wide lines and no colours."""
    width = None if sys.stdout.isatty() else _WIDE
    return Console(file=sys.stdout, width=width, highlight=False, soft_wrap=False)


def print_json(value: Any) -> None:
    """One JSON document, in ASCII: no terminal takes part of it for a command."""
    click.echo(json.dumps(value, indent=2, default=_as_json))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """A table of plain values; what could command the terminal, or is a secret, is masked."""
    table = Table(title=title or None, title_justify="left", title_style="bold", box=None)
    table.header_style = "dim"
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=False)
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    console().print(table)


def cell(value: Any) -> Text:
    """A value as text for a person."""
    if value is None:
        return Text("-", style="dim")
    if isinstance(value, bool):
        return Text("yes", style="green") if value else Text("no", style="red")
    if isinstance(value, datetime):
        return Text(value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"))
    return Text(str(redacted(value if isinstance(value, str) else str(value))))


def coding(line: Mapping[str, Any]) -> str:
    """How a document's line is coded: `AIT1=7500 AIT2=CC10`, `VAT=20`."""
    vat = [["VAT", line["vat_code"]]] if line.get("vat_code") else []
    return " ".join(f"{name}={value}" for name, value in (*line["dimensions"], *vat))


def span(seconds: float | None) -> str | None:
    """A length of time in the unit that suits it: `42 s`, `17 min`, `5 h`, `12 d`."""
    if seconds is None:
        return None
    size = abs(seconds)
    for unit, length in (("d", _DAY_S), ("h", _HOUR_S), ("min", _MINUTE_S)):
        if size >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
