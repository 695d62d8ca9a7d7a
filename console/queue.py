"""The queue of held records: narrowed, sorted and searched in the address, worked in one form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Flask, abort, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from connector.domain.mends import Wanted
from connector.domain.people import Right
from connector.store.held_queue import HeldQueue, Narrowed, Order, Place
from console import mends, queue_actions
from console.causes import title
from console.desk import Desk
from console.signing_in import needs

#: Rows of a page.
PAGE = 50


@dataclass(frozen=True, slots=True)
class View:
    """What the address says: which records, in which order, from where on."""

    narrowed: Narrowed
    order: Order
    after: Place | None

    @classmethod
    def read(cls, given: MultiDict[str, str] | Mapping[str, str]) -> View:
        """The view of an address; what cannot be read is left out."""
        has_cause = "field" in given or "value" in given
        narrowed = Narrowed(
            connection=given.get("connection", ""),
            reason=given.get("reason", ""),
            cause=(given.get("field", ""), given.get("value", "")) if has_cause else None,
            search=given.get("search", "").strip()[:100],
            asked=given.get("asked") == "1",
        )
        order = given.get("order", "")
        known = Order(order) if order in list(Order) else Order.OLDEST
        return cls(narrowed, known, _place(known, given.get("after", "")))

    def query(self, **changes: Any) -> str:
        """The address's part behind the question mark; None takes a part out."""
        field, value = self.narrowed.cause or (None, None)
        parts: dict[str, Any] = {
            "connection": self.narrowed.connection or None,
            "reason": self.narrowed.reason or None,
            "field": field,
            "value": value,
            "search": self.narrowed.search or None,
            "asked": "1" if self.narrowed.asked else None,
            "order": None if self.order is Order.OLDEST else self.order.value,
        }
        given = {name: part for name, part in (parts | changes).items() if part is not None}
        return f"?{urlencode(given)}" if given else "?"


def add(app: Flask, desk: Desk) -> None:
    """Add the queue and its actions."""
    app.add_template_filter(title, "cause")

    @app.get("/held")
    @needs(Right.SEE)
    def held() -> str:
        view = View.read(request.args)
        queue = HeldQueue(desk.database)
        choose = chosen_by(request.args)
        rows, end = queue.page(view.narrowed, view.order, limit=PAGE, after=view.after)
        return render_template(
            "_rows.html" if "HX-Request" in request.headers else "held.html",
            view=view,
            rows=rows,
            end=place_text(end) if end else None,
            total=queue.count(view.narrowed),
            causes=queue.causes(view.narrowed.connection),
            connections=[one.name for one in desk.connections.all()],
            orders=list(Order),
            offer=_offer(desk, view.narrowed, choose),
            choose=choose,
            kept=parse_qsl(view.query(after=None)[1:]),
        )

    @app.post("/held")
    @needs(Right.WORK)
    def act() -> Response:
        view = View.read(request.args)
        chosen = queue_actions.chosen(desk, view.narrowed, request.form)
        action = queue_actions.ACTIONS.get(request.form.get("action", ""))
        if action is None:
            abort(400, "There is no such action.")
        for category, told in (*chosen.told, *action(desk, chosen.rows, request.form)):
            flash(told, category)
        return redirect(url_for("held") + view.query())


def place_text(place: Place) -> str:
    """A place as it stands in an address."""
    return f"{place.key}~{place.record}"


def _place(order: Order, text: str) -> Place | None:
    """The place of a text; None for one that is none in that order."""
    key, _, record = text.rpartition("~")
    if not re.fullmatch(r"\d{1,18}", record, re.ASCII):
        return None
    if order in {Order.LARGEST, Order.SMALLEST}:
        is_amount = re.fullmatch(r"-?\d{1,20}(\.\d{1,12})?", key, re.ASCII)
        return Place(key, int(record)) if is_amount else None
    try:
        return Place(datetime.fromisoformat(key).isoformat(), int(record))
    except ValueError:
        return None


def chosen_by(given: Mapping[str, str]) -> str:
    """What is searched for in the ERP's master data."""
    return given.get("choose", "").strip()[:100]


def _offer(desk: Desk, narrowed: Narrowed, choose: str) -> mends.Offer | None:
    """The mend of the one cause that is shown."""
    if not narrowed.connection or narrowed.cause is None:
        return None
    return mends.offer(desk, narrowed.connection, Wanted(narrowed.reason, *narrowed.cause), choose)
