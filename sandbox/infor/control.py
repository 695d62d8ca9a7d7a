"""`/_sandbox/infor/…`: the credentials file, and everything that was written to M3."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from sandbox.clock import monotonic_s
from sandbox.infor import journal_control, ledger_control
from sandbox.infor.batches import Batch, Outcome, status_at
from sandbox.infor.ionapi import ionapi
from sandbox.infor.ledger import Posted
from sandbox.infor.masterdata import Identity, Supplier
from sandbox.infor.peer import InforPeer
from sandbox.infor.programs.aps455 import to_ledger


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

    @control.post("/invoices/<inbn>")
    def by_hand(inbn: str) -> Response:
        """What a person does in APS450.

        `reopen` a batch (back to 10), `update` one at 20, or `validate` one at 10 and let M3's
        warning pass that its number is taken: it goes to the ledger.
        """
        with peer.m3.batches.lock, peer.m3.ledger.lock:
            batch, now_s = peer.m3.batches.get(inbn), monotonic_s()
            if batch is None:
                abort(404)
            status = status_at(batch, now_s)
            match request.get_json(force=True).get("action"):
                case "reopen" if not _reaches_ledger(batch):
                    peer.m3.batches.set(replace(batch, outcome=None))
                case ("update" | "validate") as action if (status.supa, status.bist) == (
                    20 if action == "update" else 10,
                    0,
                ):
                    outcome = Outcome(now_s, 90, 0.0, 0.0)
                    posted = to_ledger(peer.m3, batch, outcome, batch.head["IVDT"][:4], 0.0)
                    peer.m3.batches.set(replace(batch, outcome=posted))
                case _:
                    abort(400, "action is reopen (not updated), update (at 20) or validate (at 10)")
            return jsonify(_batch(peer.m3.batches.get(inbn) or batch, monotonic_s()))

    journal_control.routes(control, peer)
    ledger_control.routes(control, peer)

    @control.get("/bods")
    def sent() -> Response:
        """Messages that ION took, and the answers in the Data Lake."""
        answers = [one.shown() | {"content": one.content} for one in peer.ion.objects]
        return jsonify(messages=peer.ion.messages, answers=answers)

    _add_registers(control, peer)
    return control


def _add_registers(control: Blueprint, peer: InforPeer) -> None:
    @control.post("/suppliers")
    def supplier() -> Response:
        """Adds a supplier, or changes one: suno, sunm, stat, prsu, cucd, tepy."""
        raw: dict[str, str] = request.get_json(force=True)
        if "suno" not in raw:
            abort(400, "suno is required")
        known = peer.m3.master.suppliers.get(raw["suno"])
        changed = replace(known or Supplier(raw["suno"], raw.get("sunm", raw["suno"])), **raw)
        peer.m3.master.add_suppliers(changed)
        return jsonify(suno=changed.suno)

    @control.post("/identities")
    def identities() -> Response:
        """Adds accounts (aitp 1) and other identities: aitp, aitm, tx40, blocked, vfdt, vtdt."""
        peer.m3.master.add(
            *(
                Identity(
                    int(raw["aitp"]),
                    raw["aitm"],
                    raw.get("tx40", ""),
                    blocked=raw.get("blocked", False),
                    vfdt=raw.get("vfdt", ""),
                    vtdt=raw.get("vtdt", ""),
                )
                for raw in request.get_json(force=True)
            )
        )
        return jsonify(number=len(peer.m3.master.identities))

    @control.post("/registers")
    def generate() -> Response:
        """So many made-up ones more: accounts, cost_centers, suppliers; the same each time."""
        wanted, master = request.get_json(force=True), peer.m3.master
        for name, aitp, prefix in (("accounts", 1, "9"), ("cost_centers", 2, "G")):
            numbers = (f"{prefix}{n:06}" for n in range(wanted.get(name, 0)))
            master.add(*(Identity(aitp, one, f"Generated {one}") for one in numbers))
        numbers = (f"9{n:06}" for n in range(wanted.get("suppliers", 0)))
        master.add_suppliers(
            *(Supplier(one, f"Supplier {one} AB", vrno=f"SE{one}00001") for one in numbers)
        )
        return jsonify(identities=len(master.identities), suppliers=len(master.suppliers))

    @control.delete("/registers")
    def shrink() -> Response:
        """Takes identities of a dimension (aitp), or suppliers, whose key fits `like` (a glob)."""
        wanted, master = request.get_json(force=True), peer.m3.master

        def fits(key: str) -> bool:
            return fnmatchcase(key, wanted["like"])

        if "aitp" in wanted:
            master.remove(int(wanted["aitp"]), fits)
        else:
            master.remove_suppliers(fits)
        return jsonify(identities=len(master.identities), suppliers=len(master.suppliers))


def _reaches_ledger(batch: Batch) -> bool:
    """Whether the batch is in the AP ledger, or on its way there."""
    outcome = batch.outcome
    return outcome is not None and outcome.supa == 90 and not outcome.stuck


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
