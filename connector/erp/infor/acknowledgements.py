"""M3's answers to our BODs, where a document flow carries them into Infor's Data Lake.

ION offers an application two ways to get documents: ION calls the application (IMS), or they are
kept in the Data Lake, which can be asked. The second needs no door of ours to be open.
Source: https://docs.infor.com/inforos/latest/en-us/useradminlib_cloud/datafabrug/
`pba1631199548960.html` (lists of data objects, sorted by the day they were indexed, with a lag of
five seconds); `isc1444649497442.html`, `isc1444655458546.html` (Acknowledge, ConfirmBOD).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from connector.domain.drafts import Outcome
from connector.erp import xml
from connector.erp.infor.bod import NAMESPACE
from connector.erp.infor.ionapi import Ionapi
from connector.errors import CredentialsError, RetryLaterError
from connector.http.peer import Peer
from connector.ports import Answer

NAME = "Acknowledge.SupplierInvoice"
_NS = {"o": NAMESPACE}
_PAGE = 100
_MOST_PAGES = 100
#: How far back a process looks that has just begun.
_LOOK_BACK = timedelta(days=7)
_LAG = timedelta(seconds=5)
#: What was asked so recently is not asked again.
_KEPT_S = 1.0
_ACCEPTED, _MODIFIED = "Accepted", "Modified"
_OK = 200


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What M3 said to one draft of a document; `reason` is M3's own.

    `modified`: M3 has accepted it otherwise than it was sent.
    """

    document_id: str
    draft: str
    accepted: bool
    reason: str = ""
    modified: bool = False


class Acknowledgements:
    """Reads answers as they come, each once, and remembers them."""

    def __init__(
        self, peer: Peer, ionapi: Ionapi, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._peer = peer
        self._path = f"/{quote(ionapi.tenant, safe='')}/DATAFABRIC/datalake/v2/dataobjects"
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, list[Acknowledgement]] = {}
        self._seen: set[str] = set()
        self._since = datetime.now(UTC) - _LOOK_BACK
        self._asked_at: float | None = None

    def of(self, document_id: str) -> Answer[tuple[Acknowledgement, ...]]:
        """All answers to the drafts of a document, in the order in which they came."""
        with self._lock:
            failure = self._fetch()
            return failure or Answer(Outcome.DONE, tuple(self._known.get(document_id, ())))

    def fault(self) -> str:
        """Why the Data Lake cannot be read; "" where it can."""
        with self._lock:
            failure = self._fetch()
        return failure.message if failure else ""

    def _fetch(self) -> Answer[Any] | None:
        if self._asked_at is not None and self._clock() < self._asked_at + _KEPT_S:
            return None
        try:
            for one in self._listed():
                self._read(str(one["dl_id"]))
        except (CredentialsError, RetryLaterError) as error:
            return Answer(Outcome.NOT_SENT, message=str(error), wait_s=error.wait_s)
        except _UnreadableError as error:
            return Answer(Outcome.NOT_SENT, code="unreadable", message=str(error))
        self._asked_at = self._clock()
        return None

    def _listed(self) -> Iterable[Mapping[str, Any]]:
        since = (self._since - _LAG).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        latest = self._since
        for page in range(1, _MOST_PAGES + 1):
            rows = self._page(since, page)
            for row in rows:
                latest = max(latest, _moment(row.get("dl_document_indexed_date")) or latest)
                if str(row.get("dl_id", "")) not in self._seen | {""}:
                    yield row
            if len(rows) < _PAGE:
                break
        self._since = latest

    def _page(self, since: str, page: int) -> list[Mapping[str, Any]]:
        params = {
            "filter": f"(dl_document_name eq '{NAME}') and (dl_document_indexed_date ge '{since}')",
            "sort": "dl_document_indexed_date:asc",
            "records": str(_PAGE),
            "page": str(page),
        }
        reply = self._peer.read("GET", self._path, params=params)
        if reply.status != _OK:
            raise _UnreadableError(f"the Data Lake answered {reply.status}")
        try:
            rows = reply.json()["fields"]
        except (ValueError, KeyError, TypeError):
            raise _UnreadableError("the Data Lake's list cannot be read") from None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise _UnreadableError("the Data Lake's list cannot be read")
        return rows

    def _read(self, dl_id: str) -> None:
        reply = self._peer.read("GET", f"{self._path}/{quote(dl_id, safe='')}")
        if reply.status != _OK:
            raise _UnreadableError(f"the Data Lake does not give object {dl_id}: {reply.status}")
        if (one := read_acknowledgement(reply.body)) is not None:
            self._known.setdefault(one.document_id, []).append(one)
        self._seen.add(dl_id)


class _UnreadableError(Exception):
    """An answer of the Data Lake that says nothing."""


def read_acknowledgement(content: bytes) -> Acknowledgement | None:
    """What an Acknowledge BOD says; None where it is none of a document that was sent."""
    try:
        root = xml.parse(content)
    except xml.XmlError:
        return None
    verb = root.find("o:DataArea/o:Acknowledge", _NS)
    if verb is None:
        return None
    bod_id = verb.findtext("o:OriginalApplicationArea/o:BODID", "", _NS)
    expression = verb.find("o:ResponseCriteria/o:ResponseExpression", _NS)
    action = "" if expression is None else expression.get("actionCode", "")
    if not bod_id or not action:
        return None
    change = "o:ResponseCriteria/o:ChangeStatus"
    texts = [verb.findtext(f"{change}/o:{name}", "", _NS) for name in ("ReasonCode", "Reason")]
    reason = " ".join(" ".join(text.split()) for text in texts if text and text.strip())
    document_id, _, draft = bod_id.strip().partition("?")[0].rpartition(":")
    accepted = action in {_ACCEPTED, _MODIFIED}
    return Acknowledgement(document_id, draft, accepted, reason, modified=action == _MODIFIED)


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
