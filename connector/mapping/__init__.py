"""Accounting record → ERP documents: pure rules, no I/O."""

from connector.mapping.invoice import Suppliers
from connector.mapping.record import map_record
from connector.mapping.rules import Rules

__all__ = ["Rules", "Suppliers", "map_record"]
