"""Reconciliation: whether everything that Brex moved stands in the ERP, once and as it should.

Transactions, expenses, accounting records and documents are matched by their ids alone; what is
left is compared by amount, day and merchant, and only ever suggested.
"""

from connector.domain.reconciliation.alarming import findings
from connector.domain.reconciliation.items import (
    Difference,
    Ending,
    Item,
    OurDocument,
    OurRecord,
    Suggestion,
)
from connector.domain.reconciliation.matching import LIVE, ErpSide, end_all
from connector.domain.reconciliation.result import Reconciliation
from connector.domain.reconciliation.rows import item_row, line_row, told_of, totals_of
from connector.domain.reconciliation.spend import Group, Spend
from connector.domain.reconciliation.suggestions import suggest
from connector.domain.reconciliation.totals import ControlTotals, Line

__all__ = [
    "LIVE",
    "ControlTotals",
    "Difference",
    "Ending",
    "ErpSide",
    "Group",
    "Item",
    "Line",
    "OurDocument",
    "OurRecord",
    "Reconciliation",
    "Spend",
    "Suggestion",
    "end_all",
    "findings",
    "item_row",
    "line_row",
    "suggest",
    "told_of",
    "totals_of",
]
