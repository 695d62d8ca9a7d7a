"""The client of IFS's OData v4 provider: single reads, lists by pages, and `$batch`.

Sources: docs.ifs.com/techdocs, "OData Provider" (batch requests, timeout, supported functions).
Decimals travel as strings (`IEEE754Compatible`), a statement is given its time by `Prefer: wait`,
and cookies are not kept, so that no session needs protecting from forgery.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from connector.domain.drafts import Outcome
from connector.erp.answers import failed, patiently
from connector.erp.ifs.errors import read_failure
from connector.erp.ifs.literals import with_options
from connector.erp.ifs.multipart import Answered, ChangeSet, Part, Request, decode, encode
from connector.erp.ifs.results import Entity, page_of, single, unreadable, written
from connector.errors import (
    CredentialsError,
    OutcomeUnknownError,
    RateLimitedError,
    RefusedError,
    RetryLaterError,
)
from connector.http.peer import Peer, Reply
from connector.ports import RATE_LIMITED, Answer

JSON = "application/json;IEEE754Compatible=true"
READING = {"Accept": JSON}
WRITING = {"Accept": JSON, "Content-Type": JSON}
CREDENTIALS, UNREACHED = "credentials", "not_reached"
#: So many rows are asked for at once. IFS publishes no maximum; others say 5,000.
FULL_PAGE = 1000
#: A tenant was seen to page by 100: this is a million rows.
_MOST_PAGES = 10_000
_SERVICE = re.compile(r"^.*/projection/v1/(?P<projection>[^/]+)\.svc/")
_SUCCESS = range(200, 300)
_CONTINUE = "odata.continue-on-error"


class OData:
    """Calls projections under one root; nothing that writes is ever repeated here."""

    def __init__(
        self,
        peer: Peer,
        root: str,
        *,
        wait_s: float,
        batch_size: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._peer = peer
        self._root = f"/{root}/ifsapplications/projection/v1"
        self._prefer = f"wait={max(1, int(wait_s))}"
        self._batch_size = batch_size
        self._clock = clock

    def change(
        self, projection: str, changes: Sequence[ChangeSet], *, send_until: float
    ) -> list[Answer[tuple[Entity, ...]]]:
        """What became of each change set, by position; they take effect each by itself.

        After a call that failed as a whole, and after `send_until`, the rest is not sent.
        """
        answers: list[Answer[tuple[Entity, ...]]] = []
        stop: Answer[Any] | None = None
        for start in range(0, len(changes), self._batch_size):
            chunk = changes[start : start + self._batch_size]
            if stop is None and self._clock() > send_until:
                stop = Answer(Outcome.NOT_SENT, message="no time was left to send it")
            if stop is not None:
                answers += [stop] * len(chunk)
                continue
            told = self._batch(projection, chunk, write=True)
            if isinstance(told, Answer):
                answers += [told] * len(chunk)
                stop = Answer(
                    Outcome.NOT_SENT, code=told.code, message=told.message, wait_s=told.wait_s
                )
            else:
                answers += [
                    written(told[n] if n < len(told) else None, len(one.requests))
                    for n, one in enumerate(chunk)
                ]
        return answers

    def read_all(
        self, projection: str, paths: Sequence[str], *, background: bool = False
    ) -> list[Answer[Part]]:
        """The answer to a GET of each address, in `$batch`es; a part may tell of a failure."""
        answers: list[Answer[Part]] = []
        for start in range(0, len(paths), 2 * self._batch_size):
            chunk = paths[start : start + 2 * self._batch_size]
            reads = [Request("GET", path, headers=READING) for path in chunk]
            told = self._batch(projection, reads, write=False, background=background)
            if isinstance(told, Answer):
                answers += [told] * len(chunk)
                continue
            parts = (single(told, index) for index in range(len(chunk)))
            answers += [
                unreadable(Outcome.NOT_SENT) if part is None else Answer(Outcome.DONE, part)
                for part in parts
            ]
        return answers

    def rows(
        self, projection: str, path: str, *, key: Sequence[str], condition: str = ""
    ) -> Answer[list[Entity]]:
        """All rows of a set or array that meet a condition, each once, in their key's order."""
        found: dict[tuple[str, ...], Entity] = {}
        for page in self.pages(projection, path, key=key, condition=condition):
            if page.value is None:
                return failed(page)
            found |= {tuple(row.text(name) for name in key): row for row in page.value}
        return Answer(Outcome.DONE, list(found.values()))

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
        """The same page by page, the last of which may be a failure; a row may come twice.

        However IFS pages: by next links, by `$top` alone, or in silence. What has time waits for
        its share of the budget.
        """
        query = {"$orderby": ",".join(key), "$top": str(FULL_PAGE)}
        query |= {"$filter": condition} if condition else {}
        query |= {"$select": ",".join(select)} if select else {}
        target, links = with_options(path, query), set[str]()
        skipped = window = 0  # `$top` counts the rows of all pages that next links lead to
        for _ in range(_MOST_PAGES):
            page = page_of(
                self._patiently(projection, target)
                if background
                else self.read_all(projection, [target])[0]
            )
            if page.value is None:
                yield failed(page)
                return
            rows, link = page.value.rows, page.value.link
            yield Answer(Outcome.DONE, rows)
            window += len(rows)
            if link:
                if link in links or (following := _below(projection, link)) is None:
                    break
                links.add(link)
                target = following
            elif window < FULL_PAGE:
                return
            else:
                skipped, window = skipped + window, 0
                target = with_options(path, {**query, "$skip": str(skipped)})
        yield _odd_link()

    def _patiently(self, projection: str, target: str) -> Answer[Part]:
        return patiently(lambda: self.read_all(projection, [target], background=True)[0])

    def get(
        self, projection: str, path: str, options: Mapping[str, str] | None = None, **headers: str
    ) -> Answer[Part]:
        """The answer to one GET, by itself; a part may tell of a failure."""
        try:
            reply = self._peer.read(
                "GET",
                f"{self._root}/{projection}.svc/{path}",
                params=options,
                headers={**READING, "Prefer": self._prefer, **headers},
            )
        except (RetryLaterError, RefusedError) as error:
            return _not_reached(error)
        return Answer(Outcome.DONE, _as_part(reply))

    def probe(self, projection: str, path: str) -> Answer[None]:
        """Whether IFS answers a read that is sent once: DONE, whatever it says, or NOT_SENT."""
        try:
            self._peer.probe("GET", f"{self._root}/{projection}.svc/{path}", params={"$top": "1"})
        except CredentialsError:
            return Answer(Outcome.DONE)
        except RetryLaterError as error:
            return _not_reached(error)
        return Answer(Outcome.DONE)

    def _batch(
        self,
        projection: str,
        items: Sequence[Request | ChangeSet],
        *,
        write: bool,
        background: bool = False,
    ) -> list[Answered] | Answer[Any]:
        """The answers to one call, or the one answer that holds for all of it."""
        call = self._peer.write if write else self._peer.read
        body, content_type = encode(items)
        try:
            reply = call(
                "POST",
                f"{self._root}/{projection}.svc/$batch",
                data=body,
                headers={
                    "Content-Type": content_type,
                    "Accept": "multipart/mixed",
                    "Prefer": f"{self._prefer}, {_CONTINUE}",
                },
                background=background,
            )
        except OutcomeUnknownError as error:
            return Answer(Outcome.UNKNOWN, message=str(error))
        except RetryLaterError as error:
            return _not_reached(error)
        if reply.status not in _SUCCESS:
            return _not_taken(reply)
        return decode(reply.body, reply.headers.get("Content-Type", ""))


