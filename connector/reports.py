"""Reconciliations as files: a CSV of the items, and a workbook that a controller can file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from connector.domain.reconciliation import Ending, Reconciliation, item_row, line_row, told_of

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
            writer.writerow([_harmless(v) if isinstance(v, str) else v for v in values])


def write_workbook(file: Path, result: Reconciliation) -> None:
    """Write the workbook of a result, with every item."""
    lines = [line_row(key, line) for key, line in sorted(result.totals.lines.items())]
    items = sorted(result.items, key=lambda one: (list(Ending).index(one.ending), one.day))
    with file.open("wb") as out:
        save_workbook(out, parameters_of(result), lines, (item_row(one) for one in items))


def parameters_of(result: Reconciliation) -> Parameters:
    """What was reconciled, and whether it is proved."""
    return [
        ("connection", result.connection),
        ("first day", result.since),
        ("last day", result.until - timedelta(days=1)),
        ("made at (UTC)", f"{result.started_at:%Y-%m-%d %H:%M:%S}"),
        ("proved", "yes" if result.is_proved else "no"),
        *(("not proved because", fault) for fault in result.faults),
        *(("not listed", one) for one in result.unlisted),
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
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"
    if bold:
        cell.font = _BOLD
    return cell


def _totals(lines: Iterable[Mapping[str, Any]]) -> Iterator[list[Any]]:
    found: dict[str, list[Any]] = {}
    for line in lines:
        row = found.setdefault(line["currency"], [Decimal(0)] * 2 + [0] * len(Ending))
        row[0] += line["brex"]
        row[1] += line["erp"]
        for nth, ending in enumerate(Ending, start=2):
            row[nth] += line["items"].get(ending, 0)
    for currency, (brex, erp, *counts) in sorted(found.items()):
        yield [currency, brex, erp, brex - erp, *counts]


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


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
