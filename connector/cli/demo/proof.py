"""Whether each record stands in the ERP exactly once, with its total, by the peers' own account.

Nothing here asks our database: what the sandbox holds of Brex is compared with what it holds of M3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connector.domain.numbers import document_number

#: SUPA of a batch that was validated without error, or updated in the ledger.
_VALIDATED = frozenset({20, 30, 40, 50, 90})


@dataclass(frozen=True, slots=True)
class Proof:
    """What is in the ERP, and what is wrong there: record ids in each list."""

    records: int
    invoices: int
    missing: list[str]
    duplicated: list[str]
    wrong_total: list[str]
    not_exported: list[str]
    foreign: list[str]

    @property
    def holds(self) -> bool:
        """Every record was posted exactly once with its total, and is EXPORTED in Brex."""
        wrong = (self.missing, self.duplicated, self.wrong_total, self.not_exported, self.foreign)
        return self.records > 0 and not any(wrong)


@dataclass(frozen=True, slots=True)
class _Invoice:
    number: str
    amounts: frozenset[tuple[Decimal, str]]


def prove(
    released: Iterable[str],
    brex: Iterable[Mapping[str, Any]],
    m3: Mapping[str, list[dict[str, Any]]],
) -> Proof:
    """Compare the released records with the invoices that M3 validated."""
    known = {record["id"]: record for record in brex}
    ids = list(released)
    invoices = list(_invoices(m3))
    in_ledger = Counter(posted["sino"] for posted in m3["ledger"])
    by_number: dict[str, list[_Invoice]] = {}
    for invoice in invoices:
        by_number.setdefault(invoice.number, []).append(invoice)
    mine = {one: by_number.get(document_number(one), []) for one in ids}
    numbers = {document_number(one) for one in ids}
    return Proof(
        records=len(ids),
        invoices=len(invoices),
        missing=[one for one, found in mine.items() if not found],
        duplicated=[
            one
            for one, found in mine.items()
            if len(found) > 1 or in_ledger[document_number(one)] > 1
        ],
        wrong_total=[
            one
            for one, found in mine.items()
            if any(invoice.amounts != {_amount(known[one])} for invoice in found)
        ],
        not_exported=[one for one in ids if known[one]["review_status"] != "EXPORTED"],
        foreign=sorted({one.number for one in invoices} - numbers),
    )


def _invoices(m3: Mapping[str, list[dict[str, Any]]]) -> Iterable[_Invoice]:
    for batch in m3["batches"]:
        if batch["supa"] in _VALIDATED and not batch["deleted"]:
            yield _Invoice(batch["sino"], _amounts(batch))
    for posted in m3["ledger"]:
        if posted["source"] == "APS100":
            yield _Invoice(posted["sino"], _amounts(posted))


def _amounts(invoice: Mapping[str, Any]) -> frozenset[tuple[Decimal, str]]:
    """The total of the head and the sum of the lines: one pair where they agree."""
    currency = invoice["head"]["CUCD"]
    lines = sum((Decimal(line["NLAM"]) for line in invoice["lines"]), Decimal(0))
    return frozenset({(Decimal(invoice["head"]["CUAM"]), currency), (lines, currency)})


def _amount(record: Mapping[str, Any]) -> tuple[Decimal, str]:
    return Decimal(record["amount"]["amount"]), record["amount"]["currency"]
