"""The simulated ERPs of the demo: how each is connected, and what it says was posted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from connector.cli.demo.peers import Peers
from connector.domain.bookkeeping import RULES, Policy, policy_of
from connector.domain.documents import DocumentKind
from connector.embedded.private import write_private

#: SUPA of a batch of M3 that was validated without error, or updated in the ledger.
_VALIDATED = frozenset({20, 30, 40, 50, 90})

#: Amount and currency; of an entry, the sum of its debits.
Total = tuple[Decimal, str]

_INVOICE, _ENTRY = DocumentKind.SUPPLIER_INVOICE, DocumentKind.GL_ENTRY
_DOCUMENTS = {
    Policy.INVOICE: (_INVOICE,),
    Policy.JOURNAL: (_ENTRY,),
    Policy.INVOICE_AND_JOURNAL: (_INVOICE, _ENTRY),
}
#: Each merchant's invoice, with what is owed to Brex on one account; bills in the AP ledger;
#: reimbursements on accrual basis: docs/mapping.md, "Which policy for what".
_EVERY_KIND = dict.fromkeys(RULES, Policy.JOURNAL) | {
    "CARD_EXPENSE_POST": Policy.INVOICE_AND_JOURNAL,
    "CARD_EXPENSE_REFUND": Policy.INVOICE_AND_JOURNAL,
    "BILL_EXPENSE": Policy.INVOICE,
    "INVOICE": Policy.IGNORE,
    "INVOICE_PAYMENT": Policy.IGNORE,
}
_INVOICES_ALONE = {"BILL_EXPENSE": Policy.INVOICE}


@dataclass(frozen=True, slots=True)
class Posted:
    """A document that counts; `times` is how often it stands in the ledger.

    `totals` has the total of the head and the sum of the lines, or debits and credits of an entry:
    one pair where they agree.
    """

    number: str
    kind: DocumentKind
    totals: frozenset[Total]
    times: int = 1


class DemoErp(Protocol):
    """One ERP, with a connection of its own and a Brex account of its own."""

    #: the name of its connection, what people call it, and the sandbox's name for it
    connection: str
    title: str
    peer: str
    #: as a connection file has it, and its dimension of the cost centre
    erp: str
    dimension: str
    #: what becomes of each type of record, and the shares of types in its month
    policies: Mapping[str, Policy]
    shares: Mapping[str, float]

    def section(self, home: Path, peers: Peers) -> str:
        """Its section of the connection file; writes the files that this refers to."""
        ...

    def posted(self, peers: Peers) -> list[Posted]:
        """Every document that counts."""
        ...


class InforM3:
    """M3 behind ION API."""

    connection, title, peer = "demo-m3", "Infor M3", "infor"
    erp, dimension = "infor-m3", "AIT2"
    policies: Mapping[str, Policy] = _EVERY_KIND
    shares: Mapping[str, float] = {"bills": 0.15, "reimbursements": 0.1, "others": 0.25}

    def __init__(self, program: str) -> None:
        self._program = program

    def section(self, home: Path, peers: Peers) -> str:
        """The section, with the .ionapi file beside it."""
        write_private(home / "sandbox.ionapi", peers.ionapi())
        return f"""
[infor]
ionapi = "file:sandbox.ionapi"
cono = 100
divi = "AAA"
invoice_program = "{self._program}"
journal_interface = "BREX"
"""

    def posted(self, peers: Peers) -> list[Posted]:
        """What M3 has validated, and the vouchers of the general ledger."""
        return [*posted_in_m3(peers.invoices()), *entries_in_m3(peers.vouchers())]


class IfsCloud:
    """IFS Cloud, with posting proposals."""

    connection, title, peer = "demo-ifs", "IFS Cloud", "ifs"
    erp, dimension = "ifs-cloud", "CodeB"
    policies: Mapping[str, Policy] = _INVOICES_ALONE
    shares: Mapping[str, float] = {"bills": 0.15}

    def section(self, home: Path, peers: Peers) -> str:
        """The section, with the client's secret beside it."""
        known = peers.ifs_credentials()
        write_private(home / "sandbox.ifs", known["client_secret"])
        return f"""
[ifs]
base_url = "{known["base_url"]}"
token_url = "{known["token_url"]}"
client_id = "{known["client_id"]}"
client_secret = "file:sandbox.ifs"
company = "10"
target = "posting_proposal"
"""

    def posted(self, peers: Peers) -> list[Posted]:
        """Every proposal."""
        return list(posted_in_ifs(peers.proposals()))


def kinds_of(record_type: str, policies: Mapping[str, Policy]) -> tuple[DocumentKind, ...]:
    """The documents that a record of this type becomes, in their order."""
    return _DOCUMENTS[policy_of(record_type, policies)]


def posted_in_m3(m3: Mapping[str, list[dict[str, Any]]]) -> Iterable[Posted]:
    """Validated batches of APS450, and what APS100 put straight into the ledger."""
    in_ledger = Counter(posted["sino"] for posted in m3["ledger"])
    validated = [one for one in m3["batches"] if one["supa"] in _VALIDATED and not one["deleted"]]
    straight = [one for one in m3["ledger"] if one["source"] == "APS100"]
    for one in (*validated, *straight):
        head = one["head"]
        lines = sum((Decimal(line["NLAM"]) for line in one["lines"]), Decimal(0))
        totals = {(Decimal(head["CUAM"]), head["CUCD"]), (lines, head["CUCD"])}
        yield Posted(one["sino"], _INVOICE, frozenset(totals), max(1, in_ledger[one["sino"]]))


def entries_in_m3(vouchers: Iterable[dict[str, Any]]) -> Iterable[Posted]:
    """Vouchers of the general ledger, each with its debits and its credits."""
    for voucher in vouchers:
        lines = voucher["lines"]
        amounts = [Decimal(line["CUAM"]) for line in lines]
        debit = sum((amount for amount in amounts if amount > 0), Decimal(0))
        credit = -sum((amount for amount in amounts if amount < 0), Decimal(0))
        currency = lines[0]["CUCD"]
        number = lines[0]["VTXT"].partition(".")[0]
        yield Posted(number, _ENTRY, frozenset({(debit, currency), (credit, currency)}))


def posted_in_ifs(proposals: Iterable[dict[str, Any]]) -> Iterable[Posted]:
    """Proposals that were not cancelled."""
    for one in proposals:
        head = one["head"]
        if one["state"] == "Cancelled":
            continue
        lines = sum((Decimal(line["CurrencyAmount"]) for line in one["lines"]), Decimal(0))
        currency = head["CurrencyCode"]
        totals = {(Decimal(head["GrossCurrAmount"]), currency), (lines, currency)}
        yield Posted(one["number"], _INVOICE, frozenset(totals))
