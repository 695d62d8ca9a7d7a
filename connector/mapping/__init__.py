"""Accounting record → ERP document: pure rules, no I/O."""

from connector.mapping.invoice import Suppliers, map_record

__all__ = ["Suppliers", "map_record"]
