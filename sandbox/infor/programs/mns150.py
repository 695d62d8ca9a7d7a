"""MNS150MI: the service user, and where it may work."""

from __future__ import annotations

from sandbox.infor.errors import MIError
from sandbox.infor.m3 import Act, Context, Rows


def get_user_data(ctx: Context, record: dict[str, str]) -> Rows:
    """The service user; no input is needed."""
    _check_user(ctx, record)
    yield {
        "CONO": str(ctx.settings.cono),
        "DIVI": ctx.settings.divi,
        "LANC": "GB",
        "DTFM": "YMD",
        "DCFM": ",",
        "TIZO": "CET",
        "USID": ctx.settings.user,
        "NAME": "Accounting connector",
        "USTA": "20",
    }


def lst_cmp_divi(ctx: Context, record: dict[str, str]) -> Rows:
    """The divisions the user may work in."""
    _check_user(ctx, record)
    for divi in ctx.settings.divisions:
        yield {
            "CONO": str(ctx.settings.cono),
            "DIVI": divi,
            "TX40": "Sandbox company",
            "CONM": f"Sandbox division {divi}",
        }


def _check_user(ctx: Context, record: dict[str, str]) -> None:
    if record.get("USID") not in (None, "", ctx.settings.user):
        raise MIError.refused("WUS0103", "USID", f"User {record['USID']} does not exist")


TRANSACTIONS: dict[str, Act] = {"GetUserData": get_user_data, "LstCmpDivi": lst_cmp_divi}
