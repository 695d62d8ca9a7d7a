"""Records that were mapped once, with what Brex sent and what they became."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connector.domain.documents import Document, Ignored, Made, document_of
from connector.domain.numbers import document_number
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Status
from connector.ports import PastRecord
from connector.store.database import Database
from connector.store.queries import query

_PAGE = 500


class Past:
    """The past of one connection; changes nothing."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database = database
        self._connection_id = connection_id

    def since(self, since: datetime) -> Iterator[PastRecord]:
        """The records that were taken in since then and mapped, oldest first."""
        after = 0
        while True:
            with self._database.transaction() as cursor:
                cursor.execute(
                    query("past_records"),
                    {
                        "connection_id": self._connection_id,
                        "since": since,
                        "after": after,
                        "limit": _PAGE,
                    },
                )
                rows = cursor.fetchall()
            for number, record_id, status, reason, is_held, payload, contents in rows:
                after = number
                if is_held:
                    made: Made = Hold(Reason(reason), "")
                elif contents is None:
                    made = Ignored("by the mapping")
                else:
                    made = _as_at_first(record_id, contents)
                yield PastRecord(record_id, Status(status), payload, made)
            if len(rows) < _PAGE:
                return


def _as_at_first(record_id: str, contents: Sequence[Mapping[str, Any]]) -> tuple[Document, ...]:
    """The documents under the numbers that a mapping gives them, which a repost has not."""
    documents = enumerate(map(document_of, contents), start=1)
    return tuple(replace(one, number=document_number(record_id, nth)) for nth, one in documents)
