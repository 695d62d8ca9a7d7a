"""Simulated peers (Brex, Infor ION/M3) over real HTTP, with faults on demand.

They follow the fact sheets of the vendors, never the wishes of the client under test; nothing here
imports the product.
"""
