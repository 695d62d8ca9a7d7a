"""The page of one record: both sides of it, and all that happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from connector.connection_file.stored import console_from_json, mapping_from_json
from connector.domain.desk import ConsoleConfig, link
from connector.domain.mends import Wanted
from connector.domain.people import Right
from connector.ports import HeldRecord
from connector.store.errands import ErrandKind, PostgresErrands
from connector.store.held_queue import HeldQueue, Narrowed
from connector.store.listing import Listing
from console import mends, queue_actions
from console.desk import NUMBER, Desk
from console.queue import chosen_by
from console.signing_in import needs


def add(app: Flask, desk: Desk) -> None:
    """Add the page of a record, and what is done there."""

    @app.get(f"/records/<{NUMBER}:number>")
    @needs(Right.SEE)
    def record(number: int) -> str:
        return render_template("record.html", **_seen(desk, number))

    @app.get("/records/by-id/<record_id>")
    @needs(Right.SEE)
    def record_by_id(record_id: str) -> Response:
        shown = Listing(desk.database).show(record_id, request.args.get("connection"))
        return redirect(url_for("record", number=shown["id"]))

    @app.post(f"/records/<{NUMBER}:number>")
    @needs(Right.WORK)
    def act_on(number: int) -> Response:
        chosen = queue_actions.chosen(desk, Narrowed(), request.form)
        action = queue_actions.ACTIONS.get(request.form.get("action", ""))
        if action is None or request.form.get("scope"):
            abort(400, "There is no such action.")
        for category, told in (*chosen.told, *action(desk, chosen.rows, request.form)):
            flash(told, category)
        return redirect(url_for("record", number=number))


def _seen(desk: Desk, number: int) -> dict[str, Any]:
    listing = Listing(desk.database)
    record_id, connection = listing.name_of(number)
    shown = listing.show(record_id, connection)
    payload = listing.payload(number)
    stored = desk.connections.find(connection)
    config = console_from_json(stored.config) if stored else ConsoleConfig()
    held = HeldQueue(desk.database).named([number])
    choose = chosen_by(request.args)
    return {
        "record": shown,
        "held": held[0] if held else None,
        "offer": _offer(desk, held[0], choose) if held else None,
        "choose": choose,
        "of_record": number,
        "needs_two": bool(held) and config.needs_two(held[0].amount),
        "said": payload,
        "writes": listing.writes(number),
        "links": _links(config, shown, payload),
        "zone": mapping_from_json(stored.config["mapping"]).time_zone if stored else "UTC",
        "returned": PostgresErrands(desk.database).last(connection, ErrandKind.RETURN, number),
    }


def _offer(desk: Desk, row: HeldRecord, choose: str) -> mends.Offer | None:
    return mends.offer(desk, row.connection, Wanted(row.reason, row.field, row.value), choose)


def _links(
    config: ConsoleConfig, shown: Mapping[str, Any], payload: Mapping[str, Any]
) -> dict[str, Any]:
    """Where both sides show the record, by document on the side of the ERP."""
    of_record = {"record_id": shown["record_id"], "source_id": payload.get("source_id")}
    return {
        "brex": link(config.brex_link, of_record),
        "erp": {
            one["document"]: link(
                config.erp_link,
                of_record
                | {
                    "number": one["number"],
                    "reference": one["erp_reference"],
                    "voucher": one["voucher"],
                    "company": one["erp_company"],
                },
            )
            for one in shown["documents"]
        },
    }
