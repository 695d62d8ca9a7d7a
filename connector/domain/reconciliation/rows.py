"""Results as plain rows: as they are kept, and as reports show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from connector.domain.reconciliation.items import Item
from connector.domain.reconciliation.totals import Key, Line

#: Of an item what stands in its `detail`.
_DETAIL = (
    *("transactions", "records", "documents", "document_amounts", "vouchers"),
    *("differences", "suggestions"),
)


def item_row(item: Item) -> dict[str, Any]:
    """An item; amounts are Decimals or None, those within `detail` text."""
    whole = asdict(item)
    detail = {name: whole.pop(name) for name in _DETAIL}
    detail["document_amounts"] = [str(one) for one in detail["document_amounts"]]
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


def told_of(row: Mapping[str, Any]) -> str:
    """What an item's row says of its ending, in one sentence; "" for nothing."""
    detail = row["detail"]
    differences = [
        f"{d['what']}: {d['here']} here, {d['erp']} there" for d in detail["differences"]
    ]
    maybe = [f"{one['name']} ({one['score']})" for one in detail["suggestions"]]
    suggested = [f"may be {', '.join(maybe)}"] if maybe else []
    return "; ".join(filter(None, [row["told"], *differences, *suggested]))
