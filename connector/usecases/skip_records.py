"""Skip: a person decides that a held record is not to be posted, and says why."""

from __future__ import annotations

from connector.domain.records import Status
from connector.ports import Actions, Candidate
from connector.usecases.held_records import Acted, choose, why_not


def skip_record(record_id: str, because: str, *, connection: str | None, actions: Actions) -> Acted:
    """Take a held record out of the way for good; what was begun in the ERP is cleared away.

    A document that was decided stays in the ERP as it is. What was exported is not skipped.
    """
    chosen, refused = choose([record_id], connection, actions, _objection)
    acted = Acted(refused=refused)
    for record in chosen:
        if moved := actions.skip(record.id, because):
            acted.moved.append(moved)
        else:
            acted.refused.extend(why_not([record], actions, _objection))
    return acted


def _objection(record: Candidate) -> str | None:
    if record.held_from is Status.EXPORTED:
        return (
            f"it was exported as document {record.erp_reference}, and Brex knows that: settle it in"
            " the ERP, then retry it, and it is exported again without another report"
        )
    return None
