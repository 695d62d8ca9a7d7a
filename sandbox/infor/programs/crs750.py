"""CRS750MI: the settings of the general ledger."""

from __future__ import annotations

from sandbox.infor.m3 import Act, Context, Rows


def get_gl_settings(ctx: Context, record: dict[str, str]) -> Rows:
    """Whether debit/credit codes are used, and which dimensions."""
    used = {f"FAC{n}": "1" if n <= ctx.settings.dimensions_used else "0" for n in range(1, 8)}
    code = "1" if ctx.settings.debit_credit_code else "0"
    yield {"DIVI": ctx.division(record), "DCNY": code, "ACVD": "0.00", "UPGL": "1", **used}


TRANSACTIONS: dict[str, Act] = {"GetGLSettings": get_gl_settings}
