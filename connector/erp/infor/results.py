"""Reads an answer of m3api-rest v2: one `Answer` per transaction asked, whatever its shape.

The HTTP status is not the outcome. An error arrives as 400 with its members at the top level or in
`results[0]`, or as 200 with counts of what failed; rows that were read before an error stand beside
it, and the error wins. A bulk is not atomic: each transaction took effect or not by itself.
Source: `parseMessageV2` of https://github.com/infor-cloud/m3-h5-sdk (`mi/runtime.ts`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connector.domain.drafts import Outcome
from connector.domain.reasons import Reason
from connector.erp.infor.errors import (
    LOCKED_WAIT_S,
    Meaning,
    clean_message,
    meaning,
    refuses_the_day,
)
from connector.ports import Answer

#: One record of an answer: field = value, without padding.
Row = Mapping[str, str]
Rows = tuple[Row, ...]

#: The answer is there, but does not say what became of this transaction.
UNREADABLE = "unreadable"
#: A list of so many rows may have ended early, whatever was asked for: seen are ceilings of 100
#: (the default, where the option is ignored) and of about 1000.
_CEILINGS = frozenset({100, 999, 1000})
_HTTP_ERROR = 400
_ERROR_MEMBERS = (
    *("errorType", "errorCode", "errorMessage"),
    *("terminationErrorType", "terminationReason"),
)
_DONE = "nrOfSuccessfullTransactions"  # sic


@dataclass(frozen=True, slots=True)
class Transaction:
    """One MI transaction: input fields as strings, and the columns wanted back (none: all)."""

    name: str
    record: Mapping[str, str]
    columns: tuple[str, ...] = ()


def may_be_cut(listed: Answer[Rows]) -> bool:
    """Whether M3 may have left rows out of a list, which it does without saying so."""
    return len(listed.value or ()) in _CEILINGS


def read_results(
    status: int, body: Any, transactions: Sequence[Transaction], *, write: bool
) -> list[Answer[Rows]]:
    """What became of each transaction, by its position. `body` is the parsed JSON, or None.

    A transaction whose fate the answer does not tell is UNKNOWN for a write, NOT_SENT for a read.
    """
    lost: Answer[Rows] = Answer(
        Outcome.UNKNOWN if write else Outcome.NOT_SENT,
        code=UNREADABLE,
        message=f"M3's answer (HTTP {status}) does not say what became of it",
    )
    if not isinstance(body, dict):
        return [lost] * len(transactions)
    results = body.get("results")
    if not isinstance(results, list) or not results:
        return _without_results(status, body, len(transactions), lost)
    if len(results) > len(transactions) or not _names_agree(results, transactions):
        return [lost] * len(transactions)
    errors = [_error(result) if isinstance(result, dict) else None for result in results]
    answers = [error or _one(result, lost) for error, result in zip(errors, results, strict=True)]
    failed = sum(error is not None for error in errors)
    if fault := _unexplained(status, body, results, answers, failed):
        instead = fault if len(transactions) == 1 and fault.code != UNREADABLE else lost
        answers = [instead if a.outcome is Outcome.DONE else a for a in answers]
    return answers + [lost] * (len(transactions) - len(results))


def _without_results(
    status: int, body: Mapping[str, Any], asked: int, lost: Answer[Rows]
) -> list[Answer[Rows]]:
    """Error members at the top level speak for a single call, or where nothing was processed."""
    error = _error(body)
    done = body.get("nrOfSuccessfullTransactions")
    if error is None and status >= _HTTP_ERROR:
        error = Answer(Outcome.REFUSED, message=f"M3 answered {status} without a reason")
    if error is None or (asked > 1 and (done is None or _count(body, _DONE) > 0)):
        return [lost] * asked
    if asked > 1:  # none was processed, and none of the documents is to blame
        error = replace(error, outcome=Outcome.NOT_SENT)
    return [error] * asked


def _one(result: Any, lost: Answer[Rows]) -> Answer[Rows]:
    """What became of a transaction without an error."""
    if not isinstance(result, dict):
        return lost
    if result.get("notProcessed"):
        return Answer(Outcome.NOT_SENT, message="M3 stopped before this transaction")
    records = result.get("records") or []
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        return lost
    return Answer(Outcome.DONE, tuple(_row(record) for record in records))


def _error(member: Mapping[str, Any]) -> Answer[Rows] | None:
    """The error that a result, or the top level of an answer, carries; None where it is clean."""
    if not any(map(member.get, _ERROR_MEMBERS)):
        return None
    kind = _text(member, "errorType") or _text(member, "terminationErrorType")
    code = _text(member, "errorCode") or kind
    text = _text(member, "errorMessage") or _text(member, "terminationReason")
    if not (code or text):
        return None
    field = _text(member, "errorField")
    means = meaning(code)
    message = clean_message(text, code, field) or code
    if refuses_the_day(code, field):
        code, message = Reason.PERIOD_CLOSED.value, f"{message} ({code})"
    return Answer(
        means.outcome,
        code=code,
        message=message,
        field=field,
        wait_s=LOCKED_WAIT_S if means is Meaning.LOCKED else None,
    )


def _unexplained(
    status: int,
    body: Mapping[str, Any],
    results: Sequence[Any],
    answers: Sequence[Answer[Rows]],
    failed: int,
) -> Answer[Rows] | None:
    """The failure that an answer reports as a whole while no result owns up to it, if any.

    A single transaction has that failure; of several, nobody knows which one.
    """
    stopped = sum(
        isinstance(result, dict) and bool(result.get("notProcessed")) for result in results
    )
    done = sum(answer.outcome is Outcome.DONE for answer in answers)
    bad = status >= _HTTP_ERROR or bool(body.get("wasTerminated"))
    explained = _count(body, "nrOfFailedTransactions") <= failed and (
        not bad or failed + stopped > 0
    )
    if explained and (body.get(_DONE) is None or _count(body, _DONE) >= done):
        return None
    if explained or _count(body, _DONE) > 0:
        return Answer(Outcome.UNKNOWN, code=UNREADABLE, message="M3's answer contradicts itself")
    text = f"M3 answered {status} and reported a failure without a reason"
    return _error(body) or Answer(Outcome.REFUSED, message=text)


def _names_agree(results: Sequence[Any], transactions: Sequence[Transaction]) -> bool:
    """Whether the results are those of the transactions asked, in their order."""
    return all(
        not isinstance(result, dict) or result.get("transaction") in (None, "", transaction.name)
        for result, transaction in zip(results, transactions, strict=False)
    )


def _row(record: Mapping[str, Any]) -> Row:
    """All values are strings by contract; numbers are taken as well, and padding goes."""
    return {name: "" if value is None else str(value).strip() for name, value in record.items()}


def _text(member: Mapping[str, Any], name: str) -> str:
    value = member.get(name)
    return "" if value is None else str(value).strip()


def _count(body: Mapping[str, Any], name: str) -> int:
    try:
        return int(body.get(name) or 0)
    except (TypeError, ValueError):
        return 0
