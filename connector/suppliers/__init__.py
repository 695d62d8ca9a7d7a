"""Merchant → supplier: what a controller said, and what names and numbers say."""

from connector.suppliers.directory import SupplierDirectory
from connector.suppliers.register import RegisterMatcher

__all__ = ["RegisterMatcher", "SupplierDirectory"]
