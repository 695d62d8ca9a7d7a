"""Infor ION API gateway, its token endpoint, and the M3 programs behind it."""
