"""Repost: the version that Brex has by now takes the place of what was posted of a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from connector.domain.accounting import ReviewStatus
from connector.domain.documents import Document, Ignored
from connector.domain.periods import PeriodState
from connector.domain.reasons import Hold, Reason
from connector.domain.reposting import Standing, Succession, is_the_same, succession
from connector.errors import RefusedError
from connector.ports import (
    Actions,
    Candidate,
    Erp,
    Moved,
    Nudger,
    RefusedDays,
    Replacement,
    SpendSource,
)
from connector.usecases.held_records import Acted, choose, why_not
from connector.usecases.make_documents import MakeDocuments, Unasked
from connector.usecases.open_days import Company
from connector.usecases.retry_records import nudge

#: Longer than the calls to Brex and to the ERP that it takes.
LEASE_S = 300.0
_UNCLEAR = frozenset({Reason.OUTCOME_UNKNOWN, Reason.SPARE_DRAFT_POSTED, Reason.DOCUMENT_EXISTS})
_RELEASED = frozenset({ReviewStatus.READY_FOR_EXPORT, ReviewStatus.EXPORTED})


@dataclass(frozen=True, slots=True)
class Reposting:
    """What a connection has for it: Brex, its rules, the ERP, and the day that it is in a company.

    `mapping` is the version of the mapping that the documents are made by.
    """

    source: SpendSource
    documents: MakeDocuments
    mapping: int
    erp: Erp
    today_in: Callable[[Company], date]
    #: None where what falls into a closed period is held
    refused_days: RefusedDays | None = None


def repost_record(
    record_id: str,
    because: str,
    *,
    connection: str,
    reposting: Reposting,
    actions: Actions,
    nudger: Nudger,
) -> Acted:
    """Reverse what stands of a held record, and post what the rules make of its version now.

    Reversals and new documents are added to the record, all or nothing, and go the way of all
    documents: whoever asks twice finds the record on its way. Raises RefusedError where there is
    nothing that could be posted, RetryLaterError where a peer could not be asked; then the record
    is held as before.
    """
    chosen, refused = choose([record_id], connection, actions, objection)
    acted = Acted(refused=refused)
    for record in chosen:
        attempt = actions.claim(record.id, LEASE_S, decided=True)
        moved = None
        if attempt is not None:
            try:
                moved = _repost(record, attempt, because, reposting, actions)
            except BaseException:
                actions.release(record.id, attempt)
                raise
        if moved is None:
            acted.refused.extend(why_not([record], actions, objection))
        else:
            acted.moved.append(moved)
    nudge(acted.moved, nudger)
    return acted


def objection(record: Candidate) -> str | None:
    """Why a record cannot be reposted: nothing stands yet, or what stands is not clear."""
    if record.removed:
        return "its connection was removed"
    if not record.erp_reference:
        return "nothing of it is posted: retry it"
    if record.reason in _UNCLEAR:
        return "a document may stand in the ERP that is not known here: settle it there, retry it"
    return None


def _repost(
    record: Candidate, attempt: int, because: str, reposting: Reposting, actions: Actions
) -> Moved | None:
    standing = actions.standing(record.id)
    _demand_clear(standing, reposting.erp)
    if record.reason == Reason.PERIOD_CLOSED and reposting.refused_days:
        _note_refused_day(standing, reposting.refused_days)
    payload, version = _newest(record.record_id, reposting.source)
    made = _demand_documents(reposting.documents, payload)
    if is_the_same(standing, made):
        raise RefusedError(f"version {version} makes the documents that are posted: retry it")
    try:
        follows = succession(record.record_id, standing, made, lambda one: _day(one, reposting))
    except ValueError as error:
        raise RefusedError(f"{record.record_id} cannot be posted again: {error}") from error
    _demand_taken(follows, reposting.erp)
    replacement = Replacement(payload, version, reposting.mapping, follows)
    return actions.repost(record.id, attempt, because, replacement)


def _note_refused_day(standing: Sequence[Standing], refused: RefusedDays) -> None:
    """Have what the ERP refused for its day not made for that day again.

    Where reversals wait as well, it was the day of these.
    """
    posted = max(one.nth for one in standing if one.is_posted)
    waiting = [one.document for one in standing if one.nth > posted]
    if waiting and not any(document.undoes for document in waiting):
        refused.note(waiting[-1].company_key, waiting[-1].accounting_date)


def _demand_clear(standing: Sequence[Standing], erp: Erp) -> None:
    """Raises RefusedError unless each document stands for certain, or does not for certain."""
    if not any(one.is_posted for one in standing):
        raise RefusedError("nothing of it is posted: retry it")
    for one in standing:
        if one.reference and not one.is_posted:
            raise RefusedError(
                f"document {one.reference} was decided and is not posted: settle it in the ERP, and"
                " retry the record first"
            )
        if one.is_begun and not one.reference and not erp.rules(one.document.kind).has_drafts:
            number = one.document.number
            raise RefusedError(f"document {number} was begun and may stand: settle it in the ERP")


def _newest(record_id: str, source: SpendSource) -> tuple[Mapping[str, Any], int]:
    found = source.records([record_id]).get(record_id)
    if found is None:
        raise RefusedError(f"Brex does not know {record_id}")
    if found.standing is None:
        raise RefusedError(f"Brex's answer cannot be read: {found.fault}")
    status = found.standing.review_status
    if status not in _RELEASED:
        raise RefusedError(f"Brex has {record_id} as {status}: release it there first")
    return found.payload, found.standing.version


def _demand_documents(documents: MakeDocuments, payload: Mapping[str, Any]) -> tuple[Document, ...]:
    (made,) = documents.run([payload])
    if isinstance(made, Unasked):
        raise made.error
    if isinstance(made, Hold):
        raise RefusedError(f"the new version cannot be posted: {made.message}", field=made.field)
    if isinstance(made, Ignored):
        raise RefusedError(f"the new version makes no document: {made.why}")
    return made


def _day(document: Document, reposting: Reposting) -> date:
    """Today, or the first day from then on that the ERP takes entries for."""
    today = reposting.today_in(document.company)
    (period,) = reposting.erp.periods(document.company, [today])
    if period.state is not PeriodState.CLOSED:
        return today
    if period.open_from is None:
        raise RefusedError(f"the ERP takes no entries for {today}: {period.detail}")
    return period.open_from


def _demand_taken(follows: Succession, erp: Erp) -> None:
    for _, document in follows.documents:
        if hold := erp.check(document):
            raise RefusedError(f"document {document.number} cannot be posted: {hold.message}")
