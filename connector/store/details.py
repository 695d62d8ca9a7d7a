"""What a held record says of why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from psycopg2.extras import Json

from connector.domain.reasons import Hold
from connector.store.database import as_json


def detail_of(hold: Hold) -> Json:
    """The JSON object that `records show` gives as `detail`; a list only where it has something."""
    told: dict[str, Any] = {"message": hold.message, "field": hold.field, "value": hold.value}
    lists: dict[str, Sequence[Any]] = {"changes": hold.changes, "candidates": hold.candidates}
    given = {name: [asdict(one) for one in some] for name, some in lists.items() if some}
    return as_json(told | given)
