"""`/_sandbox/infor/…`: the credentials file, and everything that was written to M3."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from sandbox.clock import monotonic_s
from sandbox.infor.batches import Batch, status_at
from sandbox.infor.ionapi import ionapi
from sandbox.infor.ledger import Posted
from sandbox.infor.masterdata import Supplier
from sandbox.infor.peer import InforPeer


def blueprint(peer: InforPeer) -> Blueprint:
    """The control paths of the simulated ION/M3."""
    control = Blueprint("infor_control", __name__, url_prefix="/_sandbox/infor")

    @control.get("/ionapi")
    def credentials() -> Response:
        return jsonify(ionapi(peer.settings, request.host_url.rstrip("/")))

    @control.get("/invoices")
    def invoices() -> Response:
        """`?sino=` narrows both lists."""
        sino, now_s = request.args.get("sino"), monotonic_s()
        batches = [_batch(one, now_s) for one in peer.m3.batches.everything()]
        ledger = [_posted(one) for one in peer.m3.ledger.everything() if one.since_s <= now_s]
        return jsonify(
            batches=[one for one in batches if sino in (None, one["sino"])],
            ledger=[one for one in ledger if sino in (None, one["sino"])],
        )

    @control.post("/suppliers")
    def supplier() -> Response:
        """Adds a supplier, or changes one: suno, sunm, stat, prsu, cucd, tepy."""
        raw: dict[str, str] = request.get_json(force=True)
        if "suno" not in raw:
            abort(400, "suno is required")
        suppliers = peer.m3.master.suppliers
        known = suppliers.get(raw["suno"]) or Supplier(raw["suno"], raw.get("sunm", raw["suno"]))
        changed = replace(known, **raw)
        peer.m3.master.suppliers = dict(sorted({**suppliers, changed.suno: changed}.items()))
        return jsonify(suno=changed.suno)

    return control


def _batch(batch: Batch, now_s: float) -> dict[str, Any]:
    status = status_at(batch, now_s)
    return {
        "inbn": batch.inbn,
        "cono": batch.cono,
        "divi": batch.divi,
        "sino": batch.head.get("SINO", ""),
        "suno": batch.head["SUNO"],
        "cori": batch.head.get("CORI", ""),
        "supa": status.supa,
        "bist": status.bist,
        "ibhe": status.ibhe,
        "ible": status.ible,
        "vono": status.voucher or None,
        "deleted": batch.deleted,
        "head": batch.head,
        "lines": list(batch.lines),
        "infos": list(batch.infos),
    }


def _posted(posted: Posted) -> dict[str, Any]:
    return {
        "source": posted.source,
        "cono": posted.cono,
        "divi": posted.divi,
        "sino": posted.head["SINO"],
        "suno": posted.head["SUNO"],
        "inyr": posted.year,
        "vono": posted.voucher,
        "head": posted.head,
        "lines": list(posted.lines),
    }
