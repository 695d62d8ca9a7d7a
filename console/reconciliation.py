"""The reconciliations: what the last ones found, and each item of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import urlencode

from flask import Flask, abort, render_template, request, send_file
from werkzeug.wrappers import Response

from connector.domain.people import Right
from connector.domain.reconciliation import Ending, told_of, totals_of
from connector.reports import save_kept
from connector.store.connections import StoredConnection
from connector.store.reconciliations import PostgresReconciliations, Sought
from console import matching
from console.desk import NUMBER, Desk
from console.mends import known
from console.reconcile_now import asked, day_of, today
from console.signing_in import needs

#: What stands on one page.
_RUNS, _LINES, ITEMS = 12, 50, 100
_DAY = timedelta(days=1)
#: What PostgreSQL counts items with.
_LAST = 2**31 - 1
_KEY = ("company", "currency", "day", "account")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add(app: Flask, desk: Desk) -> None:
    """Add the pages and the workbook."""
    app.add_template_filter(ending_text, "ending")

    @app.get("/reconciliation")
    @needs(Right.SEE)
    def reconciliation() -> str:
        connections = desk.connections.all()
        wanted = request.args.get("connection", "")
        stored = next((one for one in connections if wanted in {"", one.name}), None)
        if stored is None:
            return render_template("reconciliation.html", connection=None)
        runs = _kept(desk, stored).runs(1)
        return render_template(
            "reconciliation.html", **_page(desk, stored, runs[0] if runs else None)
        )

    @app.get(f"/reconciliation/<name>/<{NUMBER}:number>")
    @needs(Right.SEE)
    def reconciled(name: str, number: int) -> str:
        stored, run = found(desk, name, number)
        return render_template("reconciliation.html", **_page(desk, stored, run))

    @app.get(f"/reconciliation/<name>/<{NUMBER}:number>/items")
    @needs(Right.SEE)
    def reconciled_items(name: str, number: int) -> str:
        stored, run = found(desk, name, number)
        return render_template("reconciliation_items.html", **_items_page(desk, stored, run))

    @app.get(f"/reconciliation/<name>/<{NUMBER}:number>/book.xlsx")
    @needs(Right.SEE)
    def reconciled_book(name: str, number: int) -> Response:
        stored, run = found(desk, name, number)
        kept = _kept(desk, stored)
        book = TemporaryFile()  # noqa: SIM115  the answer closes it
        save_kept(book, stored.name, run, kept.lines(number), kept.all_items(number))
        book.seek(0)
        called = f"{stored.name}-{run['since']}-{run['until'] - _DAY}.xlsx"
        return send_file(book, mimetype=_XLSX, as_attachment=True, download_name=called)


def found(desk: Desk, name: str, number: int) -> tuple[StoredConnection, Mapping[str, Any]]:
    """A connection and one of its results, or 404."""
    stored = known(desk, name)
    run = _kept(desk, stored).find(number)
    if run is None:
        abort(404, f"{stored.name} has no reconciliation {number}.")
    return stored, run


def sought(args: Mapping[str, Any]) -> Sought:
    """Which items an address asks for; what is no ending or no day narrows nothing."""
    ending = args.get("ending", "")
    return Sought(
        ending=Ending(ending) if ending in list(Ending) else None,
        company=args.get("company"),
        currency=args.get("currency"),
        day=day_of(args.get("day", "")),
        account=args.get("account"),
        is_ours={"1": True, "0": False}.get(args.get("is_ours", "")),
    )


def page_of(
    kept: PostgresReconciliations, number: int, wanted: Sought, after: int
) -> tuple[list[dict[str, Any]], int | None]:
    """A page of items, and behind which `nth` the next one begins; None where there is none."""
    rows = kept.items(number, wanted, after=after, limit=ITEMS + 1)
    return rows[:ITEMS], rows[ITEMS - 1]["nth"] if len(rows) > ITEMS else None


def ending_text(ending: str) -> str:
    """An ending in words."""
    return {"only_in_erp": "only in the ERP", "only_in_brex": "only in Brex"}.get(
        ending, ending.replace("_", " ")
    )


def _kept(desk: Desk, stored: StoredConnection) -> PostgresReconciliations:
    return PostgresReconciliations(desk.database, stored.id)


def _page(desk: Desk, stored: StoredConnection, run: Mapping[str, Any] | None) -> dict[str, Any]:
    """Everything of a connection's page, with one result opened."""
    month = (today().replace(day=1) - _DAY).replace(day=1)
    return {
        "connection": stored.name,
        "connections": [one.name for one in desk.connections.all()],
        "runs": _kept(desk, stored).runs(_RUNS),
        "asked": asked(desk, stored),
        "month": (month, today().replace(day=1) - _DAY),
        "run": run,
        "endings": list(Ending),
        "one_day": _DAY,
        **(_opened(_kept(desk, stored).lines(run["id"])) if run else {}),
    }


def _opened(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    wanted = {name: request.args[name] for name in (*_KEY, "statement") if name in request.args}
    shown = [one for one in lines if all(str(one[name]) == of for name, of in wanted.items())]
    start = max(0, request.args.get("line", 0, type=int))
    more = start + _LINES
    return {
        "totals": totals_of(lines),
        "bars": matching.bars(lines),
        "chart": (matching.WIDTH, matching.HEIGHT),
        "lines": [(one, _items_of(one)) for one in shown[start:more]],
        "of_lines": len(shown),
        "wanted": wanted,
        "more": urlencode({**wanted, "line": more}) if more < len(shown) else None,
    }


def _items_of(line: Mapping[str, Any]) -> str:
    """The part of the address that asks for a line's items; "" where all of them match."""
    is_open = any(count for ending, count in line["items"].items() if ending != Ending.MATCHED)
    return urlencode({name: line[name] for name in _KEY} | {"is_ours": 1}) if is_open else ""


def _items_page(desk: Desk, stored: StoredConnection, run: Mapping[str, Any]) -> dict[str, Any]:
    kept, wanted = _kept(desk, stored), sought(request.args)
    after = request.args.get("after", -1, type=int)
    rows, end = page_of(kept, run["id"], wanted, after if -1 <= after <= _LAST else -1)
    filters = {name: of for name, of in asdict(wanted).items() if of is not None}
    if wanted.is_ours is not None:
        filters["is_ours"] = int(wanted.is_ours)
    names = {one for row in rows for one in (*row["detail"]["records"], *_suggested(row))}
    return {
        "connection": stored.name,
        "run": run,
        "one_day": _DAY,
        "items": [_item(row) for row in rows],
        "total": kept.count(run["id"], wanted),
        "here": kept.records_here(names),
        "filters": filters,
        "endings": [one for one in Ending if one is not Ending.MATCHED],
        "is_first": after < 0,
        "end": end,
    }


def _suggested(row: Mapping[str, Any]) -> list[str]:
    return [one["name"] for one in row["detail"]["suggestions"]]


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with what it says by itself, apart from what is only suggested."""
    said = told_of({**row, "detail": {**row["detail"], "suggestions": ()}})
    brex = row["recorded"] if row["charged"] is None else row["charged"]
    return {**row, "brex": brex, "said": said}
