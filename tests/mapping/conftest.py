import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.domain.accounting import (
    AccountingRecord,
    EntryType,
    FieldValue,
    LineItem,
    ReviewStatus,
    SourceType,
    Vendor,
)
from connector.domain.money import Money

SAMPLES = Path(__file__).parents[1] / "samples" / "brex"


@pytest.fixture
def sample() -> Callable[[str], AccountingRecord]:
    """A sample by its name, as Brex sends it."""
    return lambda name: _record(
        json.loads((SAMPLES / f"{name}.json").read_text(), parse_float=Decimal, parse_int=Decimal)
    )


def _record(data: dict[str, Any]) -> AccountingRecord:
    user = data["user"]
    return AccountingRecord(
        id=data["id"],
        type=data["type"],
        review_status=ReviewStatus(data["review_status"]),
        source_type=SourceType(data["source_type"]),
        source_id=data["source_id"],
        version=int(data["version"]),
        updated_at=datetime.fromisoformat(data["updated_at"]),
        posted_at=datetime.fromisoformat(data["posted_at"]),
        erp_posting_date=datetime.fromisoformat(data["erp_posting_date"]),
        amount=Money(data["amount"]["amount"], data["amount"]["currency"]),
        vendor=data["vendor"] and Vendor(data["vendor"]["id"], data["vendor"]["name"]),
        user_name=f"{user['first_name']} {user['last_name']}",
        memo=data["memo"],
        line_items=tuple(_line(line) for line in data["line_items"]),
    )


def _line(data: dict[str, Any]) -> LineItem:
    keys = ("brex_field_id", "remote_field_id", "brex_field_value_id", "remote_field_value_id")
    return LineItem(
        id=data["id"],
        type=EntryType(data["type"]),
        amount=Money(data["amount"]["amount"], data["amount"]["currency"]),
        memo=data["memo"],
        field_values=tuple(
            FieldValue(*(value[key] for key in keys)) for value in data["accounting_field_values"]
        ),
    )
