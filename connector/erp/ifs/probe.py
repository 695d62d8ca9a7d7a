"""What a projection of this tenant offers, asked of IFS itself and remembered for an hour.

Names and lengths differ by release, localisation and customer; two releases a year change them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connector.domain.drafts import Outcome
from connector.erp.answers import failed
from connector.erp.ifs import metadata
from connector.erp.ifs.metadata import EntityType, Metadata
from connector.erp.ifs.names import DocumentNames
from connector.erp.ifs.odata import OData
from connector.erp.ifs.results import UNREADABLE
from connector.ports import Answer

_KEPT_S = 3600.0
_XML = "application/xml"


@dataclass(frozen=True, slots=True)
class Offer:
    """The types of a document's head and lines."""

    head: EntityType
    line: EntityType


class Probe:
    """Asks once an hour for the metadata of the projection that takes documents of one kind."""

    def __init__(
        self, odata: OData, names: DocumentNames, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._odata = odata
        self._names = names
        self._clock = clock
        self._known: tuple[float, Offer] | None = None

    @property
    def known(self) -> Offer | None:
        """The offer as it was last seen, however long ago; None before the first `ask`."""
        return self._known[1] if self._known else None

    def forget(self) -> None:
        """Ask anew the next time: IFS says that something has been deployed."""
        if self._known:
            self._known = (float("-inf"), self._known[1])

    def ask(self, *, fresh: bool = False) -> Answer[Offer]:
        """The offer, from IFS where it was not asked within the hour, or where `fresh`."""
        if not fresh and self._known and self._clock() < self._known[0] + _KEPT_S:
            return Answer(Outcome.DONE, self._known[1])
        told = read_metadata(self._odata, self._names.projection)
        if told.value is None:
            return failed(told)
        head = told.value.of_set(self._names.head_set)
        if head is None:
            return _lacks(f"{self._names.projection} has no set {self._names.head_set}")
        line = told.value.of_array(head, self._names.lines)
        if line is None:
            return _lacks(f"{self._names.head_set} has no array {self._names.lines}")
        offer = Offer(head, line)
        self._known = (self._clock(), offer)
        return Answer(Outcome.DONE, offer)


def read_metadata(odata: OData, projection: str) -> Answer[Metadata]:
    """The metadata of a projection; NOT_SENT where it cannot be had: a person mends that."""
    told = odata.get(projection, "$metadata", Accept=_XML)
    part = told.value
    if part is None:
        return failed(told)
    if part.status == _NOT_FOUND:
        return _lacks(f"IFS has no projection {projection}, or does not grant it to the user")
    try:
        if part.status != _OK:
            raise ValueError(f"HTTP {part.status}")
        return Answer(Outcome.DONE, metadata.parse(part.body))
    except ValueError as error:
        message = f"$metadata of {projection} cannot be read: {error}"
        return Answer(Outcome.NOT_SENT, code=UNREADABLE, message=message, wait_s=_MEND_WAIT_S)


def _lacks(what: str) -> Answer[Any]:
    message = f"{what}; see [ifs.profile]"
    return Answer(Outcome.NOT_SENT, code=LACKING, message=message, wait_s=_MEND_WAIT_S)


#: The code of what a release, or the profile, lacks.
LACKING = "lacking"
_OK, _NOT_FOUND = 200, 404
_MEND_WAIT_S = 300.0
