"""Records that the mapping has had in hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector.domain.documents import Made
from connector.domain.records import Status


@dataclass(frozen=True, slots=True)
class PastRecord:
    """A record as Brex sent it, where it stands, and what became of it."""

    record_id: str
    status: Status
    payload: Mapping[str, Any]
    made: Made
