"""What held records wait for, in words for people who work in finance."""

from __future__ import annotations

from connector.domain.reasons import Reason

#: A sentence for each reason; {value} and {field} are those of the cause.
TITLES: dict[Reason, str] = {
    Reason.NOT_FOUND_IN_BREX: "Brex does not know them any more",
    Reason.NOT_READY_FOR_EXPORT: "Brex has not released them, or took them back",
    Reason.RECORD_UNREADABLE: "Brex's data cannot be read",
    Reason.TYPE_ON_HOLD: "wait for a policy for the type {value}",
    Reason.GL_ACCOUNT_MISSING: "have a line without an account: code it in Brex",
    Reason.VALUE_UNMAPPED: "wait for the ERP's value of {field} {value}",
    Reason.SUPPLIER_UNKNOWN: "wait for the supplier of {value}",
    Reason.UNBALANCED: "do not add up",
    Reason.COMPANY_UNKNOWN: "wait for the company of {value}",
    Reason.OFFSET_ACCOUNT_MISSING: "wait for the account {field} {value}",
    Reason.PERIOD_CLOSED: "are in the closed period {value}",
    Reason.TOO_LONG: "have a value that is too long for the ERP",
    Reason.SUPPLIER_REFUSED: "have a supplier that the ERP does not take",
    Reason.ERP_REFUSED: "were refused by the ERP",
    Reason.ERP_VALIDATION_FAILED: "did not pass the ERP's validation",
    Reason.ERP_DOCUMENT_BUSY: "have a document that somebody keeps open in the ERP",
    Reason.ERP_DOCUMENT_MISSING: "have a document that is gone from the ERP",
    Reason.DOCUMENT_EXISTS: "have a number that the ERP has for something else",
    Reason.CONTENT_DIFFERS: "differ in the ERP from what was written",
    Reason.SPARE_DRAFT_POSTED: "have a given-up draft that somebody validated",
    Reason.OUTCOME_UNKNOWN: "may stand in the ERP or not: look there first",
    Reason.TOO_MANY_DRAFTS: "could not be finished in eight drafts",
    Reason.CRASH_LOOP: "stopped the worker again and again",
    Reason.LIMIT_REACHED: "are beyond the day's limit",
    Reason.EXPORT_REFUSED: "are posted, and Brex does not take the report",
    Reason.CHANGED_AFTER_POSTING: "were changed in Brex after they were posted",
}


def title(reason: str, field: str = "", value: str = "") -> str:
    """What the records of a cause wait for: `wait for the supplier of pmch_1 Taxi`."""
    try:
        known = TITLES[Reason(reason)]
    except ValueError:
        return reason.replace("_", " ")
    shown = known.format(field=field.removeprefix("mapping.offset_accounts."), value=value)
    return " ".join(shown.split())
