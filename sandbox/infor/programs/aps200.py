"""APS200MI: the AP ledger, read only."""

from __future__ import annotations

from sandbox.infor.errors import MIError
from sandbox.infor.m3 import Act, Context, Rows, money


def get_inv_tot_info(ctx: Context, record: dict[str, str]) -> Rows:
    """The first posted invoice of the number and year."""
    key = (
        ctx.cono,
        ctx.division(record),
        record["SPYN"],
        record.get("SUNO") or record["SPYN"],
        record["SINO"],
        record["INYR"],
    )
    found = ctx.m3.ledger.find(key, ctx.moment_s)
    if not found:
        raise MIError.refused("XRE0103", "SINO", "Record does not exist")
    posted = found[0]
    head, currency = posted.head, posted.head["CUCD"]
    amount = money(head.get("CUAM"), currency)
    yield {
        **head,
        "YEA4": posted.year,
        "INYR": posted.year,
        "JRNO": str(posted.voucher - 7_000_000),
        "JSNO": "1",
        "TRCD": "40",
        "VSER": "AP1",
        "VONO": str(posted.voucher),
        "CUAM": amount,
        "OCUA": amount,
        "VTAM": money(head.get("VTAM"), currency),
        "PYST": "0",
    }


TRANSACTIONS: dict[str, Act] = {"GetInvTotInfo": get_inv_tot_info}
