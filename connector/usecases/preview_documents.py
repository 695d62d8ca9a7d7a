"""Preview: the ERP documents that records would become now. Nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connector.domain.accounting import ReviewStatus
from connector.domain.reasons import Hold, Reason
from connector.ports import Erp, SpendSource
from connector.usecases.make_documents import Made
from connector.usecases.map_records import Mapper, make_documents


@dataclass(frozen=True, slots=True)
class Preview:
    """What a record would become. `review_status` is None where Brex does not know it."""

    record_id: str
    review_status: ReviewStatus | None
    made: Made


def preview_documents(
    record_ids: Sequence[str], *, source: SpendSource, mapper: Mapper, erp: Erp
) -> list[Preview]:
    """One preview for each id, in the order given. Raises RetryLaterError when Brex is away."""
    found = source.records(record_ids) if record_ids else {}
    previews = []
    for record_id in dict.fromkeys(record_ids):
        spend = found.get(record_id)
        if spend is None:
            unknown = "Brex does not know this record"
            hold = Hold(Reason.NOT_FOUND_IN_BREX, unknown, "id", record_id)
            previews.append(Preview(record_id, None, hold))
        else:
            status = spend.standing.review_status if spend.standing else ReviewStatus.UNKNOWN
            made = make_documents(spend.payload, source=source, mapper=mapper, erp=erp)
            previews.append(Preview(record_id, status, made))
    return previews
