"""How the rules say, from wherever they are, that there can be no document."""

from __future__ import annotations

from collections.abc import Iterable

from connector.domain.reasons import Hold, Reason
from connector.domain.suppliers import SupplierCandidate


class HeldError(Exception):
    """The record is held; `map_record` catches it and gives the hold."""

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        field: str,
        value: str = "",
        candidates: Iterable[SupplierCandidate] = (),
    ) -> None:
        super().__init__(message)
        self.hold = Hold(reason, message, field, value, candidates=tuple(candidates))
