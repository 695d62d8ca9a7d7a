"""CRS630MI: accounting identities; dimension 1 is the chart of accounts."""

from __future__ import annotations

from sandbox.infor.errors import MIError
from sandbox.infor.m3 import Act, Context, Rows
from sandbox.infor.masterdata import Identity


def get_account_id(ctx: Context, record: dict[str, str]) -> Rows:
    """One identity."""
    identity = ctx.m3.master.identities.get((int(record["AITP"]), record["AITM"]))
    if identity is None:
        raise MIError.refused(
            "WAI0103", "AITM", f"Accounting identity {record['AITM']} does not exist"
        )
    yield _row(identity)


def lst_account_id(ctx: Context, record: dict[str, str]) -> Rows:
    """The identities of a dimension from the given one on: all are kept for the company."""
    if record.get("DIVI"):
        return iter(())
    dimension, start = int(record["AITP"]), record.get("AITM", "")
    chosen = (one for one in ctx.m3.master.identities.values() if one.aitp == dimension)
    return (_row(one) for one in chosen if one.aitm >= start)


def _row(identity: Identity) -> dict[str, str]:
    return {
        "DIVI": "",
        "AITP": str(identity.aitp),
        "AITM": identity.aitm,
        "TX40": identity.name[:40],
        "TX15": identity.name[:15],
        "AT11": "1" if identity.aitm == "2440" else "0",
        "AT04": "1" if identity.aitm == "2641" else "0",
        "AT13": "1" if identity.manual_entry_blocked else "0",
        "LCCD": "1" if identity.blocked else "0",
        "VFDT": identity.vfdt,
        "VTDT": identity.vtdt,
    }


TRANSACTIONS: dict[str, Act] = {"GetAccountID": get_account_id, "LstAccountID": lst_account_id}
