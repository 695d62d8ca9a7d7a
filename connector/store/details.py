"""What a held record says of why."""

from __future__ import annotations

from dataclasses import asdict

from psycopg2.extras import Json

from connector.domain.reasons import Hold
from connector.store.database import as_json


def detail_of(hold: Hold) -> Json:
    """The JSON object that `records show` gives as `detail`; `changes` only where there are any."""
    changes = {"changes": [asdict(change) for change in hold.changes]} if hold.changes else {}
    told = {"message": hold.message, "field": hold.field, "value": hold.value}
    return as_json(told | changes)
