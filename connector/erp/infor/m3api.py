"""The client of m3api-rest v2: transactions in, one answer for each out.

Every call, a single transaction included, is the bulk POST: in the single form even writes are
GETs, which proxies and libraries feel free to repeat.
Source: contracts of real tenants (`/M3/m3api-rest/v2/metadata/…`); Infor's bulk request interface.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from connector.domain.documents import Document
from connector.domain.drafts import Outcome
from connector.erp.infor.results import Rows, Transaction, read_results
from connector.errors import (
    CredentialsError,
    OutcomeUnknownError,
    RateLimitedError,
    RetryLaterError,
)
from connector.http.peer import Peer, Reply
from connector.ports import RATE_LIMITED, Answer

#: Gateway statuses that say no to the call as a whole, before M3 saw it, and what mends them.
#: Source: Infor OS, "API Gateway status codes" (docs.infor.com/inforos, zdq1489511424303).
_NOT_LET_IN = {
    403: "ION API forbids the call: the app, or the user in this company, lacks the right",
    404: "ION API knows no such address: is the M3 suite published under this tenant?",
    405: "ION API does not allow this method",
}
#: How long to leave ION API alone when a person must mend it first.
_MEND_WAIT_S = 300.0

CREDENTIALS = "credentials"
UNREACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class Company:
    """Where a call works; never left to the default of the service user."""

    cono: int
    divi: str

    @classmethod
    def of(cls, document: Document) -> Company:
        """The company of a document. Raises KeyError or ValueError where it is none of M3's."""
        return cls.named(document.company)

    @classmethod
    def named(cls, company: tuple[tuple[str, str], ...]) -> Company:
        """The company in M3's terms. Raises KeyError or ValueError where it is none."""
        pairs = dict(company)
        return cls(int(pairs["cono"]), pairs.get("divi", ""))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The company as documents are routed to it."""
        return (("cono", str(self.cono)), ("divi", self.divi))

    @property
    def division(self) -> dict[str, str]:
        """DIVI as an input field; a blank one is left to the call's own `divi`."""
        return {"DIVI": self.divi} if self.divi else {}


class M3Api:
    """Runs MI transactions in bulk, in chunks, and never repeats a write."""

    def __init__(
        self,
        peer: Peer,
        path: str,
        *,
        bulk_size: int = 100,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._peer = peer
        self._path = path
        self._bulk_size = bulk_size
        self._clock = clock

    def execute_bulk(
        self,
        program: str,
        transactions: Sequence[Transaction],
        *,
        company: Company,
        write: bool,
        max_records: int = 0,
        send_until: float | None = None,
        background: bool = False,
    ) -> list[Answer[Rows]]:
        """What became of each transaction, by position; they succeed or fail each by itself.

        `max_records` is per transaction, 0 for all. After a chunk that failed as a whole, and
        after `send_until` (of the clock), the rest is not sent any more and says so. What has time
        takes the background's share of the budget.
        """
        answers: list[Answer[Rows]] = []
        stop: Answer[Rows] | None = None
        for start in range(0, len(transactions), self._bulk_size):
            chunk = transactions[start : start + self._bulk_size]
            if stop is None and send_until is not None and self._clock() > send_until:
                stop = Answer(Outcome.NOT_SENT, message="no time was left to send it")
            if stop is not None:
                answers += [stop] * len(chunk)
                continue
            body = _body(program, chunk, company, max_records)
            told = self._send(body, chunk, write=write, background=background)
            answers += told if isinstance(told, list) else [told] * len(chunk)
            if isinstance(told, Answer):
                stop = Answer(
                    Outcome.NOT_SENT, code=told.code, message=told.message, wait_s=told.wait_s
                )
        return answers

    def execute(
        self, program: str, transaction: Transaction, *, company: Company, write: bool
    ) -> Answer[Rows]:
        """What became of one transaction."""
        return self.execute_bulk(program, [transaction], company=company, write=write)[0]

    def probe(self, company: Company) -> Answer[None]:
        """Whether M3 answers a read that is sent once: DONE, whatever it says, or NOT_SENT."""
        body = _body("MNS150MI", [Transaction("GetUserData", {})], company, 1)
        try:
            self._peer.probe("POST", self._path, json=body)
        except CredentialsError:
            return Answer(Outcome.DONE)
        except RetryLaterError as error:
            return Answer(Outcome.NOT_SENT, code=UNREACHED, message=str(error), wait_s=error.wait_s)
        return Answer(Outcome.DONE)

    def _send(
        self, body: dict[str, Any], chunk: Sequence[Transaction], *, write: bool, background: bool
    ) -> list[Answer[Rows]] | Answer[Rows]:
        """The answers to one call, or the one answer that holds for all of it."""
        call = self._peer.write if write else self._peer.read
        try:
            reply = call("POST", self._path, json=body, background=background)
        except CredentialsError as error:
            return Answer(
                Outcome.NOT_SENT, code=CREDENTIALS, message=str(error), wait_s=error.wait_s
            )
        except RetryLaterError as error:
            code = RATE_LIMITED if isinstance(error, RateLimitedError) else UNREACHED
            return Answer(Outcome.NOT_SENT, code=code, message=str(error), wait_s=error.wait_s)
        except OutcomeUnknownError as error:
            return Answer(Outcome.UNKNOWN, message=str(error))
        if reply.status in _NOT_LET_IN:
            return Answer(
                Outcome.NOT_SENT,
                code=f"http_{reply.status}",
                message=_NOT_LET_IN[reply.status],
                wait_s=_MEND_WAIT_S,
            )
        return read_results(reply.status, _json(reply), chunk, write=write)


def _body(
    program: str, chunk: Sequence[Transaction], company: Company, max_records: int
) -> dict[str, Any]:
    return {
        "program": program,
        "cono": company.cono,
        "divi": company.divi,
        "lanc": "GB",
        "dateFormat": "YMD8",
        "excludeEmptyValues": False,
        "rightTrim": True,
        "maxReturnedRecords": max_records,
        "extendedResult": False,
        "transactions": [
            {"transaction": one.name, "record": dict(one.record)}
            | ({"selectedColumns": list(one.columns)} if one.columns else {})
            for one in chunk
        ],
    }


def _json(reply: Reply) -> Any:
    try:
        return reply.json()
    except ValueError:
        return None
