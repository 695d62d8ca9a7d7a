"""What runs of master data found and changed, and what of it waits for a person's word."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from connector.domain.people import Right
from connector.domain.sync import Action, SyncOutcome, Target
from connector.store.connections import StoredConnection
from connector.store.sync_runs import PostgresSyncRuns
from console.desk import Desk, signed_in
from console.signing_in import needs

#: Of a difference so much is shown; the rest is counted.
_SHOWN = 200
_RUNS = 5
#: What PostgreSQL counts with.
_NUMBERS = 2**63


def add(app: Flask, desk: Desk) -> None:
    """Add the page, and the confirmation."""

    @app.get("/master-data")
    @needs(Right.SEE)
    def master_data() -> str:
        connections = desk.connections.all()
        shown = [
            {
                "connection": one.name,
                "targets": [(t.value, _runs(desk, one, t)) for t in Target],
            }
            for one in connections
        ]
        return render_template("master_data.html", connections=shown)

    @app.post("/master-data")
    @needs(Right.WORK)
    def confirm() -> Response:
        form = request.form
        stored = desk.connections.find(form.get("connection", ""))
        target, run = form.get("target", ""), form.get("run", type=int)
        if stored is None or target not in list(Target) or not 0 < (run or 0) < _NUMBERS:
            abort(400, "There is no such run.")
        runs = PostgresSyncRuns(desk.acting(), stored.id)
        if runs.confirm(Target(target), signed_in().actor, run):
            flash(f"Confirmed: the {target} of {stored.name} are read again and changed.", "done")
        else:
            flash("Something else waits by now, or nothing. Nothing was confirmed.", "warn")
        return redirect(url_for("master_data"))


#: Of a run that goes on, failed or died: what an earlier one found stands.
_SAYS_NOTHING = frozenset({None, SyncOutcome.FAILED, SyncOutcome.ABANDONED})


def _runs(desk: Desk, stored: StoredConnection, target: Target) -> dict[str, Any]:
    runs = PostgresSyncRuns(desk.database, stored.id)
    last = runs.last(target, _RUNS)
    done = next(
        (one for one in last if not one["dry_run"] and one["outcome"] not in _SAYS_NOTHING), None
    )
    if done is None:
        return {"runs": last, "waits": None, "changes": [], "of": 0}
    waits = done["outcome"] == SyncOutcome.NEEDS_CONFIRMATION and not done["confirmed_at"]
    return {
        "runs": last,
        "waits": done if waits else None,
        "changes": runs.changes(done["run"], _SHOWN),
        "of": sum(done[action.value] for action in Action),
    }
