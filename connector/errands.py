"""Does what people ask for in the console, where it takes a secret that only workers have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.errors import ConnectorError
from connector.redaction import redacted
from connector.store.actions import PostgresActions
from connector.store.database import Database, DatabaseUnavailableError
from connector.store.errands import Errand, PostgresErrands
from connector.usecases.return_records import return_record
from connector.wiring import Wired


class Errands:
    """The errands of all connections; `wired` has a connection ready for work."""

    def __init__(self, database: Database, wired: Callable[[str], Wired]) -> None:
        self._database = database
        self._wired = wired
        self._errands = PostgresErrands(database)

    def claim(self) -> list[int]:
        """Those that are due, each claimed for the caller."""
        return self._errands.claim()

    def run(self, number: int) -> None:
        """Do one, and note how it ended. One that is done is left alone.

        Raises RetryLaterError when the database is away; then it is done later.
        """
        errand = self._errands.find(number)
        if errand is None:
            return
        try:
            outcome = self._return(errand)
        except DatabaseUnavailableError:
            raise
        except ConnectorError as error:
            outcome = {"done": False, "told": redacted(str(error))}
        self._errands.finish(number, outcome)

    def _return(self, errand: Errand) -> dict[str, Any]:
        acted = return_record(
            errand.record_id,
            errand.because,
            connection=errand.connection,
            source=self._wired(errand.connection).source,
            actions=PostgresActions(self._database.acting_as(errand.asked_by)),
        )
        told = "; ".join(refusal.why for refusal in acted.refused)
        return {"done": bool(acted.moved), "told": told}
