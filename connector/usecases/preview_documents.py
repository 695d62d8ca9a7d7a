"""Preview: the ERP documents that records would become now. Nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connector.domain.accounting import ReviewStatus
from connector.domain.documents import Document, Ignored
from connector.domain.reasons import Hold, Reason
from connector.ports import Erp, SpendRecord, SpendSource
from connector.usecases.map_records import Mapper


@dataclass(frozen=True, slots=True)
class Preview:
    """What a record would become. `review_status` is None where Brex does not know it."""

    record_id: str
    review_status: ReviewStatus | None
    made: Document | Hold | Ignored


def preview_documents(
    record_ids: Sequence[str], *, source: SpendSource, mapper: Mapper, erp: Erp
) -> list[Preview]:
    """One preview for each id, in the order given. Raises RetryLaterError when Brex is away."""
    found = source.records(record_ids) if record_ids else {}
    return [_preview(one, found.get(one), mapper, erp) for one in dict.fromkeys(record_ids)]


def _preview(record_id: str, spend: SpendRecord | None, mapper: Mapper, erp: Erp) -> Preview:
    if spend is None:
        return Preview(
            record_id,
            None,
            Hold(Reason.NOT_FOUND_IN_BREX, "Brex does not know this record", "id", record_id),
        )
    if spend.record is None:
        unreadable = f"Brex's answer cannot be read: {spend.fault}"
        return Preview(record_id, ReviewStatus.UNKNOWN, Hold(Reason.RECORD_UNREADABLE, unreadable))
    made = mapper(spend.record)
    if isinstance(made, Document):
        made = erp.check(made) or made
    return Preview(record_id, spend.record.review_status, made)
