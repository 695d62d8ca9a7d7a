"""The alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from connector.domain.people import Right
from connector.store.alarms import AlarmBoard
from console.api import schemas
from console.api.tokens import call
from console.desk import Desk


def add(blueprint: Any, desk: Desk) -> None:
    """Add the call."""

    @call(blueprint, desk, Right.SEE, "/alarms")
    @blueprint.arguments(schemas.AlarmQuery, location="query")
    @blueprint.response(200, schemas.Alarms)
    def alarms(query: Mapping[str, str]) -> dict[str, Any]:
        """What is wrong, and who was told."""
        board = AlarmBoard(desk.database)
        found = board.all() if query.get("all") else board.standing()
        return {"alarms": [asdict(one) for one in found]}
