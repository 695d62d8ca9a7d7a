"""Accounting record → ERP document: pure rules, no I/O."""

from connector.mapping.invoice import Ignored, Suppliers, map_record

__all__ = ["Ignored", "Suppliers", "map_record"]
