"""CRS910MI: the register of periods. It does not say which are closed."""

from __future__ import annotations

from sandbox.infor.m3 import Act, Context, Rows
from sandbox.infor.periods import periods


def select(ctx: Context, record: dict[str, str]) -> Rows:
    """The periods of a range of divisions, years and types."""
    for divi in ctx.settings.divisions:
        for period in periods():
            row = {**period, "CONO": str(ctx.cono), "DIVI": divi}
            if all(
                _within(row[name], record.get(low), record.get(high))
                for name, low, high in (
                    ("DIVI", "FDIV", "TDIV"),
                    ("YEA4", "FYEA", "TYEA"),
                    ("PETP", "FPET", "TPET"),
                )
            ):
                yield row


def _within(value: str, low: str | None, high: str | None) -> bool:
    return (not low or value >= low) and (not high or value <= high)


TRANSACTIONS: dict[str, Act] = {"Select": select}
