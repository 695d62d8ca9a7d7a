"""Results as plain rows: as they are kept, and as reports show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from connector.domain.reconciliation.items import Ending, Item
from connector.domain.reconciliation.totals import Key, Line

#: Of an item what stands in its `detail`.
_DETAIL = (
    *("transactions", "records", "record_amounts", "documents", "document_amounts", "vouchers"),
    *("differences", "suggestions"),
)


def item_row(item: Item) -> dict[str, Any]:
    """An item; amounts are Decimals or None, those within `detail` text."""
    whole = asdict(item)
    detail = {name: whole.pop(name) for name in _DETAIL}
    for name in ("record_amounts", "document_amounts"):
        detail[name] = [str(one) for one in detail[name]]
    return whole | {"ending": item.ending.value, "detail": detail}


def line_row(key: Key, line: Line) -> dict[str, Any]:
    """A line of the control totals; `items` and `explained` (as text) are by ending."""
    return {
        **key._asdict(),
        "brex": line.brex,
        "erp": line.erp,
        "items": dict(line.items),
        "explained": {ending: str(amount) for ending, amount in line.explained.items()},
    }


def totals_of(lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of lines added up, a row for each currency; of endings those that there are."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        row = found.setdefault(
            line["currency"],
            {"currency": line["currency"], "brex": Decimal(0), "erp": Decimal(0)}
            | {"items": {}, "explained": {}},
        )
        for side in ("brex", "erp"):
            row[side] += line[side]
        for ending, count in line["items"].items():
            row["items"][ending] = row["items"].get(ending, 0) + count
        for ending, amount in line["explained"].items():
            row["explained"][ending] = row["explained"].get(ending, Decimal(0)) + Decimal(amount)
    for row in found.values():
        row["difference"] = row["brex"] - row["erp"]
        for name in ("items", "explained"):
            row[name] = {one: row[name][one] for one in Ending if row[name].get(one)}
    return [row for _, row in sorted(found.items())]


def told_of(row: Mapping[str, Any]) -> str:
    """What an item's row says of its ending, in one sentence; "" for nothing."""
    detail = row["detail"]
    differences = [
        f"{d['what']}: {d['here']} here, {d['erp']} there" for d in detail["differences"]
    ]
    maybe = [f"{one['name']} ({one['score']})" for one in detail["suggestions"]]
    suggested = [f"may be {', '.join(maybe)}"] if maybe else []
    return "; ".join(filter(None, [row["told"], *differences, *suggested]))
