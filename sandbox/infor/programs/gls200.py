"""GLS200MI: the vouchers of the general ledger, read only. Vouchers of invoices are left out."""

from __future__ import annotations

from decimal import Decimal

from sandbox.infor.errors import MIError
from sandbox.infor.journals import Voucher
from sandbox.infor.m3 import Act, Context, Rows, check_dates, money


def get_voucher_head(ctx: Context, record: dict[str, str]) -> Rows:
    """The sums of one voucher."""
    voucher = _find(ctx, record)
    currency = voucher.rows[0]["CUCD"]
    amounts = [Decimal(row["CUAM"]) for row in voucher.rows]
    debit = money(str(sum((one for one in amounts if one > 0), Decimal(0))), currency)
    credit = money(str(sum((one for one in amounts if one < 0), Decimal(0))), currency)
    yield {
        **_keys(voucher),
        "CONO": str(ctx.cono),
        "DIVI": voucher.divi,
        "DSUM": debit,
        "CSUM": credit,
        "CUAD": debit,
        "CUAC": credit,
        "CUCD": currency,
    }


def lst_voucher_lines(ctx: Context, record: dict[str, str]) -> Rows:
    """The lines of one voucher."""
    yield from rows_of(_find(ctx, record))


def lst_vouchers_by_dt(ctx: Context, record: dict[str, str]) -> Rows:
    """The lines of all vouchers between two accounting dates."""
    check_dates(record, ("FRDT", "TODT"))
    divi = ctx.division(record)
    for voucher in ctx.m3.general_ledger.on(record["FRDT"], record["TODT"], ctx.moment_s):
        if (voucher.cono, voucher.divi) == (ctx.cono, divi):
            for row in rows_of(voucher):
                if record["FRDT"] <= row["ACDT"] <= record["TODT"]:
                    yield row


def rows_of(voucher: Voucher) -> Rows:
    """The lines of a voucher as the ledger has them."""
    for number, row in enumerate(voucher.rows, start=1):
        amount = money(row["CUAM"], row["CUCD"])
        yield {
            **row,
            **_keys(voucher),
            "JSNO": str(number),
            "OCDT": row["ACDT"],
            "CUAM": amount,
            "ACAM": amount,
        }


def _keys(voucher: Voucher) -> dict[str, str]:
    return {
        "YEA4": voucher.year,
        "JRNO": str(voucher.journal),
        "VSER": "GL1",
        "VONO": str(voucher.number),
        "FEID": voucher.origin,
        "FNCN": "1",
        "TRCD": "0",
    }


def _find(ctx: Context, record: dict[str, str]) -> Voucher:
    number = int(record["VONO"])
    voucher = ctx.m3.general_ledger.voucher(number, ctx.moment_s)
    wanted = (ctx.cono, ctx.division(record), record["YEA4"])
    if voucher is not None and (voucher.cono, voucher.divi, voucher.year) == wanted:
        return voucher
    raise MIError.refused("XRE0103", "VONO", "Record does not exist")


TRANSACTIONS: dict[str, Act] = {
    "GetVoucherHead": get_voucher_head,
    "LstVoucherLines": lst_voucher_lines,
    "LstVouchersByDt": lst_vouchers_by_dt,
}
