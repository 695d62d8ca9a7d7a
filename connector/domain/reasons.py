"""Why a record is held: stable codes that people and scripts can rely on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from connector.domain.change import Change
from connector.domain.suppliers import SupplierCandidate


class Reason(StrEnum):
    """The reason code of a held record. Each says what a person can do about it."""

    #: Brex does not know the id (any more).
    NOT_FOUND_IN_BREX = "not_found_in_brex"
    #: Brex has the record, but not as READY_FOR_EXPORT: it was taken back, or exported elsewhere.
    NOT_READY_FOR_EXPORT = "not_ready_for_export"
    #: Brex's answer for this record cannot be read.
    RECORD_UNREADABLE = "record_unreadable"
    #: No policy, or the policy `hold`, for this accounting record type.
    TYPE_ON_HOLD = "type_on_hold"
    #: A coded line has no value for the GL account field.
    GL_ACCOUNT_MISSING = "gl_account_missing"
    #: A field has a value which neither came from the ERP nor is in `[mapping.values]`.
    VALUE_UNMAPPED = "value_unmapped"
    #: The merchant has no supplier, and there is no fallback supplier.
    SUPPLIER_UNKNOWN = "supplier_unknown"
    #: The lines do not add up, or an amount has more decimals than its currency.
    UNBALANCED = "unbalanced"
    #: The company field has no value, or one that `[mapping.company]` does not name.
    COMPANY_UNKNOWN = "company_unknown"
    #: The record needs an account that `[mapping.offset_accounts]` does not have.
    OFFSET_ACCOUNT_MISSING = "offset_account_missing"
    #: The ERP has closed the period of the accounting date.
    PERIOD_CLOSED = "period_closed"
    #: A value is longer than the ERP's field.
    TOO_LONG = "too_long"
    #: The ERP does not know the supplier, or has it blocked.
    SUPPLIER_REFUSED = "supplier_refused"
    #: The ERP refused the document for a business reason; the text is the ERP's.
    ERP_REFUSED = "erp_refused"
    #: The ERP validated the document with errors; after a mend in the ERP, retry.
    ERP_VALIDATION_FAILED = "erp_validation_failed"
    #: A job or a person in the ERP keeps hold of the document.
    ERP_DOCUMENT_BUSY = "erp_document_busy"
    #: The document that was decided on is no longer in the ERP.
    ERP_DOCUMENT_MISSING = "erp_document_missing"
    #: The ERP has a document with our number that is not ours.
    DOCUMENT_EXISTS = "document_exists"
    #: What the ERP holds is not what we wrote.
    CONTENT_DIFFERS = "content_differs"
    #: Somebody validated a draft that we had given up.
    SPARE_DRAFT_POSTED = "spare_draft_posted"
    #: Whether a write took effect could not be found out; it is never sent again by itself.
    OUTCOME_UNKNOWN = "outcome_unknown"
    #: Eight drafts were begun and none could be finished.
    TOO_MANY_DRAFTS = "too_many_drafts"
    #: Work on it was begun many times without an end: something about it stops the worker.
    CRASH_LOOP = "crash_loop"
    #: As much was begun that day as the connection's limits allow.
    LIMIT_REACHED = "limit_reached"
    #: Brex does not take the export result.
    EXPORT_REFUSED = "export_refused"
    #: Brex changed the record after its documents were written; what was posted is the old version.
    CHANGED_AFTER_POSTING = "changed_after_posting"


#: Where nothing is tried again: a person has settled it, says so of each, and it goes back to where
#: it was. A retry of all that is held leaves these alone.
SETTLED_BY_PEOPLE = frozenset({Reason.SPARE_DRAFT_POSTED, Reason.CHANGED_AFTER_POSTING})


@dataclass(frozen=True, slots=True)
class Hold:
    """A reason with what caused it: the field, the value, and a sentence for the reader.

    Where that is the reason, `changes` are what Brex changed, and `candidates` the suppliers that a
    merchant may be.
    """

    reason: Reason
    message: str
    field: str = ""
    value: str = ""
    changes: tuple[Change, ...] = ()
    candidates: tuple[SupplierCandidate, ...] = ()
