"""Records that were mapped once, with what Brex sent and what they became."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connector.domain.documents import Ignored, Made, document_of
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
                    made = tuple(document_of(one) for one in contents)
                yield PastRecord(record_id, Status(status), payload, made)
            if len(rows) < _PAGE:
                return
