"""ION's messaging service (IMS): sends a document into a flow.

2xx means that ION has queued it, and says nothing of what M3 makes of it. Whether ION sorts out
messages with the same id is not documented; nothing here relies on it.
Source: https://docs.infor.com/inforos/latest/en-us/useradminlib_cloud/ioncedg_cloud_osm/
`mhn1519993806956.html` (IMS), and the statuses of `POST v2/message`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from connector.domain.drafts import Outcome
from connector.erp.infor.ionapi import Ionapi
from connector.erp.infor.m3api import CREDENTIALS, UNREACHED
from connector.errors import (
    CredentialsError,
    OutcomeUnknownError,
    RateLimitedError,
    RetryLaterError,
)
from connector.http.peer import Peer, Reply
from connector.ports import RATE_LIMITED, Answer

#: Statuses that say no to a message for a reason that lies in the set-up: a person must mend it.
_SET_UP = {
    403: "ION does not let this app send as {sender}: the connection point's client id is that of "
    "another app",
    404: "ION API knows no messaging service of this tenant",
    412: "the connection point {sender} is inactive, or no active flow takes {name} from it",
}
_MEND_WAIT_S = 300.0
_REFUSED = frozenset({400, 413})
_OK = range(200, 300)
#: The code of a message that ION has taken.
QUEUED = "queued"


class Ims:
    """The connection point of one logical id."""

    def __init__(self, peer: Peer, ionapi: Ionapi, sender: str) -> None:
        self._peer = peer
        self._base = f"/{quote(ionapi.tenant, safe='')}/IONSERVICES/api/ion/messaging/service"
        self._sender = sender

    def send(self, name: str, message_id: str, document: bytes) -> Answer[None]:
        """Send a document once. It is UNKNOWN what becomes of one that ION took."""
        body = {
            "documentName": name,
            "messageId": message_id,
            "fromLogicalId": self._sender,
            "toLogicalId": "lid://default",
            "document": {
                "value": document.decode(),
                "encoding": "NONE",
                "characterSet": "UTF-8",
            },
        }
        try:
            reply = self._peer.write("POST", f"{self._base}/v2/message", json=body)
        except CredentialsError as error:
            return _not_sent(CREDENTIALS, error)
        except RetryLaterError as error:
            limited = isinstance(error, RateLimitedError)
            return _not_sent(RATE_LIMITED if limited else UNREACHED, error)
        except OutcomeUnknownError as error:
            return Answer(Outcome.UNKNOWN, message=str(error))
        return self._read(reply, name)

    def ping(self) -> str:
        """Why the service does not answer; "" where it does."""
        return self._fault(f"{self._base}/ping", "")

    def accepts(self, name: str) -> str:
        """Why the connection point would not take a document of this name; "" where it would."""
        return self._fault(
            f"{self._base}/v3/{quote(self._sender, safe='')}/acceptedDocuments", name
        )

    def _read(self, reply: Reply, name: str) -> Answer[None]:
        code = f"http_{reply.status}"
        if reply.status in _OK:
            return Answer(Outcome.UNKNOWN, code=QUEUED, message="ION has queued it")
        if reply.status in _REFUSED:
            message = f"ION does not take the document: {_says(reply)}"
            return Answer(Outcome.REFUSED, code=code, message=message)
        what = _SET_UP.get(reply.status, f"ION answered {reply.status}")
        message = what.format(sender=self._sender, name=name)
        return Answer(Outcome.NOT_SENT, code=code, message=message, wait_s=_MEND_WAIT_S)

    def _fault(self, path: str, name: str) -> str:
        try:
            reply = self._peer.read("GET", path)
        except (CredentialsError, RetryLaterError) as error:
            return str(error)
        if reply.status not in _OK:
            return _SET_UP.get(reply.status, f"it answered {reply.status}").format(
                sender=self._sender, name=name
            )
        return (
            ""
            if name.encode() in reply.body
            else _SET_UP[412].format(sender=self._sender, name=name)
        )


def _not_sent(code: str, error: RetryLaterError | CredentialsError) -> Answer[None]:
    return Answer(Outcome.NOT_SENT, code=code, message=str(error), wait_s=error.wait_s)


def _says(reply: Reply) -> str:
    try:
        body: Any = reply.json()
    except ValueError:
        return f"HTTP {reply.status}"
    return str(body.get("message", "") if isinstance(body, dict) else "") or f"HTTP {reply.status}"
