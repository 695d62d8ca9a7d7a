"""The connections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.domain.people import Right
from console import connections
from console.api import schemas
from console.api.tokens import call
from console.desk import Desk
from console.mends import known
from console.standing import standing


def add(blueprint: Any, desk: Desk) -> None:
    """Add the calls."""

    @call(blueprint, desk, Right.SEE, "/connections")
    @blueprint.response(200, schemas.Connections)
    def listed() -> dict[str, Any]:
        """Every connection with what is known of both its sides."""
        return {"connections": standing(desk)}

    @call(blueprint, desk, Right.SEE, "/connections/<connection>")
    @blueprint.response(200, schemas.Connection)
    def shown(connection: str) -> dict[str, Any]:
        """One of them: also its secrets (whether each is set), its last ping, and its history."""
        return connections.seen(desk, known(desk, connection))

    @call(blueprint, desk, Right.ADMINISTER, "/connections/<connection>/actions", "POST")
    @blueprint.arguments(schemas.ConnectionAction)
    @blueprint.response(200, schemas.Answer)
    def act(wish: Mapping[str, str], connection: str) -> dict[str, Any]:
        """Ping, pause or resume. A worker pings; its checks come with the connection."""
        act_on = connections.ACTIONS[wish["action"]]
        return schemas.answer(act_on(desk, known(desk, connection)))
