"""CRS620MI: suppliers."""

from __future__ import annotations

from sandbox.infor.errors import MIError
from sandbox.infor.m3 import Act, Context, Rows
from sandbox.infor.masterdata import Supplier


def get_basic_data(ctx: Context, record: dict[str, str]) -> Rows:
    """One supplier."""
    supplier = ctx.m3.master.suppliers.get(record["SUNO"])
    if supplier is None:
        raise MIError.refused("WSU0103", "SUNO", f"Supplier {record['SUNO']} does not exist")
    yield _row(ctx, supplier)


def lst_by_number(ctx: Context, record: dict[str, str]) -> Rows:
    """From the given number on; `0` starts at the top."""
    start = "" if record["SUNO"] == "0" else record["SUNO"]
    return (_row(ctx, one) for suno, one in list(ctx.m3.master.suppliers.items()) if suno >= start)


def _row(ctx: Context, supplier: Supplier) -> dict[str, str]:
    return {
        "CONO": str(ctx.cono),
        "SUNO": supplier.suno,
        "SUTY": "0",
        "SUNM": supplier.sunm,
        "ALSU": supplier.sunm[:10].upper(),
        "STAT": supplier.stat,
        "CORG": supplier.corg,
        "CSCD": supplier.cscd,
        "VRNO": supplier.vrno,
        "CUCD": supplier.cucd,
        "TEPY": supplier.tepy,
        "PRSU": supplier.prsu,
    }


TRANSACTIONS: dict[str, Act] = {"GetBasicData": get_basic_data, "LstByNumber": lst_by_number}
