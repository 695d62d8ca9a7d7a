"""All that is known of a record, as one file to hand on."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from flask import Flask, Response

from connector.domain.people import Right
from connector.redaction import redacted
from connector.store.evidence import Evidence
from connector.store.listing import Listing
from console.desk import NUMBER, Desk, signed_in
from console.signing_in import needs

_HOW = (
    "Each entry's hash is the SHA-256 of the hash before it (as bytes; nothing for the first) and"
    " of the text in `sealed` (UTF-8). `ml-connector records verify` checks the database."
)


_APART = frozenset({"documents", "drafts", "receipts", "history", "document"})


def add(app: Flask, desk: Desk) -> None:
    """Add the download."""

    @app.get(f"/records/<{NUMBER}:number>/evidence.json")
    @needs(Right.SEE)
    def evidence(number: int) -> Response:
        record_id, text = evidence_text(desk, number)
        answer = Response(text, mimetype="application/json")
        answer.headers["Content-Disposition"] = f'attachment; filename="{record_id}.json"'
        return answer


def evidence_text(desk: Desk, number: int) -> tuple[str, str]:
    """The id of a record, and all that is known of it as JSON."""
    listing = Listing(desk.database)
    record_id, connection = listing.name_of(number)
    shown = listing.show(record_id, connection)
    known = {
        "made_at": datetime.now(UTC),
        "made_by": signed_in().name,
        "record": {name: part for name, part in shown.items() if name not in _APART},
        "brex": listing.payload(number),
        "documents": shown["documents"],
        "calls": redacted(listing.writes(number)),
        "receipts": shown["receipts"],
        "history": Evidence(desk.database).entries(number),
        "how_history_is_sealed": _HOW,
    }
    return record_id, json.dumps(known, indent=1, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
