"""Whether each record's documents stand in the ERP exactly once, by the peers' own account.

Nothing here asks our database: what the sandbox holds of Brex is compared with what it holds of the
ERP.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connector.cli.demo.erps import Posted, Total, kinds_of
from connector.domain.bookkeeping import Policy
from connector.domain.documents import DocumentKind
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
    released: Iterable[str],
    brex: Iterable[Mapping[str, Any]],
    posted: Iterable[Posted],
    policies: Mapping[str, Policy],
) -> Proof:
    """Compare the released records with the documents that count in the ERP."""
    known = {record["id"]: record for record in brex}
    ids = list(released)
    documents = list(posted)
    by_number: dict[str, list[Posted]] = {}
    for document in documents:
        by_number.setdefault(document.number, []).append(document)
    meant = {one: _meant(known[one], policies) for one in ids}
    found = {
        one: [by_number.get(number, []) for number in numbers] for one, numbers in meant.items()
    }
    return Proof(
        records=len(ids),
        documents=len(documents),
        missing=[one for one in ids if not all(found[one])],
        duplicated=[
            one
            for one in ids
            if any(sum(document.times for document in some) > 1 for some in found[one])
        ],
        wrong_total=[
            one
            for one in ids
            if any(
                (document.kind, document.totals) != expected
                for some, expected in zip(found[one], meant[one].values(), strict=True)
                for document in some
            )
        ],
        not_exported=[one for one in ids if known[one]["review_status"] != "EXPORTED"],
        foreign=sorted({one.number for one in documents} - {n for one in ids for n in meant[one]}),
    )


def _meant(
    record: Mapping[str, Any], policies: Mapping[str, Policy]
) -> dict[str, tuple[DocumentKind, frozenset[Total]]]:
    """The numbers of a record's documents, each with its kind and total."""
    amount, currency = Decimal(record["amount"]["amount"]), record["amount"]["currency"]
    return {
        document_number(record["id"], nth): (
            kind,
            frozenset({(abs(amount) if kind is DocumentKind.GL_ENTRY else amount, currency)}),
        )
        for nth, kind in enumerate(kinds_of(record["type"], policies), start=1)
    }
