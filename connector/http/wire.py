"""One request, sent at most once, and what is known of it afterwards."""

from __future__ import annotations

import json as jsonlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import requests

from connector.http.address import checked_base_url, joined
from connector.http.connection import CALL
from connector.http.reply import Reply
from connector.http.session import Session, Sessions, root_of

#: An answer that is longer, decompressed, is not read on.
LARGEST_ANSWER = 10 * 1024 * 1024
#: A connection that idled longer may be closed by the peer while we write: a write takes a new one.
_IDLE_S = 1.0

Params = Mapping[str, str | Sequence[str]] | Sequence[tuple[str, str]] | None
Data = Mapping[str, str] | bytes | None


class NeverLeftError(Exception):
    """No byte of the request was sent: it certainly was not processed."""


class AnswerLostError(Exception):
    """The request was sent, at least in part, and no whole answer came back."""


@dataclass(frozen=True)
class Request:
    """A request below the base URL. `json` and `data` exclude each other."""

    method: str
    path: str
    params: Params = None
    json: Any = None
    data: Data = None
    headers: Mapping[str, str] | None = None


class Wire:
    """Sends single requests to one host, on one connection a thread.

    A call ends within `connect_s` for TCP, as much for TLS, and `read_s` for sending and the whole
    answer; looking up the host name is bounded by the system's resolver alone.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        allow_http: bool,
        connect_s: float = 5.0,
        read_s: float = 30.0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._base = checked_base_url(f"base URL of {name}", base_url, allow_http=allow_http)
        self._private = allow_http
        self._timeouts = (connect_s, read_s)
        usual = {
            "User-Agent": "ml-connector",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
        self._sessions = Sessions(usual | dict(headers or {}))

    def send(self, request: Request, headers: Mapping[str, str], *, fresh: bool = False) -> Reply:
        """Send once and read the whole answer, whatever its status.

        `fresh` takes a new connection where the old one may have gone stale. Raises NeverLeftError
        or AnswerLostError, whose text names the kind of failure and nothing of the request; and
        RefusedError for a path that leads elsewhere.
        """
        url = joined(self._base, request.path)
        body = _body(request)
        session = self._session(fresh=fresh)
        CALL.begin(private=self._private, read_s=self._timeouts[1])
        try:
            prepared = session.prepare_request(_prepared(request, url, body, headers))
            self._check(prepared.url or "")
            with session.send(prepared, stream=True, timeout=self._timeouts) as response:
                return _read(response)
        except Exception as error:  # noqa: BLE001  whatever is raised, only "was it sent" matters
            failure = type(root_of(error)).__name__
        finally:
            session.used_at = time.monotonic()
        # Raised here, not above: the library's own errors carry the URL with its query.
        session.close()
        if CALL.wrote:
            raise AnswerLostError(failure)
        raise NeverLeftError(failure)

    def _session(self, *, fresh: bool) -> Session:
        session = self._sessions.mine()
        if fresh and time.monotonic() - session.used_at > _IDLE_S:
            session.close()
        return session

    def _check(self, url: str) -> None:
        base, target = urlsplit(self._base), urlsplit(url)
        same = (target.scheme, target.hostname, target.port) == (
            base.scheme,
            base.hostname,
            base.port,
        )
        if not same or "@" in target.netloc or not target.path.startswith(base.path):
            raise ValueError("the URL leads elsewhere")


def _body(request: Request) -> Data:
    if request.json is None:
        return request.data
    return jsonlib.dumps(request.json, allow_nan=False, separators=(",", ":")).encode()


def _prepared(
    request: Request, url: str, body: Data, headers: Mapping[str, str]
) -> requests.Request:
    all_headers = {**(request.headers or {}), **headers}
    if request.json is not None:
        all_headers.setdefault("Content-Type", "application/json")
    data: Any = body
    return requests.Request(request.method, url + _query(request), data=data, headers=all_headers)


def _query(request: Request) -> str:
    """The query with blanks as `%20` and `$` as it is: some OData services take no `%24filter`."""
    if not request.params:
        return ""
    return "?" + urlencode(request.params, doseq=True, safe="$", quote_via=quote)


def _read(response: requests.Response) -> Reply:
    body = bytearray()
    for chunk in response.raw.stream(64 * 1024, decode_content=True):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise ValueError("the answer is too long")
    return Reply(response.status_code, response.headers, bytes(body))
