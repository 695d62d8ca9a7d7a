"""`/_sandbox/infor/ledger/…`: what others post to M3's ledgers, change there, and take out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from sandbox.clock import monotonic_s
from sandbox.infor.batches import Outcome
from sandbox.infor.journals import Voucher
from sandbox.infor.ledger import Posted
from sandbox.infor.peer import InforPeer
from sandbox.infor.programs.aps455 import to_ledger


def routes(control: Blueprint, peer: InforPeer) -> None:
    """Adds the paths to the control of the simulated ION/M3."""

    @control.post("/ledger/invoices")
    def post_invoices() -> Response:
        """Heads (SUNO, SINO, CUAM, CUCD, IVDT, ACDT), each posted; `batch`: from one of APS450."""
        numbers = [_post_invoice(peer, dict(one)) for one in request.get_json(force=True)]
        return jsonify(vouchers=numbers)

    @control.patch("/ledger/invoices/<sino>")
    def change_invoices(sino: str) -> Response:
        """Changes posted invoices of a number: their head, `{"year": "2024"}`, `{"paid": true}`."""
        changes = request.get_json(force=True)
        paid, year = changes.pop("paid", None), changes.pop("year", None)

        def change(posted: Posted) -> None:
            peer.m3.ledger.remove(posted)
            posted.head.update(changes)
            posted.paid = posted.paid if paid is None else paid
            posted.year = year or posted.year
            peer.m3.ledger.post(posted)

        return _each(peer, sino, change)

    @control.delete("/ledger/invoices/<sino>")
    def remove_invoices(sino: str) -> Response:
        """Takes posted invoices of a number out; their batches stay as they are."""
        return _each(peer, sino, peer.m3.ledger.remove)

    @control.post("/ledger/vouchers")
    def post_vouchers() -> Response:
        """Vouchers, each `{"rows": [{AIT1, CUAM, CUCD, ACDT, VTXT}], "origin": FEID}`."""
        numbers = [_post_voucher(peer, one) for one in request.get_json(force=True)]
        return jsonify(vouchers=numbers)

    @control.delete("/ledger/vouchers/<int:number>")
    def remove_voucher(number: int) -> Response:
        """Takes a voucher out."""
        peer.m3.general_ledger.take_out(number)
        return jsonify(removed=number)


def _post_invoice(peer: InforPeer, head: dict[str, Any]) -> int:
    m3, settings, now_s = peer.m3, peer.settings, monotonic_s()
    from_batch = head.pop("batch", False)
    head["SPYN"] = m3.master.suppliers[head["SUNO"]].payee
    if not from_batch:
        voucher = m3.ledger.next_voucher()
        year = head["IVDT"][:4]
        place = (settings.cono, head.pop("DIVI", settings.divi))
        m3.ledger.post(Posted(*place, head, year, voucher, now_s, "by hand"))
        return voucher
    batch = m3.batches.add(settings.cono, settings.divi, {"IBTP": "20", **head})
    plain = Outcome(now_s, 90, 0.0, 0.0)
    outcome = to_ledger(m3, batch, plain, head["IVDT"][:4], 0.0)
    m3.batches.set(replace(batch, outcome=outcome))
    return outcome.voucher


def _post_voucher(peer: InforPeer, given: dict[str, Any]) -> int:
    m3, settings = peer.m3, peer.settings
    number, rows = m3.ledger.next_voucher(), tuple(given["rows"])
    m3.general_ledger.post(
        Voucher(
            settings.cono,
            given.get("divi", settings.divi),
            rows[0]["ACDT"][:4],
            number,
            m3.general_ledger.next_journal(),
            monotonic_s(),
            rows,
            origin=given.get("origin", "GL10"),
        )
    )
    return number


def _each(peer: InforPeer, sino: str, act: Callable[[Posted], None]) -> Response:
    with peer.m3.ledger.lock:
        found = [one for one in peer.m3.ledger.everything() if one.head["SINO"] == sino]
        if not found:
            abort(404)
        for one in found:
            act(one)
    return jsonify(number=len(found))