def _not_taken(reply: Reply) -> Answer[Any]:
    """A 4xx for the call as a whole: nothing was carried out, and no document is to blame."""
    failure = read_failure(_as_part(reply))
    return Answer(
        Outcome.NOT_SENT,
        code=failure.code,
        message=f"IFS did not take the call: {failure.message}",
        wait_s=failure.wait_s or _MEND_WAIT_S,
    )


def _not_reached(error: RetryLaterError | RefusedError) -> Answer[Any]:
    if isinstance(error, RefusedError):
        return Answer(Outcome.REFUSED, code=error.code, message=str(error))
    code = UNREACHED
    if isinstance(error, CredentialsError):
        code = CREDENTIALS
    elif isinstance(error, RateLimitedError):
        code = RATE_LIMITED
    return Answer(Outcome.NOT_SENT, code=code, message=str(error), wait_s=error.wait_s)


def _below(projection: str, link: str) -> str | None:
    """The address of a next link, below the projection; None where it leads elsewhere.

    A link may be relative, or carry the name that IFS has behind a gateway: it is followed at the
    address that we know, and only there.
    """
    parts = urlsplit(link)
    path = parts.path
    if parts.scheme or parts.netloc or path.startswith("/"):
        service = _SERVICE.match(path)
        if service is None or service["projection"] != projection:
            return None
        path = path[service.end() :]
    plain = re.fullmatch(r"[A-Za-z_$][^\s\\]*", path) and ".." not in path
    return f"{path}?{parts.query}" if plain and re.fullmatch(r"\S*", parts.query) else None


def _odd_link() -> Answer[Any]:
    message = "IFS's list does not end, or its next link leads elsewhere"
    return Answer(Outcome.NOT_SENT, code="next_link", message=message)


def _as_part(reply: Reply) -> Part:
    headers = {name.lower(): value for name, value in reply.headers.items()}
    return Part(reply.status, headers, reply.body)


#: How long to leave IFS alone when a person must mend something first.
_MEND_WAIT_S = 300.0
