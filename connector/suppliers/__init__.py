"""Merchant → supplier: what a controller said, and what names and numbers say."""

from connector.suppliers.directory import SupplierDirectory

__all__ = ["SupplierDirectory"]
