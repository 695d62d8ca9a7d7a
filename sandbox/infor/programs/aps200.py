"""APS200MI: the AP ledger, read only."""

from __future__ import annotations

from sandbox.infor.errors import MIError
from sandbox.infor.ledger import Posted
from sandbox.infor.m3 import Act, Context, Rows, money

#: Transaction codes: an invoice, and what pays it.
INVOICE, PAYMENT = "40", "50"


def get_inv_tot_info(ctx: Context, record: dict[str, str]) -> Rows:
    """The first posted invoice of the number and year."""
    invoice = next(rows_of(_find(ctx, record)[0]))
    yield {**invoice, "OCUA": invoice["CUAM"]}


def lst_invoice_trans(ctx: Context, record: dict[str, str]) -> Rows:
    """All rows of the number and year: invoices, and payments of them."""
    for posted in _find(ctx, record):
        for row in rows_of(posted):
            if record.get("TRCD") in (None, "", "0", row["TRCD"]):
                yield row


def rows_of(posted: Posted) -> Rows:
    """The rows of the AP ledger (FPLEDG) that an invoice has; the first is the invoice."""
    head, currency = posted.head, posted.head["CUCD"]
    row = {
        **head,
        "YEA4": posted.year,
        "INYR": posted.year,
        "JRNO": str(posted.voucher - 7_000_000),
        "JSNO": "1",
        "TRCD": INVOICE,
        "VSER": "AP1",
        "VONO": str(posted.voucher),
        "ACDT": head.get("ACDT") or head["IVDT"],
        "CUAM": money(head.get("CUAM"), currency),
        "VTAM": money(head.get("VTAM"), currency),
        "PYST": "0",
    }
    yield row
    if posted.paid:
        amount = money("-" + head["CUAM"], currency)
        yield {**row, "JSNO": "2", "TRCD": PAYMENT, "CUAM": amount, "VTAM": money("0", currency)}


def _find(ctx: Context, record: dict[str, str]) -> list[Posted]:
    key = (
        ctx.cono,
        ctx.division(record),
        record["SPYN"],
        record.get("SUNO") or record["SPYN"],
        record["SINO"],
        record["INYR"],
    )
    if found := ctx.m3.ledger.find(key, ctx.moment_s):
        return found
    raise MIError.refused("XRE0103", "SINO", "Record does not exist")


TRANSACTIONS: dict[str, Act] = {
    "GetInvTotInfo": get_inv_tot_info,
    "LstInvoiceTrans": lst_invoice_trans,
}
