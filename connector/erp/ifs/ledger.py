"""Vouchers after the GL update: their rows stand in another set, without a head.

A voucher is looked for in the hold table and in the general ledger, always in both: it may move
between the two at any time, and is found twice rather than not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connector.domain.documents import Document
from connector.domain.drafts import Outcome
from connector.domain.posting import FoundDocument, Phase, ReadDocument
from connector.erp.answers import by_group, failed
from connector.erp.ifs import lines, literals
from connector.erp.ifs.heads import Heads, found
from connector.erp.ifs.odata import OData
from connector.erp.ifs.results import Entity
from connector.erp.ifs.shape import Numbered
from connector.erp.ifs.vouchers import Vouchers
from connector.ports import Answer, Target


class HoldAndLedger:
    """Looks for vouchers in the hold table first, then in the ledger."""

    def __init__(self, odata: OData, shape: Vouchers, heads: Heads, ledger: str) -> None:
        self._odata = odata
        self._shape = shape
        self._heads = heads
        self.name = ledger
        self._projection, self._set = ledger.split("/")

    def look_up(self, documents: Sequence[Document]) -> list[Answer[tuple[FoundDocument, ...]]]:
        """Every voucher under each number, in whichever of the two it is."""
        held = self._heads.look_up(documents)
        posted = by_group(documents, lambda one: one.company_key, self._look_up)
        return [_both(one, other) for one, other in zip(held, posted, strict=True)]

    def read(self, targets: Sequence[Target]) -> list[Answer[ReadDocument]]:
        """Vouchers with their rows; GONE from the hold table, they are read in the ledger."""
        held = self._heads.read(targets)
        return [
            self._read(target)
            if answer.value is not None and answer.value.phase is Phase.GONE
            else answer
            for target, answer in zip(targets, held, strict=True)
        ]

    def under(self, company: str, documents: Sequence[Numbered]) -> Answer[list[Entity]]:
        """Every row of the ledger of a company under any of the numbers."""
        name = self._shape.keys[0]
        wanted = f"{name} eq {literals.literal(company)} and ({self._shape.search_rows(documents)})"
        return self._rows(wanted)

    def pages(self, condition: str) -> Iterator[Answer[list[Entity]]]:
        """The rows of the ledger that meet a condition, page by page, in their key's order."""
        return self._odata.pages(
            self._projection, self._set, key=self._shape.row_keys, condition=condition
        )

    def _look_up(
        self, company: str, documents: Sequence[Document]
    ) -> list[Answer[tuple[FoundDocument, ...]]]:
        told = self.under(company, documents)
        if told.value is None:
            return [failed(told)] * len(documents)
        return [
            found(
                one,
                [
                    FoundDocument(reference, self._shape.row_marker(row, one), Phase.LEDGER)
                    for reference, row in _first_rows(told.value, one, self._shape).items()
                ],
            )
            for one in documents
        ]

    def _read(self, target: Target) -> Answer[ReadDocument]:
        key = self._shape.key_of(target.reference)
        condition = " and ".join(
            f"{name} eq {literals.literal(value)}" for name, value in key.items()
        )
        told = self._rows(condition)
        if told.value is None:
            return failed(told)
        if not told.value:
            return Answer(Outcome.DONE, ReadDocument(target.reference, Phase.GONE))
        shape, document, rows = self._shape, target.document, told.value
        return Answer(
            Outcome.DONE,
            ReadDocument(
                target.reference,
                Phase.LEDGER,
                lines.keys_of_rows(rows, document, shape.names.line_fields),
                shape.row_differences(rows, document, target.marker),
                f"voucher {shape.voucher_of(rows[0])} is in the general ledger",
                shape.voucher_of(rows[0]),
            ),
        )

    def _rows(self, condition: str) -> Answer[list[Entity]]:
        return self._odata.rows(
            self._projection, self._set, key=self._shape.row_keys, condition=condition
        )


def _first_rows(rows: Sequence[Entity], document: Document, shape: Vouchers) -> dict[str, Entity]:
    """One row of each voucher of the document, by its reference."""
    mine = (row for row in rows if shape.row_number(row) == document.number)
    return {shape.reference_of(row): row for row in mine}


def _both(
    held: Answer[tuple[FoundDocument, ...]], posted: Answer[tuple[FoundDocument, ...]]
) -> Answer[tuple[FoundDocument, ...]]:
    for answer in (held, posted):
        if answer.value is None:
            return failed(answer)
    # what moved in between is found twice, and is one voucher: the ledger knows better
    either = {one.reference: one for one in (*(held.value or ()), *(posted.value or ()))}
    return Answer(Outcome.DONE, tuple(either.values()))
