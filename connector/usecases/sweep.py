"""Sweep: tell the workers what is due although no hint reached them."""

from __future__ import annotations

from connector.ports import Sweeping, SweepNudger

#: Work is swept when it has been due this long: a hint gets there sooner.
OVERDUE_S = 1.0


def sweep(sweeping: Sweeping, nudger: SweepNudger) -> None:
    """Hint at all overdue work, once for each step of a connection; hold what stops its workers."""
    sweeping.hold_crash_loops()
    for work in sweeping.due(overdue_s=OVERDUE_S):
        nudger.nudge(work.step, work.connection, work.erp)
    for connection in sweeping.due_receipts(overdue_s=OVERDUE_S):
        nudger.fetch_receipts(connection)
