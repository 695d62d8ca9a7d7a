"""MNS100MI: divisions."""

from __future__ import annotations

from sandbox.infor.m3 import Act, Context, Rows
from sandbox.infor.periods import ACCOUNTING


def get_basic_data(ctx: Context, record: dict[str, str]) -> Rows:
    """The division, with the type of its accounting periods."""
    divi = ctx.division(record)
    yield {
        "CONO": str(ctx.cono),
        "DIVI": divi,
        "CONM": f"Sandbox division {divi}",
        "TX15": divi,
        "LOCD": "SEK",
        "PTFA": ACCOUNTING,
        "CSCD": "SE",
        "TIZO": "CET",
    }


def lst_divisions(ctx: Context, record: dict[str, str]) -> Rows:
    """The divisions from the given one on."""
    for divi in ctx.settings.divisions:
        if divi >= record.get("DIVI", ""):
            yield {"CONO": str(ctx.cono), "DIVI": divi, "TX15": f"Division {divi}"}


TRANSACTIONS: dict[str, Act] = {"GetBasicData": get_basic_data, "LstDivisions": lst_divisions}
