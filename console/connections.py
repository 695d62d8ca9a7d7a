"""The connections: how each stands, and what is done with it: ping, pause, resume."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Flask, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from connector.domain.people import Right
from connector.store.connections import StoredConnection
from connector.store.errands import ErrandKind, PostgresErrands
from connector.store.inspection import Inspection
from connector.store.status import StatusBoard
from console.desk import Desk
from console.mends import known
from console.queue_actions import Told
from console.signing_in import needs
from console.standing import standing


def add(app: Flask, desk: Desk) -> None:
    """Add the pages, and what is done there."""

    @app.get("/connections")
    @needs(Right.SEE)
    def connections() -> str:
        return render_template("connections.html", connections=standing(desk))

    @app.get("/connections/<name>")
    @needs(Right.SEE)
    def connection(name: str) -> str:
        return render_template("connection.html", name=name, **seen(desk, known(desk, name)))

    @app.get("/connections/<name>/checks")
    @needs(Right.SEE)
    def checks(name: str) -> str:
        stored = known(desk, name)
        return render_template("_checks.html", name=stored.name, pinged=_pinged(desk, stored))

    @app.post("/connections/<name>")
    @needs(Right.ADMINISTER)
    def act_on_connection(name: str) -> Response:
        action = ACTIONS.get(request.form.get("action", ""))
        if action is None:
            abort(400, "There is no such action.")
        for category, sentence in action(desk, known(desk, name)):
            flash(sentence, category)
        return redirect(url_for("connection", name=name))


def ping(desk: Desk, stored: StoredConnection) -> Iterable[Told]:
    """Have a worker ask both sides; one ping at a time."""
    pinged = _pinged(desk, stored)
    if pinged and not pinged["done_at"]:
        yield "warn", f"{pinged['by']} asked for it already: it is under way."
        return
    PostgresErrands(desk.acting()).ask(stored.name, ErrandKind.PING)
    yield "done", "A worker asks both sides. What they say stands below in a few seconds."


def pause(desk: Desk, stored: StoredConnection) -> Iterable[Told]:
    """Stop what writes."""
    if stored.paused_at:
        yield "warn", f"{stored.name} is paused already."
        return
    desk.acting_connections().pause(stored.name, paused=True)
    yield "done", f"{stored.name} posts and reports nothing. Records come in all the same."


def resume(desk: Desk, stored: StoredConnection) -> Iterable[Told]:
    """Let it post again."""
    if not stored.paused_at:
        yield "warn", f"{stored.name} is not paused."
        return
    desk.acting_connections().pause(stored.name, paused=False)
    yield "done", f"{stored.name} posts again."


Act = Callable[[Desk, StoredConnection], Iterable[Told]]
ACTIONS: Mapping[str, Act] = {"ping": ping, "pause": pause, "resume": resume}


def seen(desk: Desk, stored: StoredConnection) -> dict[str, Any]:
    """What is shown of a connection."""
    (how,) = (one for one in standing(desk) if one["connection"] == stored.name)
    jobs = StatusBoard(desk.database).jobs()
    return {
        "standing": how,
        "pinged": _pinged(desk, stored),
        "secrets": Inspection(desk.database).secrets(stored),
        "jobs": [one for one in jobs if one["connection"] == stored.name],
        "history": desk.connections.history(stored.id),
    }


def _pinged(desk: Desk, stored: StoredConnection) -> dict[str, Any] | None:
    """The last ping: by whom, when, and what the checks said, once they have."""
    last = PostgresErrands(desk.database).last(stored.name, ErrandKind.PING)
    if last is None:
        return None
    outcome = last.outcome or {}
    return {
        "by": last.asked_by.partition(":")[2],
        "asked_at": last.asked_at,
        "done_at": last.done_at,
        "checks": outcome.get("checks", ()),
        "told": outcome.get("told", ""),
    }
