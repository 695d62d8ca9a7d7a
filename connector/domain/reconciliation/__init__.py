"""Reconciliation: whether everything that Brex moved stands in the ERP, once and as it should.

Transactions, expenses, accounting records and documents are matched by their ids alone; what is
left is compared by amount, day and merchant, and only ever suggested.
"""

from connector.domain.reconciliation.items import (
    Difference,
    Ending,
    Item,
    OurDocument,
    OurRecord,
    Suggestion,
)
from connector.domain.reconciliation.matching import ErpSide, end_all
from connector.domain.reconciliation.spend import Group, Spend
from connector.domain.reconciliation.suggestions import suggest
from connector.domain.reconciliation.totals import ControlTotals, Line

__all__ = [
    "ControlTotals",
    "Difference",
    "Ending",
    "ErpSide",
    "Group",
    "Item",
    "Line",
    "OurDocument",
    "OurRecord",
    "Spend",
    "Suggestion",
    "end_all",
    "suggest",
]
