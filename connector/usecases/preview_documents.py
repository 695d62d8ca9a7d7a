"""Preview: the documents that records would become now, and what the ERP has against them.

Nothing is written anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from connector.domain.accounting import ReviewStatus
from connector.domain.documents import Document, Ignored, Made
from connector.domain.reasons import Hold, Reason
from connector.ports import Erp, PreCheck, SpendSource, Verdict
from connector.usecases.make_documents import MakeDocuments, Unasked


@dataclass(frozen=True, slots=True)
class Preview:
    """What a record would become. `review_status` is None where Brex does not know it.

    `checks` are those of each document, in their order: what the ERP was asked about it.
    """

    record_id: str
    review_status: ReviewStatus | None
    made: Made
    checks: tuple[tuple[PreCheck, ...], ...] = ()

    @property
    def would_be_held(self) -> bool:
        """Whether the rules, or the ERP, say no; a check that could not run is no no."""
        failed = (one.verdict is Verdict.FAILED for some in self.checks for one in some)
        return isinstance(self.made, Hold) or any(failed)


def preview_documents(
    record_ids: Sequence[str], *, source: SpendSource, documents: MakeDocuments, erp: Erp
) -> list[Preview]:
    """One preview for each id, in the order given.

    The ERP is only read, once for all documents together. Raises RetryLaterError when Brex is away,
    or does not say what a record's company is.
    """
    found = source.records(record_ids) if record_ids else {}
    made = iter(documents.run([spend.payload for spend in found.values()]))
    became = {record_id: _asked(next(made)) for record_id in found}
    previews = []
    for record_id in dict.fromkeys(record_ids):
        spend = found.get(record_id)
        if spend is None:
            unknown = "Brex does not know this record"
            hold = Hold(Reason.NOT_FOUND_IN_BREX, unknown, "id", record_id)
            previews.append(Preview(record_id, None, hold))
        else:
            status = spend.standing.review_status if spend.standing else ReviewStatus.UNKNOWN
            previews.append(Preview(record_id, status, became[record_id]))
    return _with_checks(previews, erp)


def _asked(made: Made | Unasked) -> Made:
    if isinstance(made, Unasked):
        raise made.error
    return made


def _with_checks(previews: Sequence[Preview], erp: Erp) -> list[Preview]:
    documents = [document for one in previews for document in _documents(one)]
    checks = iter(erp.pre_check(documents) if documents else ())
    return [replace(one, checks=tuple(next(checks) for _ in _documents(one))) for one in previews]


def _documents(preview: Preview) -> tuple[Document, ...]:
    return () if isinstance(preview.made, Hold | Ignored) else preview.made
