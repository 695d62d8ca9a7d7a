"""The client of IFS's OData provider for what may only read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connector.erp.ifs.multipart import Answered, ChangeSet, Request
from connector.erp.ifs.odata import OData
from connector.errors import RefusedError
from connector.http.patience import Patience
from connector.ports import RATE_LIMITED, Answer


class ReadOnlyOData(OData):
    """Reads with the background's share of the budget; `change` sends nothing and raises.

    While IFS, or our budget, says "not now", it waits.
    """

    def _batch(
        self,
        projection: str,
        items: Sequence[Request | ChangeSet],
        *,
        write: bool,
        background: bool = False,
    ) -> list[Answered] | Answer[Any]:
        del background
        if write:
            raise RefusedError(f"{projection} is only read here", code="read_only")
        patience = Patience()
        while True:
            told = super()._batch(projection, items, write=False, background=True)
            later = isinstance(told, Answer) and told.code == RATE_LIMITED
            if isinstance(told, list) or not later or not patience.waited(told.wait_s):
                return told
