"""Merchant → supplier."""

from connector.suppliers.directory import SupplierDirectory

__all__ = ["SupplierDirectory"]
