"""Writes documents: one change set for each, with ETags that were read just before.

A stale ETag (412, 409, 428, ORA-20114) means that the change set had no effect. What the document
depends on is read again and has to hold still; then it is sent with the new ETag, five times at
most. Whatever else happened is the caller's to judge: a lost answer is never followed by a repeat.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from connector.domain.documents import Document
from connector.domain.drafts import Outcome
from connector.domain.reasons import Reason
from connector.erp.answers import failed
from connector.erp.ifs import lines
from connector.erp.ifs.accounts import Account, AccountKey, Accounts
from connector.erp.ifs.config import OnCreate
from connector.erp.ifs.multipart import ChangeSet, Request
from connector.erp.ifs.odata import WRITING, OData
from connector.erp.ifs.results import STALE, Entity
from connector.erp.ifs.shape import Shape
from connector.ports import Answer

#: How often a change set is sent again after a stale ETag.
MOST_STALE = 5

Written = Answer[tuple[Entity, ...]]
#: The ETag to name in If-Match for a line's account, by its key.
Fresh = dict[AccountKey, Account]


@dataclass(frozen=True, slots=True)
class Job:
    """A document to write. `changes` makes its change set, of accounts that were just read."""

    document: Document
    changes: Callable[[Fresh], ChangeSet | Answer[Any]]


class Writing:
    """Sends change sets of one shape."""

    def __init__(
        self,
        odata: OData,
        shape: Shape,
        accounts: Accounts,
        on_create: OnCreate,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._odata = odata
        self._shape = shape
        self._accounts = accounts
        self._on_create = on_create
        self._clock = clock

    def send(self, jobs: Sequence[Job], send_until: float) -> list[Written]:
        """What became of each job. A job that is stale again and again is REFUSED."""
        answers: dict[int, Written] = {}
        left = list(range(len(jobs)))
        for sent in range(1 + MOST_STALE):
            if sent and self._clock() > send_until:
                break
            told = self._send_once([jobs[index] for index in left], send_until)
            answers |= dict(zip(left, told, strict=True))
            left = [index for index in left if answers[index].code == STALE]
            if not left:
                break
        else:
            answers |= {index: _given_up(answers[index]) for index in left}
        return [answers[index] for index in range(len(jobs))]

    def head(self, document: Document, marker: str, fresh: Fresh) -> Request:
        """The POST of a head; where an ETag is wanted, that of its first line's account."""
        etag = self._etag(document, document.lines[0].number, fresh)
        return Request(
            "POST", self._shape.names.head_set, self._shape.head(document, marker), _headers(etag)
        )

    def line(
        self, document: Document, number: int, marker: str, fresh: Fresh, parent: str
    ) -> Request:
        """The POST of a line below its parent; where an ETag is wanted, that of its account."""
        return Request(
            "POST",
            f"{parent}/{self._shape.names.lines}",
            self._shape.line(document, number, marker),
            _headers(self._etag(document, number, fresh)),
        )

    def _send_once(self, jobs: Sequence[Job], send_until: float) -> list[Written]:
        accounts = self._accounts.read(key for job in jobs for key in accounts_of(job.document))
        made = [_prepared(job, accounts) for job in jobs]
        changes = [one for one in made if isinstance(one, ChangeSet)]
        told = iter(
            self._odata.change(self._shape.names.projection, changes, send_until=send_until)
            if changes
            else ()
        )
        return [next(told) if isinstance(one, ChangeSet) else one for one in made]

    def _etag(self, document: Document, number: int, fresh: Fresh) -> str:
        match self._on_create:
            case OnCreate.NONE:
                return ""
            case OnCreate.ANY:
                return "*"
            case OnCreate.PARENT_ETAG:
                line = next(one for one in document.lines if one.number == number)
                return fresh[document.company_key, lines.account_of(line)].etag


def accounts_of(document: Document) -> list[AccountKey]:
    """The GL accounts that a document is posted to."""
    numbers = dict.fromkeys(lines.account_of(line) for line in document.lines)
    return [(document.company_key, number) for number in numbers]


def changing(etag: str) -> dict[str, str]:
    """The headers of a request that changes what has this ETag."""
    return {**WRITING, "If-Match": etag}


def _headers(etag: str) -> dict[str, str]:
    return changing(etag) if etag else dict(WRITING)


def _prepared(job: Job, accounts: dict[AccountKey, Answer[Account]]) -> ChangeSet | Answer[Any]:
    """The change set of a job, or why it must not be sent now."""
    fresh: Fresh = {}
    for key in accounts_of(job.document):
        answer = accounts[key]
        if answer.value is None:
            return failed(answer)
        if fault := answer.value.fault(job.document.accounting_date):
            return Answer(
                Outcome.REFUSED, code=Reason.ERP_REFUSED.value, message=fault, field="Account"
            )
        fresh[key] = answer.value
    return job.changes(fresh)


def _given_up(answer: Written) -> Written:
    message = (
        f"the ETag of a GL account, or of the document, was stale {1 + MOST_STALE} times in a row: "
        f"somebody keeps changing it ({answer.message})"
    )
    return Answer(Outcome.REFUSED, code=STALE, message=message)
