"""APS455MI: submits the validation of a batch. Success says only that the job was submitted."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sandbox.clock import monotonic_s
from sandbox.infor.batches import Batch, Outcome, Status, number_key, status_at
from sandbox.infor.errors import MIError
from sandbox.infor.ledger import Posted
from sandbox.infor.m3 import M3, Act, Context, Rows
from sandbox.infor.masterdata import VAT_CODES
from sandbox.infor.periods import is_closed

#: IBHE and IBLE: 1 is "no errors", 2 is an error.
CLEAN, FAULTY = 1, 2


def valid_by_batch_no(ctx: Context, record: dict[str, str]) -> Rows:
    """Submits the job; a batch that is validated or in progress is left alone."""
    divi = ctx.division(record)
    with ctx.m3.batches.lock, ctx.m3.ledger.lock:
        batch = ctx.m3.batches.get(record["INBN"])
        if batch is None or (batch.cono, batch.divi) != (ctx.cono, divi):
            raise MIError.refused("XRE0103", "INBN", "Record does not exist")
        if _has_work(status_at(batch, monotonic_s())):
            ctx.m3.batches.set(replace(batch, outcome=_outcome(ctx, batch)))
    yield {}


def _has_work(status: Status) -> bool:
    """The job leaves alone what is in progress, validated, or updated."""
    return status.bist == 0 and status.supa in (10, 15, 78, 79)


def _outcome(ctx: Context, batch: Batch) -> Outcome:
    settings = ctx.settings
    plain = Outcome(monotonic_s(), settings.final_supa, settings.validation_s, 0.0)
    forced = next(
        (rule for rule in settings.forced_outcomes if _applies(rule, batch, ctx.m3.seed)), None
    )
    if forced and forced.get("stuck"):
        return replace(plain, stuck=True)
    if forced:
        return replace(plain, supa=int(forced.get("supa", 15)), head_error=FAULTY)
    year = str(settings.year) if settings.year else batch.head["IVDT"][:4]
    head_fault, line_fault = _head_fault(ctx, batch, year), _line_fault(ctx, batch)
    if head_fault or line_fault:
        errors = FAULTY if head_fault else CLEAN, FAULTY if line_fault else CLEAN
        return replace(plain, supa=15, head_error=errors[0], line_error=errors[1])
    if settings.final_supa != 90:
        return plain
    return to_ledger(ctx.m3, batch, plain, year, settings.validation_s + settings.update_s)


def to_ledger(m3: M3, batch: Batch, plain: Outcome, year: str, updated_s: float) -> Outcome:
    """Updates the batch in the AP ledger, to be seen `updated_s` seconds after its submission."""
    voucher = m3.ledger.next_voucher()
    posted = Posted(
        batch.cono,
        batch.divi,
        dict(batch.head),
        year,
        voucher,
        plain.submitted_s + updated_s,
        "APS450",
    )
    posted.head["INBN"] = batch.inbn
    m3.ledger.post(posted)
    return replace(plain, supa=90, updated_s=updated_s, voucher=voucher, year=year)


def _applies(rule: dict[str, Any], batch: Batch, seed: int) -> bool:
    named = {"inbn": batch.inbn, "suno": batch.head["SUNO"], "sino": batch.head.get("SINO")}
    if any(name in rule and rule[name] != value for name, value in named.items()):
        return False
    if "share" in rule:
        return random.Random(f"{seed}:{batch.inbn}").random() < float(rule["share"])
    return any(name in rule for name in named)


def _head_fault(ctx: Context, batch: Batch, year: str) -> bool:
    head = batch.head
    supplier = ctx.m3.master.suppliers[head["SUNO"]]
    return (
        not head.get("SINO")
        or supplier.stat != "20"
        or _credits_nothing(ctx, batch)
        or not batch.lines
        or is_closed(ctx.settings, head.get("ACDT") or head["IVDT"])
        or (ctx.settings.checks_total and not _adds_up(batch))
        or (ctx.settings.checks_number and _number_is_used(ctx, batch, year))
    )


def _credits_nothing(ctx: Context, batch: Batch) -> bool:
    """Whether the invoice that it credits is not validated under its number and year."""
    head = batch.head
    if not (number := head.get("DNOI")):
        return False
    key = (batch.cono, batch.divi, head["SPYN"], head["SUNO"], number)
    return not any(
        original.outcome is not None
        and original.outcome.supa in (20, 90)
        and head.get("OYEA", "0").lstrip("0") in ("", original.head["IVDT"][:4])
        for original in ctx.m3.batches.by_number(key, None)
    )


def _adds_up(batch: Batch) -> bool:
    """Whether the lines come to the head's amount and VAT."""
    vat = sum((_amount(line, "VTA1") for line in batch.lines), Decimal(0))
    total = vat + sum(_amount(line, "NLAM") for line in batch.lines)
    return (_amount(batch.head, "CUAM"), _amount(batch.head, "VTAM")) == (total, vat)


def _number_is_used(ctx: Context, batch: Batch, year: str) -> bool:
    head = batch.head
    key = (batch.cono, batch.divi, head["SPYN"], head["SUNO"], head.get("SINO", ""), year)
    return ctx.m3.ledger.taken(key) or _validated_twin(ctx, batch)


def _validated_twin(ctx: Context, batch: Batch) -> bool:
    """Whether another batch of the same number and invoice year is validated already."""
    return any(
        twin.inbn != batch.inbn
        and twin.outcome is not None
        and twin.outcome.supa in (20, 90)
        and not twin.outcome.stuck
        and twin.head["IVDT"][:4] == batch.head["IVDT"][:4]
        for twin in ctx.m3.batches.by_number(number_key(batch), None)
    )


def _line_fault(ctx: Context, batch: Batch) -> bool:
    """Whether an accounting line names an account or dimension that is unknown or blocked."""
    known = ctx.m3.master.identities
    prefix = "AO0" if ctx.settings.line_dimensions == "ao" else "AIT"
    for line in batch.lines:
        if line["RDTP"] == "3" and line.get("VTCD", "").lstrip("0") not in VAT_CODES:
            return True
        if line["RDTP"] != "8" or ctx.settings.line_dimensions == "none":
            continue
        account = known.get((1, line.get(f"{prefix}1", "")))
        if account is None or account.blocked:
            return True
        center = line.get(f"{prefix}2")
        if center and (2, center) not in known:
            return True
    return False


def _amount(record: dict[str, str], name: str) -> Decimal:
    return Decimal(record.get(name) or "0")


TRANSACTIONS: dict[str, Act] = {"ValidByBatchNo": valid_by_batch_no}
