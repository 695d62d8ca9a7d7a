"""The client of IFS's OData provider for what may only read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connector.domain.drafts import Outcome
from connector.erp.ifs.multipart import Answered, ChangeSet, Request
from connector.erp.ifs.odata import OData
from connector.erp.ifs.results import Entity
from connector.errors import RefusedError
from connector.http.patience import Patience
from connector.http.peer import ReadOnlyPeer
from connector.ports import RATE_LIMITED, Answer


class ReadOnlyOData(OData):
    """Reads alone: `change` raises RefusedError and sends nothing.

    While IFS, or our budget, says "not now", it waits. Of `fields`, by `Projection/Set`, lists are
    asked for the named ones alone (`$select`), unless a projection refuses that.
    """

    def __init__(self, peer: ReadOnlyPeer, root: str, *, wait_s: float, batch_size: int) -> None:
        super().__init__(peer, root, wait_s=wait_s, batch_size=batch_size)
        self.fields: dict[str, Sequence[str]] = {}

    def pages(
        self,
        projection: str,
        path: str,
        *,
        key: Sequence[str],
        condition: str = "",
        background: bool = False,
        select: Sequence[str] = (),
    ) -> Iterator[Answer[list[Entity]]]:
        """As every client; with `$select` where it was not refused before."""
        name = f"{projection}/{path}"
        asked = select or self.fields.get(name, ())
        listed = super().pages(
            projection, path, key=key, condition=condition, background=background, select=asked
        )
        first = next(listed)
        if asked and first.outcome is Outcome.REFUSED:
            listed = super().pages(
                projection, path, key=key, condition=condition, background=background
            )
            first = next(listed)
            if first.outcome is Outcome.DONE:  # it was the choice that was refused
                self.fields.pop(name, None)
        yield first
        yield from listed

    def _batch(
        self,
        projection: str,
        items: Sequence[Request | ChangeSet],
        *,
        write: bool,
        background: bool = False,
    ) -> list[Answered] | Answer[Any]:
        if write:
            raise RefusedError(f"{projection} is only read here", code="read_only")
        patience = Patience()
        while True:
            told = super()._batch(projection, items, write=False, background=background)
            later = isinstance(told, Answer) and told.code == RATE_LIMITED
            if isinstance(told, list) or not later or not patience.waited(told.wait_s):
                return told
