"""AUTCHKMI: the service user may do everything in the functions the connector uses."""

from __future__ import annotations

from sandbox.infor.m3 import Act, Context, Rows

PERMITTED = {
    "APS450",
    "APS455",
    "APS100",
    "APS200",
    "CRS620",
    "CRS630",
    "MNS150",
    "CRS055",
    "GLS840",
    "GLS200",
}


def chk_authority(_ctx: Context, record: dict[str, str]) -> Rows:
    """Whether the function is permitted, and its options and keys."""
    flag = "1" if record["APGM"] in PERMITTED else "0"
    options = {f"ALO{n}": flag for n in range(1, 10)}
    keys = {f"AF{n:02d}": flag for n in range(1, 25)}
    yield {"APGM": record["APGM"], "ALPG": flag, **options, **keys}


TRANSACTIONS: dict[str, Act] = {"ChkAuthority": chk_authority}
