"""Skip: a person decides that a held record is not to be posted, and says why."""

from __future__ import annotations

from connector.ports import Actions
from connector.usecases.held_records import Acted, choose, why_not


def skip_record(record_id: str, because: str, *, connection: str | None, actions: Actions) -> Acted:
    """Take a held record out of the way for good; what was begun in the ERP is cleared away.

    A document that was decided stays in the ERP as it is.
    """
    chosen, refused = choose([record_id], connection, actions, lambda _: None)
    acted = Acted(refused=refused)
    for record in chosen:
        if moved := actions.skip(record.id, because):
            acted.moved.append(moved)
        else:
            acted.refused.extend(why_not([record], actions, lambda _: None))
    return acted
