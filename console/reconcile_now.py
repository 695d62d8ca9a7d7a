"""One reconciliation anew: a worker does it, and the page shows that it is under way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from connector.domain.people import Right
from connector.store.connections import StoredConnection
from connector.store.errands import ErrandKind, PostgresErrands
from console.desk import Desk
from console.mends import known
from console.queue_actions import Told
from console.signing_in import needs

#: What one errand reads: a quarter, and no day before Brex was.
_LONGEST, _FIRST = timedelta(days=93), date(2017, 1, 1)
_DAY = timedelta(days=1)


def add(app: Flask, desk: Desk) -> None:
    """Add the wish, and how it goes."""

    @app.get("/reconciliation/<name>/asked")
    @needs(Right.SEE)
    def reconciliation_asked(name: str) -> str:
        stored = known(desk, name)
        return render_template("_asked.html", connection=stored.name, asked=asked(desk, stored))

    @app.post("/reconciliation/<name>")
    @needs(Right.WORK)
    def reconcile_now(name: str) -> Response:
        stored = known(desk, name)
        for category, sentence in reconcile(desk, stored, request.form):
            flash(sentence, category)
        return redirect(url_for("reconciliation", connection=stored.name))


def reconcile(desk: Desk, stored: StoredConnection, wish: Mapping[str, Any]) -> Iterable[Told]:
    """Have a worker reconcile some days, the last one included; one at a time."""
    since, until = (day_of(wish.get(name, "")) for name in ("since", "until"))
    if since is None or until is None:
        yield "error", "Give the first and the last day, as 2026-06-01."
        return
    if not _FIRST <= since <= until <= today() + _DAY or until - since >= _LONGEST:
        most = f"{_LONGEST.days} days at most, and none that is still to come"
        yield "error", f"The first day comes first; {most}. Of more: ml-connector reconcile."
        return
    days = {"since": since, "until": until}
    if PostgresErrands(desk.acting()).ask(stored.name, ErrandKind.RECONCILE, what=days):
        yield "done", "A worker reads both sides. What it finds stands here once it is done."
    else:
        yield "warn", "A reconciliation is under way already. Ask again once it is done."


def asked(desk: Desk, stored: StoredConnection) -> dict[str, Any] | None:
    """The last one that somebody asked for: which days, by whom, and how it ended, once it has."""
    last = PostgresErrands(desk.database).last(stored.name, ErrandKind.RECONCILE)
    if last is None:
        return None
    return {
        "by": last.asked_by.rpartition(":")[2],
        "asked_at": last.asked_at,
        "done_at": last.done_at,
        "days": last.what,
        **(last.outcome or {}),
    }


def day_of(text: str) -> date | None:
    """A day as addresses and forms have it; None for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def today() -> date:
    """The day that it is in UTC."""
    return datetime.now(UTC).date()
