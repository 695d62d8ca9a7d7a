"""GLS840MI: batches of journal entries, by the caller's own key, and their update to the ledger.

What is not public is a setting: whether the control (option 6) tells of errors in its answer,
whether an update (option 9) that is asked for again makes another voucher, and whether the batch
is still there after it.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from sandbox.clock import monotonic_s
from sandbox.infor.errors import MIError
from sandbox.infor.journals import Journal, JournalLine, Voucher
from sandbox.infor.m3 import M3, Act, Context, Rows, check_dates, check_money
from sandbox.infor.masterdata import CURRENCIES
from sandbox.infor.periods import is_closed

DIMENSIONS = tuple(f"AIT{n}" for n in range(1, 8))


def add_batch_head(ctx: Context, record: dict[str, str]) -> Rows:
    """A new batch; a key is taken once."""
    if record["INTN"] not in ctx.settings.journal_interfaces:
        raise MIError.refused("WIN0103", "INTN", f"Interface {record['INTN']} does not exist")
    journal = Journal(_key(ctx, record), dict(record), monotonic_s())
    if not ctx.m3.general_ledger.add(journal):
        raise MIError.refused("XRE0104", "KEY1", "Record already exists")
    yield {"CONO": str(ctx.cono)}


def add_batch_line_fld(ctx: Context, record: dict[str, str]) -> Rows:
    """A line under the caller's number; a number is taken once. Values are not judged yet."""
    check_dates(record, ("ACDT", "SHDT"))
    check_money(record, ("CUAM", "ACAM"), record.get("CUCD", ""))
    with ctx.m3.general_ledger.lock:
        journal = _known(ctx, record)
        if journal.updated_s:
            raise MIError.refused("XSU0105", "KEY1", "Batch is updated")
        number = int(record["LINE"])
        if number in journal.lines:
            raise MIError.refused("XRE0104", "LINE", "Record already exists")
        journal.lines[number] = JournalLine(dict(record), monotonic_s())
    yield {}


def ctrl_batch(ctx: Context, record: dict[str, str]) -> Rows:
    """The control: says what is wrong with the batch, where this release says it in its answer."""
    with ctx.m3.general_ledger.lock:
        fault = fault_of(ctx, _known(ctx, record))
    if fault and ctx.settings.control_answers:
        raise fault
    yield {"CONO": str(ctx.cono)}


def upd_batch(ctx: Context, record: dict[str, str]) -> Rows:
    """Submits the update. A batch with errors stays as it is, and nobody is told."""
    with ctx.m3.general_ledger.lock:
        journal = _known(ctx, record)
        if journal.updated_s and ctx.settings.second_update == "refuse":
            raise MIError.refused("XSU0105", "KEY1", "Batch is updated")
        again = bool(journal.updated_s) and ctx.settings.second_update == "nothing"
        if not again and not fault_of(ctx, journal):
            to_ledger(ctx.m3, journal, ctx.settings.journal_update_s)
            if ctx.settings.updated_journals == "deleted":
                ctx.m3.general_ledger.remove(journal.key)
    yield {"CONO": str(ctx.cono)}


def to_ledger(m3: M3, journal: Journal, update_s: float) -> None:
    """Makes one voucher of each group of a batch, to be seen `update_s` seconds later."""
    now_s = monotonic_s()
    journal.updated_s.append(now_s)
    groups: dict[str, list[dict[str, str]]] = {}
    for number in sorted(journal.lines):
        record = journal.lines[number].record
        groups.setdefault(record.get("GRNR", ""), []).append({**record, "CUAM": signed(record)})
    cono, divi, key = journal.key
    for rows in groups.values():
        m3.general_ledger.post(
            Voucher(
                cono,
                divi,
                rows[0]["ACDT"][:4],
                m3.ledger.next_voucher(),
                m3.general_ledger.next_journal(),
                now_s + update_s,
                tuple(rows),
                key,
            )
        )


def signed(record: dict[str, str]) -> str:
    """CUAM as the ledger has it: a credit is negative, whichever way it was sent."""
    amount = Decimal(record.get("CUAM") or "0")
    return str(-abs(amount) if record.get("DBCR") == "C" else amount)


def fault_of(ctx: Context, journal: Journal) -> MIError | None:
    """What keeps a batch from the ledger, if anything does."""
    if not journal.lines:
        return MIError.refused("WKE0103", "KEY1", "Batch has no lines")
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for number in sorted(journal.lines):
        record = journal.lines[number].record
        if fault := _line_fault(ctx, record):
            return fault
        sums[record.get("GRNR", ""), record["CUCD"]] += Decimal(signed(record))
    if any(sums.values()):
        return MIError.refused("WCU0101", "CUAM", "Voucher does not balance")
    return None


def _line_fault(ctx: Context, record: dict[str, str]) -> MIError | None:
    identities = ctx.m3.master.identities
    account = identities.get((1, record.get("AIT1", "")))
    if account is None or account.blocked:
        return MIError.refused("WAI0103", "AIT1", f"Account {record.get('AIT1')} does not exist")
    if (center := record.get("AIT2")) and (2, center) not in identities:
        return MIError.refused("WAI0203", "AIT2", f"Identity {center} does not exist")
    if record.get("CUCD") not in CURRENCIES:
        return MIError.refused("WCU0103", "CUCD", f"Currency {record.get('CUCD')} does not exist")
    if ctx.settings.debit_credit_code and record.get("DBCR") not in ("D", "C"):
        return MIError.refused("WDB0102", "DBCR", "Debit/credit code must be entered")
    if record.get("ACDT", "") in ("", "0"):
        return MIError.refused("WAC0102", "ACDT", "Accounting date must be entered")
    if is_closed(ctx.settings, record["ACDT"]):
        return MIError.refused("WAC0101", "ACDT", f"Accounting date {record['ACDT']} is invalid")
    return None


def _key(ctx: Context, record: dict[str, str]) -> tuple[int, str, str]:
    return ctx.cono, ctx.division(record), record["KEY1"]


def _known(ctx: Context, record: dict[str, str]) -> Journal:
    journal = ctx.m3.general_ledger.get(_key(ctx, record))
    if journal is None:
        raise MIError.refused("XRE0103", "KEY1", "Record does not exist")
    return journal


TRANSACTIONS: dict[str, Act] = {
    "AddBatchHead": add_batch_head,
    "AddBatchLineFld": add_batch_line_fld,
    "CtrlBatch": ctrl_batch,
    "UpdBatch": upd_batch,
}
