"""CRS055MI: currencies."""

from __future__ import annotations

from sandbox.infor.errors import MIError
from sandbox.infor.m3 import Act, Context, Rows
from sandbox.infor.masterdata import CURRENCIES


def get_basic_data(ctx: Context, record: dict[str, str]) -> Rows:
    """The currency with its decimals (DCCD)."""
    currency = record["CUCD"]
    if currency not in CURRENCIES:
        raise MIError.refused("WCU0103", "CUCD", f"Currency {currency} does not exist")
    yield {
        "CONO": str(ctx.cono),
        "DIVI": record.get("DIVI", ""),
        "CUCD": currency,
        "TX40": currency,
        "TX15": currency,
        "DCCD": str(CURRENCIES[currency]),
        "RAFA": "1",
        "NPRD": "2",
    }


def sel_exchange_rate(ctx: Context, record: dict[str, str]) -> Rows:
    """The rates of the foreign currencies, by currency, from the given one on."""
    for currency in sorted(CURRENCIES):
        if currency >= record.get("FCUR", "") and currency != "SEK":
            yield {
                "CONO": str(ctx.cono),
                "DIVI": record.get("FRDI", ""),
                "CUCD": currency,
                "CRTP": record["CRTP"],
                "CUTD": record["CUTD"],
                "ARAT": "10.000000",
                "LOCD": "SEK",
            }


TRANSACTIONS: dict[str, Act] = {
    "GetBasicData": get_basic_data,
    "SelExchangeRate": sel_exchange_rate,
}
