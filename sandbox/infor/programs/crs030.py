"""CRS030MI: VAT codes."""

from __future__ import annotations

from sandbox.infor.m3 import Act, Context, Rows
from sandbox.infor.masterdata import VAT_CODES


def lst_vat(_ctx: Context, record: dict[str, str]) -> Rows:
    """The VAT codes from the given one on."""
    for code, name in VAT_CODES.items():
        if int(code) >= int(record.get("VTCD") or 0):
            yield {"VTCD": code, "TX40": name, "TX15": name[:15]}


TRANSACTIONS: dict[str, Act] = {"LstVat": lst_vat}
