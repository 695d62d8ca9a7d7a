"""`/_sandbox/ifs/…`: credentials, everything that was posted, and what people and others do."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from sandbox.ifs import ledger_control, proposals, registers, vouchers
from sandbox.ifs.ifs import Ifs
from sandbox.ifs.operations import touch
from sandbox.ifs.peer import IfsPeer
from sandbox.ifs.tables import Key, Row

#: Action = the status of a proposal after it.
_STATES = {"authorize": "Authorized", "post": "FinalPosted", "cancel": "Cancelled"}


def blueprint(peer: IfsPeer) -> Blueprint:
    """The control paths of the simulated IFS."""
    control = Blueprint("ifs_control", __name__, url_prefix="/_sandbox/ifs")

    @control.get("/credentials")
    def credentials() -> Response:
        """What a connection file needs."""
        url = request.host_url.rstrip("/")
        return jsonify(
            base_url=url,
            token_url=f"{url}/auth/realms/{peer.settings.realm}/protocol/openid-connect/token",
            client_id=peer.settings.client_id,
            client_secret=peer.settings.client_secret,
            username=peer.settings.username,
            password=peer.settings.password,
        )

    @control.get("/documents")
    def documents() -> Response:
        """`?number=` narrows the lists: proposals, and vouchers in the hold table or the ledger."""
        wanted = request.args.get("number")
        found = {
            "proposals": [_proposal(peer, row) for row in _rows(peer, "proposals")],
            "vouchers": [_voucher(peer, row) for row in _rows(peer, "vouchers")],
            "ledger": _ledger(peer),
        }
        return jsonify(
            {
                kind: [one for one in listed if wanted in (None, one["number"])]
                for kind, listed in found.items()
            }
        )

    @control.post("/proposals/<company>/<int:invoice_id>")
    def proposal(company: str, invoice_id: int) -> Response:
        """What a person does: `authorize`, `post`, `cancel`, `delete`, `delete_lines`, `change`."""
        with peer.ifs.database.transaction():
            _handle_proposal(peer.ifs, (company, invoice_id), request.get_json(force=True))
        return jsonify(done=True)

    @control.post("/vouchers/<company>/<kind>/<int:year>/<int:number>")
    def voucher(company: str, kind: str, year: int, number: int) -> Response:
        """What a person does: `update` to the general ledger, `delete` or `delete_rows`."""
        with peer.ifs.database.transaction():
            key = (company, kind, year, number)
            _handle_voucher(peer.ifs, key, request.get_json(force=True))
        return jsonify(done=True)

    @control.post("/accounts/<company>/<account>")
    def account(company: str, account: str) -> Response:
        """Another client changes a GL account: its ETag is another one from now on."""
        if peer.ifs.tables["accounts"].get((company, account)) is None:
            abort(404)
        return jsonify(etag=touch(peer.ifs, company, account).etag)

    @control.delete("/accounts/<company>/<account>")
    def no_account(company: str, account: str) -> Response:
        """Somebody removes a GL account."""
        with peer.ifs.database.transaction():
            peer.ifs.tables["accounts"].delete((company, account))
        return jsonify(done=True)

    _add_registers(control, peer)
    ledger_control.routes(control, peer)
    return control


def _add_registers(control: Blueprint, peer: IfsPeer) -> None:
    @control.post("/registers")
    def generate() -> Response:
        """So many made-up ones more: accounts, cost_centers, suppliers; or `set` single ones."""
        wanted, tables = request.get_json(force=True), peer.ifs.tables
        company = wanted.get("company", "10")
        with peer.ifs.database.transaction():
            for n in range(wanted.get("accounts", 0)):
                registers.add_account(tables, company, f"9{n:06}", f"Generated 9{n:06}")
            for n in range(wanted.get("cost_centers", 0)):
                registers.add_value(tables, company, "B", f"G{n:06}", f"Generated G{n:06}")
            for n in range(wanted.get("suppliers", 0)):
                registers.add_supplier(tables, f"9{n:06}", f"Supplier 9{n:06} AB", f"55{n:06}")
            for table, rows in wanted.get("set", {}).items():
                column = registers.KEYS[table]
                for row in rows:
                    key = next(
                        one.key
                        for one in tables[table].everything()
                        if one.values[column] == row[column]
                        and one.values.get("Company", company) == company
                    )
                    days = {name: date.fromisoformat(row[name]) for name in row if "Valid" in name}
                    tables[table].update(key, **{**row, **days})
        return jsonify(done=True)

    @control.delete("/registers")
    def shrink() -> Response:
        """Takes rows of a register away: `{"suppliers": "9*"}`, by a glob of their keys."""
        wanted = request.get_json(force=True)
        with peer.ifs.database.transaction():
            gone = {
                table: registers.shrink(
                    peer.ifs.tables[table], wanted.get("company", "10"), registers.KEYS[table], like
                )
                for table, like in wanted.items()
                if table != "company"
            }
        return jsonify(gone)


def _handle_proposal(ifs: Ifs, key: Key, raw: dict[str, Any]) -> None:
    table = ifs.tables["proposals"]
    row = table.get(key)
    if row is None:
        abort(404)
    match raw.get("action"):
        case "delete":
            proposals.delete_head(ifs, row)
        case "delete_lines":
            for line in proposals.lines_of(ifs, row.values):
                proposals.delete_line(ifs, line)
        case "change":
            table.update(key, later=True, **raw["values"])
        case action if action in _STATES:
            number = key[1] if action == "post" else row.values["VoucherNo"]
            table.update(key, later=True, Objstate=_STATES[action], VoucherNo=number)
        case _:
            abort(400, "action is authorize, post, cancel, delete, delete_lines or change")


def _handle_voucher(ifs: Ifs, key: Key, raw: dict[str, Any]) -> None:
    row = ifs.tables["vouchers"].get(key)
    if row is None:
        abort(404)
    match raw.get("action"):
        case "update":
            vouchers.update_ledger(ifs, key)
        case "delete":
            vouchers.delete_voucher(ifs, row)
        case "delete_rows":
            for line in vouchers.rows_of(ifs, key):
                ifs.tables["voucher_rows"].delete(line.key)
        case _:
            abort(400, "action is update, delete or delete_rows")


def _proposal(peer: IfsPeer, row: Row) -> dict[str, Any]:
    lines = proposals.lines_of(peer.ifs, row.values)
    return {
        "number": row.values["InvoiceNo"],
        "company": row.values["Company"],
        "invoice_id": row.values["InvoiceId"],
        "state": row.values["Objstate"],
        "head": _shown(row),
        "lines": [_shown(line) for line in lines],
    }


def _voucher(peer: IfsPeer, row: Row) -> dict[str, Any]:
    rows = vouchers.rows_of(peer.ifs, row.key)
    numbers = {line.values.get("ReferenceNumber") for line in rows}
    return {
        "number": numbers.pop() if len(numbers) == 1 else "",
        "key": list(row.key),
        "head": _shown(row),
        "lines": [_shown(line) for line in rows],
    }


def _ledger(peer: IfsPeer) -> list[dict[str, Any]]:
    """Vouchers in the general ledger."""
    by_key: dict[tuple[Any, ...], list[Row]] = {}
    for row in _rows(peer, "gl_rows"):
        by_key.setdefault(row.key[:4], []).append(row)
    return [
        {
            "number": rows[0].values.get("ReferenceNumber") or "",
            "key": list(key),
            "lines": [_shown(row) for row in rows],
        }
        for key, rows in by_key.items()
    ]


def _rows(peer: IfsPeer, table: str) -> list[Row]:
    return list(peer.ifs.tables[table].everything())


def _shown(row: Row) -> dict[str, Any]:
    """All values as strings; None where there is none."""
    return {name: None if value is None else str(value) for name, value in row.values.items()}
