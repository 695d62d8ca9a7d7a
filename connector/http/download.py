"""Files from links that a peer gave: no credential goes there, and no more comes than was meant."""

from __future__ import annotations

import re
from collections.abc import Mapping

import requests

from connector.domain.drafts import Outcome
from connector.domain.receipts import ReceiptFault
from connector.errors import RefusedError
from connector.http.address import RefusedAddressError, checked_link
from connector.http.connection import CALL
from connector.http.retry_after import retry_after_s
from connector.http.session import Sessions, root_of
from connector.ports import Answer, ReceiptFile
from connector.secret import Secret

#: What is not compressed cannot burst.
_HEADERS = {"User-Agent": "ml-connector", "Accept": "*/*", "Accept-Encoding": "identity"}
_CHUNK = 64 * 1024
_OK = 200
#: Refusals that have nothing to do with the link.
_NOT_NOW = frozenset({408, 425, 429})
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,60}")
_UNKNOWN_TYPE = "application/octet-stream"

_File = Answer[ReceiptFile]


class _SpoiltError(Exception):
    """An answer that is not to be had as a file; `answer` says why."""

    def __init__(self, answer: _File) -> None:
        self.answer = answer
        super().__init__(answer.code)


class Downloads:
    """Implements `connector.ports.ReceiptFiles`. Safe to share between threads.

    The whole of a call ends within `connect_s` for TCP, as much for TLS, and `read_s`. A redirect
    is not followed, and only such addresses are called as a peer may have. No text that it gives
    holds any part of a link.
    """

    def __init__(self, *, allow_http: bool, connect_s: float = 5.0, read_s: float = 30.0) -> None:
        self._allow_http = allow_http
        self._timeouts = (connect_s, read_s)
        self._sessions = Sessions(_HEADERS)

    def get(self, link: Secret, *, max_bytes: int) -> _File:
        """The file behind a link, asked for once.

        DONE; REFUSED for what would be refused again; NOT_SENT for what may be had later. `code`
        is a `ReceiptFault`.
        """
        try:
            url = checked_link(link.reveal(), allow_http=self._allow_http)
        except RefusedError as error:
            return _refused(ReceiptFault.LINK_REFUSED, str(error))
        session = self._sessions.mine()
        CALL.begin(private=self._allow_http, read_s=self._timeouts[1])
        try:
            # what is not read to its end is closed here, with its connection
            with session.get(url, stream=True, timeout=self._timeouts) as response:
                _check(response)
                return Answer(Outcome.DONE, _read(response, max_bytes))
        except _SpoiltError as spoilt:
            return spoilt.answer
        except Exception as error:  # noqa: BLE001  the library's own errors carry the link
            return _failed(root_of(error))


def _check(response: requests.Response) -> None:
    """Raises _SpoiltError for everything but a plain file."""
    status, headers = response.status_code, response.headers
    said = f"the host of the file answered {status}"
    if 300 <= status < 400:  # noqa: PLR2004  the classes of HTTP
        raise _SpoiltError(_refused(ReceiptFault.LINK_REFUSED, f"{said}, which is not followed"))
    if status in _NOT_NOW or status >= 500:  # noqa: PLR2004
        wait_s = retry_after_s(headers)
        raise _SpoiltError(_later(ReceiptFault.NO_ANSWER, said, wait_s=wait_s))
    if status != _OK:
        raise _SpoiltError(_later(ReceiptFault.LINK_NOT_TAKEN, said))
    if headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise _SpoiltError(_refused(ReceiptFault.UNREADABLE, "the file comes compressed"))


def _read(response: requests.Response, max_bytes: int) -> ReceiptFile:
    declared = _declared(response.headers)
    if declared is not None and declared > max_bytes:
        raise _SpoiltError(_too_large(f"{declared} bytes", max_bytes))
    body = bytearray()
    for chunk in response.raw.stream(_CHUNK, decode_content=False):
        body += chunk
        if len(body) > max_bytes:
            raise _SpoiltError(_too_large("more bytes", max_bytes))
    if not body:
        raise _SpoiltError(_later(ReceiptFault.UNREADABLE, "the file is empty"))
    return ReceiptFile(bytes(body), _media_type(response.headers))


def _declared(headers: Mapping[str, str]) -> int | None:
    """How long the file says it is; None where it comes in chunks.

    Of what says neither, nobody could tell whether it is whole.
    """
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        return None
    length = headers.get("Content-Length", "").strip()
    if not re.fullmatch(r"[0-9]{1,15}", length):
        what = "the host of the file does not say how long it is"
        raise _SpoiltError(_later(ReceiptFault.NO_ANSWER, what))
    return int(length)


def _media_type(headers: Mapping[str, str]) -> str:
    """What the host says the file is; nobody here relies on it."""
    said = headers.get("Content-Type", "").partition(";")[0].strip()
    return said.lower() if _MEDIA_TYPE.fullmatch(said) else _UNKNOWN_TYPE


def _failed(error: BaseException) -> _File:
    if isinstance(error, RefusedAddressError):
        return _refused(ReceiptFault.LINK_REFUSED, f"the link leads astray: {error}")
    what = f"the host of the file gave no whole answer ({type(error).__name__})"
    return _later(ReceiptFault.NO_ANSWER, what)


def _too_large(what: str, max_bytes: int) -> _File:
    message = f"the file has {what}; brex.receipt_max_bytes is {max_bytes}"
    return _refused(ReceiptFault.TOO_LARGE, message)


def _refused(code: ReceiptFault, message: str) -> _File:
    return Answer(Outcome.REFUSED, code=code, message=message)


def _later(code: ReceiptFault, message: str, *, wait_s: float | None = None) -> _File:
    return Answer(Outcome.NOT_SENT, code=code, message=message, wait_s=wait_s)
