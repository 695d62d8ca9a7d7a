"""`/_sandbox/infor/journals`: batches of GLS840 and vouchers, and what a person does to them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from sandbox.clock import monotonic_s
from sandbox.infor.journals import Journal, Voucher
from sandbox.infor.peer import InforPeer
from sandbox.infor.programs.gls840 import to_ledger


def routes(control: Blueprint, peer: InforPeer) -> None:
    """Adds the paths to the control of the simulated ION/M3."""

    @control.get("/journals")
    def journals() -> Response:
        """Batches of GLS840, and the vouchers of the general ledger."""
        ledger, now_s = peer.m3.general_ledger, monotonic_s()
        return jsonify(
            journals=[_journal(one) for one in ledger.journals(now_s)],
            vouchers=[_voucher(one) for one in ledger.vouchers(now_s)],
        )

    @control.post("/journals/<key>")
    def journal_by_hand(key: str) -> Response:
        """What a person does in GLS840: `update` a batch (option 9), or `delete` it."""
        ledger, settings = peer.m3.general_ledger, peer.settings
        with ledger.lock:
            journal = ledger.get((settings.cono, settings.divi, key))
            if journal is None:
                abort(404)
            match request.get_json(force=True).get("action"):
                case "update":
                    to_ledger(peer.m3, journal, 0.0)
                case "delete":
                    ledger.remove(journal.key)
                case _:
                    abort(400, "action is update or delete")
            return jsonify(_journal(journal))


def _journal(journal: Journal) -> dict[str, Any]:
    return {
        "key": journal.key[2],
        "divi": journal.key[1],
        "head": journal.head,
        "lines": [journal.lines[number].record for number in sorted(journal.lines)],
        "updates": len(journal.updated_s),
    }


def _voucher(voucher: Voucher) -> dict[str, Any]:
    return {
        "vono": voucher.number,
        "divi": voucher.divi,
        "year": voucher.year,
        "key": voucher.key,
        "lines": list(voucher.rows),
    }
