"""MRS001MI: which programs, transactions and fields this release has."""

from __future__ import annotations

from sandbox.infor import contract
from sandbox.infor.contract import Transaction
from sandbox.infor.errors import MIError
from sandbox.infor.m3 import Act, Context, Rows


def lst_programs(ctx: Context, record: dict[str, str]) -> Rows:
    """The programs of this release."""
    for name in contract.program_names():
        if name >= record.get("MINM", "") and contract.in_release(name, ctx.settings):
            yield {"MINM": name, "MIDS": f"{name} in the sandbox"}


def lst_transactions(ctx: Context, record: dict[str, str]) -> Rows:
    """The transactions of a program."""
    for name, one in sorted(_program(ctx, record).items()):
        yield {"MINM": record["MINM"], "TRNM": name, "TRDS": one.about[:40]}


def lst_fields(ctx: Context, record: dict[str, str]) -> Rows:
    """The input or output fields of a transaction, in order."""
    one = _program(ctx, record).get(record["TRNM"])
    if one is None:
        raise MIError.refused("WTR0103", "TRNM", f"Transaction {record['TRNM']} does not exist")
    if record["TRTP"] not in ("I", "O"):
        raise MIError.refused("WTR0101", "TRTP", "Transaction type is I or O")
    for field in (one.inputs if record["TRTP"] == "I" else one.outputs).values():
        yield {
            "MINM": record["MINM"],
            "TRNM": one.name,
            "TRTP": record["TRTP"],
            "FLNM": field.name,
            "FLDS": field.about[:60],
            "LENG": str(field.length),
            "TYPE": field.kind,
            "MAND": "1" if field.mandatory else "0",
        }


def _program(ctx: Context, record: dict[str, str]) -> dict[str, Transaction]:
    found = contract.in_release(record["MINM"], ctx.settings)
    if found is None:
        raise MIError.refused("WMI0103", "MINM", f"Program {record['MINM']} does not exist")
    return found


TRANSACTIONS: dict[str, Act] = {
    "LstPrograms": lst_programs,
    "LstTransactions": lst_transactions,
    "LstFields": lst_fields,
}
