"""What documents say, in PostgreSQL. It never changes under its fingerprint, so it is read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from psycopg2 import extensions

from connector.domain.documents import Document, document_of

#: Documents that are kept in memory, at most; then all are forgotten.
_MOST = 500

#: A record's number, and the fingerprint of what one of its documents says.
Key = tuple[int, str]


class Contents:
    """Documents by record and fingerprint, those of the last batches from memory."""

    def __init__(self) -> None:
        self._kept: dict[Key, Document] = {}

    def read(self, cursor: extensions.cursor, keys: Iterable[Key]) -> Mapping[Key, Document]:
        """The documents of these keys."""
        kept = self._kept
        found = {key: kept.get(key) for key in keys}
        missing = tuple(key for key, document in found.items() if document is None)
        read = _read(cursor, missing) if missing else {}
        if len(kept) + len(read) > _MOST:
            kept = {}
        self._kept = kept | read
        return {key: document for key, document in found.items() if document} | read


def _read(cursor: extensions.cursor, keys: tuple[Key, ...]) -> dict[Key, Document]:
    cursor.execute(
        "SELECT record, fingerprint, content FROM erp_content WHERE (record, fingerprint) IN %s",
        (keys,),
    )
    return {(record, said): document_of(content) for record, said, content in cursor.fetchall()}
