"""Sweep: tell the workers what is due although no hint reached them."""

from __future__ import annotations

from connector.ports import Sweeping, SweepNudger

#: Work is swept when it has been due this long: a hint gets there sooner.
OVERDUE_S = 1.0
#: Records counted of one connection and step, at most: there may be millions.
_MOST_COUNTED = 200


def sweep(sweeping: Sweeping, nudger: SweepNudger) -> int:
    """Hint at all overdue work, and hold what stops its workers; returns the records seen."""
    sweeping.hold_crash_loops()
    seen = 0
    for work in sweeping.due(overdue_s=OVERDUE_S, cap=_MOST_COUNTED):
        seen += work.count
        nudger.nudge(work.step, work.connection, work.erp)
    for connection in sweeping.due_receipts(overdue_s=OVERDUE_S):
        nudger.fetch_receipts(connection)
    return seen
