"""The files of a reconciliation hold whatever text Brex shows."""

import csv
from datetime import UTC, datetime

from openpyxl import load_workbook

from connector.domain.reconciliation import ControlTotals, Ending, Item, Reconciliation
from connector.reports import write_csv, write_workbook
from tests.reconciliation.worlds import SINCE, UNTIL


def test_control_characters_of_a_merchants_name_are_left_out_of_the_files(tmp_path):
    names = ["TAXI\x02X", "\x02=1+1", "Café"]
    items = [
        Item(ending=Ending.MATCHED, name=str(n), day=SINCE, currency="SEK", about=about)
        for n, about in enumerate(names)
    ]
    made_at = datetime(2026, 11, 25, tzinfo=UTC)
    result = Reconciliation(
        "acme", SINCE, UNTIL, made_at, items, ControlTotals([]), [f"{names[0]} was not read"]
    )
    write_workbook(tmp_path / "a.xlsx", result)
    book = load_workbook(tmp_path / "a.xlsx", read_only=True)
    _, *rows = book["Items"].values
    assert [row[5] for row in rows] == ["TAXIX", "=1+1", "Café"]
    assert ("not proved because", "TAXIX was not read") in list(book["Parameters"].values)
    write_csv(tmp_path / "a.csv", result)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as lines:
        assert [row["about"] for row in csv.DictReader(lines)] == ["TAXIX", "'=1+1", "Café"]
