"""Another day for documents that the ERP refused because of theirs."""

from __future__ import annotations

from connector.domain.reasons import Hold, Reason
from connector.ports import Erp, RefusedDay, RefusedDays
from connector.usecases.writing import InHand


class AnotherDay:
    """Has records begin again whose day was refused, so that they are mapped onto a later one.

    Those of all that it is given where the policy moves them, else those that a person let go.
    """

    def __init__(self, erp: Erp, refused: RefusedDays, moves_all: bool) -> None:
        self._erp = erp
        self._refused = refused
        self._moves_all = moves_all

    def begin(self, record: InHand, hold: Hold) -> bool:
        """Whether the record begins again; else it is to be held.

        It does not while anything of it stands, nor where the ERP shows no later day. A day to come
        is not closed, and one further away would be no better.
        """
        document, day = record.state.document, record.state.document.accounting_date
        if hold.reason is not Reason.PERIOD_CLOSED or not record.is_free:
            return False
        if not self._moves_all and not record.leased.moves_day:
            return False
        if day > record.now().date():
            return False
        (period,) = self._erp.periods(document.company, [day])
        if period.open_from is None:
            return False
        refusal = RefusedDay(record.leased, document.company_key, day, hold)
        self._refused.begin_again([refusal])
        return True
