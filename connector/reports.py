"""Reconciliations as files: a CSV of the items, and a workbook that a controller can file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, timedelta
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from connector.domain.reconciliation import (
    Ending,
    Reconciliation,
    item_row,
    line_row,
    told_of,
    totals_of,
)

#: What a spreadsheet would take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ITEM = (
    *("ending", "day", "item", "company", "account", "about", "currency"),
    *("transactions", "records", "ERP", "transaction ids", "record ids", "documents", "vouchers"),
    "what",
)
_LINE = ("company", "currency", "day", "account", "statement", "Brex", "ERP", "difference")
_BOLD = Font(bold=True)

Parameters = Sequence[tuple[str, Any]]


def write_csv(file: Path, result: Reconciliation) -> None:
    """Write every item, one a line, as UTF-8; amounts are plain digits."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(_ITEM)
        for one in result.items:
            values = _item(item_row(one))
            writer.writerow([_harmless(_printed(one)) for one in values])


def write_workbook(file: Path, result: Reconciliation) -> None:
    """Write the workbook of a result, with every item."""
    lines = [line_row(key, line) for key, line in sorted(result.totals.lines.items())]
    items = sorted(result.items, key=lambda one: (list(Ending).index(one.ending), one.day))
    with file.open("wb") as out:
        save_workbook(out, parameters_of(result), lines, (item_row(one) for one in items))


def parameters_of(result: Reconciliation) -> Parameters:
    """What was reconciled, and whether it is proved."""
    run = {name: getattr(result, name) for name in ("since", "until", "started_at", "faults")}
    run |= {"proved": result.is_proved, "unlisted": result.unlisted}
    return _parameters(result.connection, run)


def save_kept(
    out: IO[bytes],
    connection: str,
    run: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    items: Iterable[Mapping[str, Any]],
) -> None:
    """Write the workbook of a result that was kept, whose matched items are counts alone."""
    matched = run["endings"].get(Ending.MATCHED, 0)
    told = f"{matched} are counted in the totals, and not listed one by one"
    parameters = [
        *_parameters(connection, run),
        ("reconciliation", run["id"]),
        ("asked for by", run["asked_by"]),
        ("matched items", told),
    ]
    save_workbook(out, parameters, lines, items)


def _parameters(connection: str, run: Mapping[str, Any]) -> Parameters:
    return [
        ("connection", connection),
        ("first day", run["since"]),
        ("last day", run["until"] - timedelta(days=1)),
        ("made at (UTC)", f"{run['started_at'].astimezone(UTC):%Y-%m-%d %H:%M:%S}"),
        ("proved", "yes" if run["proved"] else "no"),
        *(("not proved because", fault) for fault in run["faults"]),
        *(("not listed", one) for one in run["unlisted"]),
    ]


def save_workbook(
    out: IO[bytes],
    parameters: Parameters,
    lines: Sequence[Mapping[str, Any]],
    items: Iterable[Mapping[str, Any]],
) -> None:
    """Write parameters, totals by currency, control totals, and items, a sheet each.

    `lines` and `items` are rows of `connector.domain.reconciliation.rows`.
    """
    book = Workbook(write_only=True)
    _sheet(book, "Parameters", ("what", "value"), parameters)
    _sheet(book, "Totals", ("currency", "Brex", "ERP", "difference", *Ending), _totals(lines))
    _sheet(book, "Control totals", (*_LINE, *Ending), (_line(one) for one in lines))
    _sheet(book, "Items", _ITEM, (_item(one) for one in items))
    book.save(out)


def _sheet(
    book: Workbook, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, one, bold=True) for one in columns])
    for row in rows:
        sheet.append([_cell(sheet, one) for one in row])


def _cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    """A cell; a text is a text, whatever it begins with."""
    cell = WriteOnlyCell(sheet, _printed(value))
    if isinstance(value, str):
        cell.data_type = "s"
    if bold:
        cell.font = _BOLD
    return cell


def _totals(lines: Iterable[Mapping[str, Any]]) -> Iterator[list[Any]]:
    for row in totals_of(lines):
        counts = [row["items"].get(ending, 0) for ending in Ending]
        yield [row["currency"], row["brex"], row["erp"], row["difference"], *counts]


def _line(line: Mapping[str, Any]) -> list[Any]:
    key = [line[name] for name in ("company", "currency", "day", "account", "statement")]
    counts = [line["items"].get(ending, 0) for ending in Ending]
    return [*key, line["brex"], line["erp"], line["brex"] - line["erp"], *counts]


def _item(row: Mapping[str, Any]) -> list[Any]:
    detail = row["detail"]
    ids = [" ".join(detail[n]) for n in ("transactions", "records", "documents", "vouchers")]
    about = [row[name] for name in ("day", "name", "company", "account", "about", "currency")]
    ending = row["ending"].replace("_", " ")
    return [ending, *about, row["charged"], row["recorded"], row["posted"], *ids, told_of(row)]


def _printed(value: Any) -> Any:
    """A value without the control characters that no workbook can hold."""
    return ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
