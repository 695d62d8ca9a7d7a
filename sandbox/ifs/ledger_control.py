"""`/_sandbox/ifs/ledger/…`: what others post, change and take out, as nobody should be able to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from sandbox.ifs.ifs import Ifs
from sandbox.ifs.peer import IfsPeer
from sandbox.ifs.tables import Row


def routes(control: Blueprint, peer: IfsPeer) -> None:
    """Adds the paths to the control of the simulated IFS."""

    @control.post("/ledger/proposals")
    def post_proposals() -> Response:
        """Heads (Identity, InvoiceNo, InvoiceDate, GrossCurrAmount), posted unless `Objstate`."""
        with peer.ifs.database.transaction():
            numbers = [_post_proposal(peer.ifs, one) for one in request.get_json(force=True)]
        return jsonify(numbers=numbers)

    @control.post("/ledger/vouchers")
    def post_vouchers() -> Response:
        """Vouchers of the general ledger, each `{"rows": […], "VoucherType": "M"}`."""
        with peer.ifs.database.transaction():
            numbers = [_post_voucher(peer.ifs, one) for one in request.get_json(force=True)]
        return jsonify(numbers=numbers)

    @control.patch("/ledger/<number>")
    def change(number: str) -> Response:
        """`{"amount": "12.00"}`: what was posted under a number is of another amount."""
        amount = Decimal(request.get_json(force=True)["amount"])
        with peer.ifs.database.transaction():
            for table, row in _under(peer.ifs, number):
                name = "GrossCurrAmount" if table == "proposals" else "CurrencyAmount"
                new = amount.copy_sign(row.values[name])
                peer.ifs.tables[table].update(row.key, later=True, **{name: new})
        return jsonify(done=True)

    @control.delete("/ledger/<number>")
    def take_out(number: str) -> Response:
        """What was posted under a number is gone."""
        with peer.ifs.database.transaction():
            for table, row in _under(peer.ifs, number):
                peer.ifs.tables[table].delete(row.key)
        return jsonify(done=True)


def _under(ifs: Ifs, number: str) -> Iterator[tuple[str, Row]]:
    proposals = [("proposals", row) for row in ifs.tables["proposals"].by("InvoiceNo", number)]
    rows = [("gl_rows", row) for row in ifs.tables["gl_rows"].by("ReferenceNumber", number)]
    if not proposals and not rows:
        abort(404)
    yield from proposals
    yield from rows


def _post_proposal(ifs: Ifs, given: dict[str, Any]) -> int:
    number = next(ifs.numbers["InvoiceId"])
    values = {
        "Company": "10",
        "SeriesId": "SI",
        "VoucherType": "I",
        "CurrencyCode": "SEK",
        "Objstate": "FinalPosted",
        "Balance": Decimal(0),
        "VoucherNo": number,
        **given,
        "InvoiceId": number,
        "GrossCurrAmount": Decimal(given["GrossCurrAmount"]),
        "InvoiceDate": date.fromisoformat(given["InvoiceDate"]),
    }
    values["VoucherDate"] = date.fromisoformat(given.get("VoucherDate", given["InvoiceDate"]))
    ifs.tables["proposals"].insert((values["Company"], number), values)
    return number


def _post_voucher(ifs: Ifs, given: dict[str, Any]) -> int:
    number, kind = next(ifs.numbers["VoucherNo"]), given.get("VoucherType", "M")
    for n, row in enumerate(given["rows"], 1):
        day, amount = date.fromisoformat(row["VoucherDate"]), Decimal(row["CurrencyAmount"])
        key = (row.get("Company", "10"), kind, day.year, number, n)
        names = ("Company", "VoucherType", "AccountingYear", "VoucherNo", "RowNo")
        values = {"CurrencyCode": "SEK", "TransCode": "MANUAL", **row}
        values |= {"VoucherDate": day, "CurrencyAmount": amount, "Amount": amount}
        ifs.tables["gl_rows"].insert(key, values | dict(zip(names, key, strict=True)))
    return number
