"""APS100MI: supplier invoices straight into the AP ledger.

NOT a public contract. No published M3 has this program (APS100 is an interactive one); descriptions
of such integrations name it, so the sandbox defines it: no draft, no validation, and a second
AddHead with the same number succeeds and makes a second invoice.
"""

from __future__ import annotations

from sandbox.clock import monotonic_s
from sandbox.infor.errors import MIError
from sandbox.infor.ledger import Posted
from sandbox.infor.m3 import Act, Context, Rows, check_dates, check_money, money, supplier_and_payee
from sandbox.infor.masterdata import CURRENCIES, VAT_CODES
from sandbox.infor.periods import is_closed


def add_head(ctx: Context, record: dict[str, str]) -> Rows:
    """An invoice in the ledger at once; a doubled number is not refused."""
    divi = ctx.division(record)
    head = dict(record)
    head["SUNO"], head["SPYN"] = supplier_and_payee(ctx, record)
    supplier = ctx.m3.master.suppliers[head["SUNO"]]
    if supplier.stat != "20":
        raise MIError.refused("WSU0101", "SUNO", f"Supplier {supplier.suno} is not active")
    head["CUCD"] = head.get("CUCD") or supplier.cucd
    if head["CUCD"] not in CURRENCIES:
        raise MIError.refused("WCU0103", "CUCD", f"Currency {head['CUCD']} does not exist")
    check_dates(head, ("IVDT", "ACDT", "DUDT"))
    check_money(head, ("CUAM", "VTAM"), head["CUCD"])
    if is_closed(ctx.settings, posted_on := head.get("ACDT") or head["IVDT"]):
        raise MIError.refused("WAC0101", "ACDT", f"Accounting date {posted_on} is invalid")
    year = str(ctx.settings.year) if ctx.settings.year else head["IVDT"][:4]
    with ctx.m3.ledger.lock:
        voucher = ctx.m3.ledger.next_voucher()
        ctx.m3.ledger.post(Posted(ctx.cono, divi, head, year, voucher, monotonic_s(), "APS100"))
    yield {"SUNO": head["SUNO"], "SINO": head["SINO"], "INYR": year}


def add_line(ctx: Context, record: dict[str, str]) -> Rows:
    """Lines of a doubled number all go to its first invoice."""
    if account := record.get("AIT1"):
        known = ctx.m3.master.identities.get((1, account))
        if known is None or known.blocked:
            raise MIError.refused("WAI0103", "AIT1", f"Account {account} does not exist")
    if record["RDTP"] == "3" and record.get("VTCD", "").lstrip("0") not in VAT_CODES:
        raise MIError.refused("WVT0103", "VTCD", f"VAT code {record.get('VTCD')} does not exist")
    with ctx.m3.ledger.lock:
        posted = _find(ctx, record)
        check_money(record, ("NLAM", "VTA1"), posted.head["CUCD"])
        line = {
            name: value
            for name, value in record.items()
            if name not in ("SUNO", "SINO", "INYR", "DIVI")
        }
        trno = str(len(posted.lines) + 1)
        posted.lines.append({"TRNO": trno, **line})
        posted.lines_since_s.append(monotonic_s())
    yield {"TRNO": trno}


def get_head(ctx: Context, record: dict[str, str]) -> Rows:
    """The first invoice of the number."""
    posted = _find(ctx, record)
    currency = posted.head["CUCD"]
    amounts = {name: money(posted.head.get(name), currency) for name in ("CUAM", "VTAM")}
    voucher = {"VONO": str(posted.voucher), "VSER": "AP1", "YEA4": posted.year}
    yield {**posted.head, **amounts, **voucher, "INYR": posted.year}


def lst_lines(ctx: Context, record: dict[str, str]) -> Rows:
    """The lines of the first invoice of the number."""
    posted = _find(ctx, record)
    currency = posted.head["CUCD"]
    for line, since_s in zip(tuple(posted.lines), tuple(posted.lines_since_s), strict=False):
        if since_s <= ctx.moment_s:
            amounts = {name: money(line.get(name), currency) for name in ("NLAM", "VTA1")}
            yield {**line, **amounts, "CUCD": currency}


def _find(ctx: Context, record: dict[str, str]) -> Posted:
    divi = ctx.division(record)
    supplier = ctx.m3.master.suppliers.get(record["SUNO"])
    spyn = supplier.payee if supplier else record["SUNO"]
    for year in [record["INYR"]] if record.get("INYR") else ctx.m3.ledger.years():
        key = (ctx.cono, divi, spyn, record["SUNO"], record["SINO"], year)
        own = [one for one in ctx.m3.ledger.find(key, ctx.moment_s) if one.source == "APS100"]
        if own:
            return own[0]
    raise MIError.refused("XRE0103", "SINO", "Record does not exist")


TRANSACTIONS: dict[str, Act] = {
    "AddHead": add_head,
    "AddLine": add_line,
    "GetHead": get_head,
    "LstLines": lst_lines,
}
