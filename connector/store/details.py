"""What a held record says of why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from connector.domain.reasons import Hold


def detail_of(hold: Hold) -> dict[str, Any]:
    """The JSON object that `records show` gives as `detail`; a list only where it has something."""
    told: dict[str, Any] = {"message": hold.message, "field": hold.field, "value": hold.value}
    lists: dict[str, Sequence[Any]] = {"changes": hold.changes, "candidates": hold.candidates}
    given = {name: [asdict(one) for one in some] for name, some in lists.items() if some}
    return told | given
