"""Whether each record stands in the ERP exactly once, with its total, by the peers' own account.

Nothing here asks our database: what the sandbox holds of Brex is compared with what it holds of the
ERP.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connector.cli.demo.erps import Posted, Total
from connector.domain.numbers import document_number


@dataclass(frozen=True, slots=True)
class Proof:
    """What is in the ERP, and what is wrong there: record ids in each list."""

    records: int
    documents: int
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


def prove(
    released: Iterable[str], brex: Iterable[Mapping[str, Any]], posted: Iterable[Posted]
) -> Proof:
    """Compare the released records with the documents that count in the ERP."""
    known = {record["id"]: record for record in brex}
    ids = list(released)
    documents = list(posted)
    by_number: dict[str, list[Posted]] = {}
    for document in documents:
        by_number.setdefault(document.number, []).append(document)
    mine = {one: by_number.get(document_number(one), []) for one in ids}
    numbers = {document_number(one) for one in ids}
    return Proof(
        records=len(ids),
        documents=len(documents),
        missing=[one for one, found in mine.items() if not found],
        duplicated=[
            one for one, found in mine.items() if sum(document.times for document in found) > 1
        ],
        wrong_total=[
            one
            for one, found in mine.items()
            if any(document.totals != {_total(known[one])} for document in found)
        ],
        not_exported=[one for one in ids if known[one]["review_status"] != "EXPORTED"],
        foreign=sorted({one.number for one in documents} - numbers),
    )


def _total(record: Mapping[str, Any]) -> Total:
    return Decimal(record["amount"]["amount"]), record["amount"]["currency"]
