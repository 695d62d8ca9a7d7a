"""Celery: one task per step, a clock, and the hints between them."""
