"""APS450MI: supplier invoice batches. Every AddHead that succeeds opens a new INBN."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sandbox.infor.batches import Batch, Status, status_at, with_line
from sandbox.infor.errors import MIError
from sandbox.infor.m3 import Act, Context, Rows, check_dates, check_money, money, supplier_and_payee
from sandbox.infor.masterdata import CURRENCIES

DATES = ("IVDT", "ACDT", "DUDT", "PUDT", "CDT1", "CDT2", "CDT3", "DEDA")
HEAD_AMOUNTS = ("CUAM", "VTAM", "TTXA", "TASD", "PRPA")
LINE_AMOUNTS = ("NLAM", "VTA1", "VTA2", "GLAM", "DIAM")
LINE_TYPES = {"1", "2", "3", "5", "8"}


def add_head(ctx: Context, record: dict[str, str]) -> Rows:
    """A new batch at status 10, whatever its SINO."""
    divi = ctx.division(record)
    head = dict(record)
    head["SUNO"], head["SPYN"] = supplier_and_payee(ctx, record)
    supplier = ctx.m3.master.suppliers[head["SUNO"]]
    head.setdefault("IBTP", "20")
    head["CUCD"] = head.get("CUCD") or supplier.cucd
    head["TEPY"] = head.get("TEPY") or supplier.tepy
    _check_head(head)
    yield {"INBN": ctx.m3.batches.add(ctx.cono, divi, head).inbn}


def upd_head(ctx: Context, record: dict[str, str]) -> Rows:
    """Changes what is given; blank is no change."""
    with ctx.m3.batches.lock:
        batch = _open(ctx, record)
        given = {
            name: value for name, value in record.items() if value and name not in ("INBN", "DIVI")
        }
        head = {**batch.head, **given}
        if "SUNO" in given and "SPYN" not in given:
            head["SPYN"] = ""
        head["SUNO"], head["SPYN"] = supplier_and_payee(ctx, head)
        _check_head(head)
        ctx.m3.batches.set(replace(batch, head=head))
    yield {}


def add_line(ctx: Context, record: dict[str, str]) -> Rows:
    """A new line; the same line again is another line."""
    if record["RDTP"].lstrip("0") not in LINE_TYPES:
        raise MIError.refused("WRD0101", "RDTP", f"Line type {record['RDTP']} is invalid")
    with ctx.m3.batches.lock:
        batch = _open(ctx, record)
        check_money(record, LINE_AMOUNTS, batch.head["CUCD"])
        kept = {name: record[name] for name in record if name not in ("INBN", "DIVI", "TRNO")}
        line = {**kept, "RDTP": record["RDTP"].lstrip("0")}
        grown = with_line(batch, line)
        ctx.m3.batches.set(grown)
    yield {"TRNO": grown.lines[-1]["TRNO"]}


def add_add_info(ctx: Context, record: dict[str, str]) -> Rows:
    """A reference of at most 45 characters."""
    with ctx.m3.batches.lock:
        batch = _known(ctx, record)
        info = {name: record.get(name, "") for name in ("PEXN", "PEXI", "PEXS")}
        ctx.m3.batches.set(replace(batch, infos=(*batch.infos, info)))
    yield {}


def get_head(ctx: Context, record: dict[str, str]) -> Rows:
    """The head, and how the batch stands."""
    batch = _known(ctx, record)
    status, currency = status_at(batch, ctx.moment_s), batch.head["CUCD"]
    net = sum_of(batch, currency, "NLAM")
    row = {
        **batch.head,
        **shown(status),
        "TLNA": net,
        "TOPA": money(batch.head.get("CUAM"), currency),
    }
    row |= {name: money(batch.head.get(name), currency) for name in HEAD_AMOUNTS}
    if status.supa == 90:
        row |= {"VONO": str(status.voucher), "VSER": "AP1", "YEA4": status.year}
    yield row


def lst_lines(ctx: Context, record: dict[str, str]) -> Rows:
    """The lines from TRNO on; never their dimensions."""
    batch = _known(ctx, record)
    error = str(status_at(batch, ctx.moment_s).ible)
    currency = batch.head["CUCD"]
    for line in batch.lines:
        if int(line["TRNO"]) < int(record.get("TRNO") or 0):
            continue
        amounts = {name: money(line.get(name), currency) for name in LINE_AMOUNTS}
        yield {**line, **amounts, "CUCD": currency, "IBLE": error}


def lst_inv_by_sup_inv(ctx: Context, record: dict[str, str]) -> Rows:
    """All batches of a supplier invoice number."""
    divi = ctx.division(record)
    key = ctx.cono, divi, record["SPYN"], record["SUNO"], record["SINO"]
    for batch in ctx.m3.batches.by_number(key, ctx.as_of_s):
        yield _row(batch, status_at(batch, ctx.moment_s))


def lst_inv_batch_no(ctx: Context, record: dict[str, str]) -> Rows:
    """All batches of a payee."""
    divi = ctx.division(record)
    start = int(record.get("INBN") or 0)
    for batch in ctx.m3.batches.by_payee(ctx.cono, divi, record["SPYN"], ctx.as_of_s):
        status = status_at(batch, ctx.moment_s)
        wanted = (
            int(batch.inbn) >= start
            and record.get("SUNO") in (None, "", batch.head["SUNO"])
            and record.get("IBTP") in (None, "", batch.head["IBTP"])
            and record.get("SUPA") in (None, "", "0", str(status.supa))
        )
        if wanted:
            yield _row(batch, status)


def dlt_invoice(ctx: Context, record: dict[str, str]) -> Rows:
    """Deletes a batch that is not in progress and not updated."""
    with ctx.m3.batches.lock:
        batch = _known(ctx, record)
        status = status_at(batch, ctx.moment_s)
        if status.bist or status.supa == 90:
            raise MIError.refused("XSU0106", "INBN", f"Batch {batch.inbn} can not be deleted")
        ctx.m3.batches.set(replace(batch, deleted=True))
    yield {}


def shown(status: Status) -> dict[str, str]:
    """The status fields of a row."""
    return {
        "SUPA": str(status.supa),
        "BIST": str(status.bist),
        "IBHE": str(status.ibhe),
        "IBLE": str(status.ible),
    }


def sum_of(batch: Batch, currency: str, name: str) -> str:
    """The exact sum of one amount over all lines."""
    total = sum((Decimal(line.get(name) or "0") for line in batch.lines), Decimal(0))
    return money(str(total), currency)


def _row(batch: Batch, status: Status) -> dict[str, str]:
    head = batch.head
    return {
        "INBN": batch.inbn,
        "SUNO": head["SUNO"],
        "SINO": head.get("SINO", ""),
        "IBTP": head["IBTP"],
        "SUPA": str(status.supa),
    }


def _known(ctx: Context, record: dict[str, str]) -> Batch:
    divi = ctx.division(record)
    batch = ctx.m3.batches.get(record["INBN"], ctx.as_of_s)
    if batch is None or (batch.cono, batch.divi) != (ctx.cono, divi):
        raise MIError.refused("XRE0103", "INBN", "Record does not exist")
    return batch


def _open(ctx: Context, record: dict[str, str]) -> Batch:
    """A batch that may still be changed; validated ones only where the setting reopens them."""
    batch = _known(ctx, record)
    status = status_at(batch, ctx.moment_s)
    if status.bist:
        raise MIError.refused("XSU0104", "INBN", f"Batch {batch.inbn} is in progress")
    reopens = ctx.settings.lines_after_validation == "reopen"
    if status.supa == 90 or (status.supa == 20 and not reopens):
        raise MIError.refused("XSU0105", "INBN", f"Batch {batch.inbn} has status {status.supa}")
    return batch if batch.outcome is None else replace(batch, outcome=None)


def _check_head(head: dict[str, str]) -> None:
    if head["CUCD"] not in CURRENCIES:
        raise MIError.refused("WCU0103", "CUCD", f"Currency {head['CUCD']} does not exist")
    check_dates(head, DATES)
    if head["IVDT"] == "0":
        raise MIError.refused("WIV0102", "IVDT", "Invoice date must be entered")
    check_money(head, HEAD_AMOUNTS, head["CUCD"])


TRANSACTIONS: dict[str, Act] = {
    "AddHead": add_head,
    "UpdHead": upd_head,
    "AddLine": add_line,
    "AddAddInfo": add_add_info,
    "GetHead": get_head,
    "LstLines": lst_lines,
    "LstInvBySupInv": lst_inv_by_sup_inv,
    "LstInvBatchNo": lst_inv_batch_no,
    "DltInvoice": dlt_invoice,
}
