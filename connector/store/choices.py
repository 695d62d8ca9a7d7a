"""What of the ERP's master data a person may choose from, by a search."""

from __future__ import annotations

from dataclasses import dataclass

from connector.domain.master_data import Kind
from connector.store.database import Database
from connector.store.queries import plain_like

_MOST = 20
_SEARCH = (
    "SELECT code, min(name), coalesce(min(extras->>'city'), '') FROM erp_entry"
    " WHERE connection_id = %(connection_id)s AND kind = %(kind)s AND part = %(part)s"
    " AND last_seen IS NULL AND NOT blocked AND (code ILIKE %(like)s OR name ILIKE %(like)s)"
    " GROUP BY code ORDER BY code <> %(search)s, min(name), code LIMIT %(most)s"
)


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry that is open in the ERP; `about` tells two of the same name apart."""

    code: str
    name: str
    about: str = ""


def choices(
    database: Database, connection_id: int, kind: Kind, search: str, part: str = ""
) -> list[Choice]:
    """The open entries of a kind whose number or name has these letters, at most 20."""
    values = {
        "connection_id": connection_id,
        "kind": kind,
        "part": part,
        "search": search,
        "like": f"%{plain_like(search)}%",
        "most": _MOST,
    }
    with database.transaction() as cursor:
        cursor.execute(_SEARCH, values)
        return [Choice(*row) for row in cursor.fetchall()]
