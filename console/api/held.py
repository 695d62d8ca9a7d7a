"""The queue of held records, and what is done with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from connector.domain.mends import Wanted
from connector.domain.people import Right
from connector.store.held_queue import HeldQueue, Narrowed
from console import mends, queue_actions
from console.api import schemas
from console.api.tokens import call
from console.desk import Desk
from console.queue import PAGE, View, place_text


def add(blueprint: Any, desk: Desk) -> None:
    """Add the calls."""

    @call(blueprint, desk, Right.SEE, "/held")
    @blueprint.arguments(schemas.HeldQuery, location="query")
    @blueprint.response(200, schemas.HeldPage)
    def held(query: Mapping[str, str]) -> dict[str, Any]:
        """Held records, fifty at a time."""
        view, queue = View.read(query), HeldQueue(desk.database)
        rows, end = queue.page(view.narrowed, view.order, limit=PAGE, after=view.after)
        return {
            "records": rows,
            "total": queue.count(view.narrowed),
            "next": place_text(end) if end else None,
        }

    @call(blueprint, desk, Right.SEE, "/held/causes")
    @blueprint.response(200, schemas.Causes)
    def causes() -> dict[str, Any]:
        """What held records wait for, the most first."""
        return {"causes": HeldQueue(desk.database).causes()}

    @call(blueprint, desk, Right.WORK, "/held/actions", "POST")
    @blueprint.arguments(schemas.Action)
    @blueprint.response(200, schemas.Answer)
    def act(wish: Mapping[str, Any]) -> dict[str, Any]:
        """Release, skip or return records; those that somebody acted on since are left."""
        ticked = [("record", f"{one['record']}.{one['attempt']}") for one in wish["records"]]
        chosen = queue_actions.chosen(desk, Narrowed(), MultiDict(ticked))
        action = queue_actions.ACTIONS[wish["action"]]
        return schemas.answer([*chosen.told, *action(desk, chosen.rows, wish)])

    @call(blueprint, desk, Right.WORK, "/mends", "POST")
    @blueprint.arguments(schemas.Mend)
    @blueprint.response(200, schemas.Answer)
    def mend(wish: Mapping[str, str]) -> dict[str, Any]:
        """Give what records wait for; all that wait for it go on."""
        wanted = Wanted(wish["reason"], wish["field"], wish["value"])
        stored = mends.known(desk, wish["connection"])
        return schemas.answer(mends.mend(desk, stored, wanted, wish["put"]))
