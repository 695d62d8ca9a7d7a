"""The client of m3api-rest for what may only read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connector.erp.infor.m3api import M3Api
from connector.erp.infor.results import Rows, Transaction
from connector.errors import RefusedError
from connector.http.patience import Patience
from connector.http.peer import ReadOnlyPeer
from connector.ports import RATE_LIMITED, Answer

#: Program = the transactions that change nothing. That a name begins with Get says nothing: some
#: of M3's take a number from a series.
READS = {
    "APS200MI": frozenset({"LstInvoiceTrans"}),
    "APS450MI": frozenset({"GetHead", "LstInvBySupInv"}),
    "CRS620MI": frozenset({"GetBasicData"}),
    "EXPORTMI": frozenset({"LstFields", "Select"}),
    "GLS200MI": frozenset({"LstVouchersByDt"}),
    "MRS001MI": frozenset({"LstFields", "LstTransactions"}),
}


class ReadOnlyM3(M3Api):
    """Runs the transactions of `READS` alone; anything else raises RefusedError and is not sent.

    While M3, or our budget, says "not now", it waits.
    """

    def __init__(self, peer: ReadOnlyPeer, path: str, *, bulk_size: int = 100) -> None:
        super().__init__(peer, path, bulk_size=bulk_size)

    def _send(
        self, body: dict[str, Any], chunk: Sequence[Transaction], *, write: bool, background: bool
    ) -> list[Answer[Rows]] | Answer[Rows]:
        known = READS.get(body["program"], frozenset())
        if write or not known.issuperset(one.name for one in chunk):
            names = ", ".join(sorted({one.name for one in chunk} - known)) or "a write"
            raise RefusedError(f"{body['program']} is only read here: no {names}", code="read_only")
        patience = Patience()
        while True:
            told = super()._send(body, chunk, write=False, background=background)
            later = isinstance(told, Answer) and told.code == RATE_LIMITED
            if isinstance(told, list) or not later or not patience.waited(told.wait_s):
                return told
