"""Accounting record → ERP documents: pure rules, no I/O."""

from connector.mapping.invoice import Suppliers
from connector.mapping.record import map_record

__all__ = ["Suppliers", "map_record"]
