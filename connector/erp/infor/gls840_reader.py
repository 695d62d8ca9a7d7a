"""Entries of the general ledger as M3 shows them: batches of GLS840, and vouchers.

A voucher is known by the marker that the text of its lines begins with. Batches are read from
M3's tables (`FGLINH` heads, `FGLINF` lines), where the service user may; `GLS840MI` itself shows
nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from connector.domain.documents import Document
from connector.domain.drafts import Outcome
from connector.domain.numbers import draft_of
from connector.domain.posting import FoundDocument, Phase, ReadDocument
from connector.erp.answers import failed
from connector.erp.infor import gls840_records as records
from connector.erp.infor.gls840_compare import draft_differences, ledger_differences
from connector.erp.infor.heads import voucher
from connector.erp.infor.ledger import Ledger
from connector.erp.infor.m3api import Company
from connector.erp.infor.probe import DIMENSIONS
from connector.erp.infor.results import Row, Rows
from connector.erp.infor.tables import Query, Tables
from connector.ports import Answer, Target

HEADS, LINES = "FGLINH", "FGLINF"
HEAD_COLUMNS = ("KEY1", "INTN", "DESC")
LINE_COLUMNS = (*("LINE", "ACDT", "CUCD", "CUAM", "DBCR"), *DIMENSIONS, "VTXT")


class JournalReader:
    """Reads entries of one company at a time; `tables` is None where they may not be read."""

    def __init__(self, ledger: Ledger, tables: Tables | None, interface: str) -> None:
        self._ledger = ledger
        self._tables = tables
        self._interface = interface

    def look_up(
        self, company: Company, documents: Sequence[Document]
    ) -> list[Answer[tuple[FoundDocument, ...]]]:
        """Vouchers with the number, and batches with a key of it where they can be read."""
        posted = self._ledger.rows(company, documents)
        prefixes = [f"{records.key_prefix(document.number)}%" for document in documents]
        batches = self.heads(company, [("like", prefix) for prefix in prefixes])
        return [
            _failure(*both) or Answer(Outcome.DONE, _found(document, *map(_rows, both)))
            for document, *both in zip(documents, posted, batches, strict=True)
        ]

    def read(self, company: Company, targets: Sequence[Target]) -> list[Answer[ReadDocument]]:
        """The voucher of a draft, or else its batch."""
        posted = self._ledger.rows(company, [target.document for target in targets])
        keys = [target.reference for target in targets]
        heads = self.heads(company, [("=", key) for key in keys])
        lines = self.lines(company, keys)
        return [
            _failure(*three) or Answer(Outcome.DONE, self._read(target, *map(_rows, three)))
            for target, *three in zip(targets, posted, heads, lines, strict=True)
        ]

    def heads(self, company: Company, keys: Sequence[tuple[str, str]]) -> list[Answer[Rows]]:
        """The heads whose KEY1 is (`=`) or begins (`like`) so; none where they may not be read."""
        if self._tables is None:
            return [Answer(Outcome.DONE, ())] * len(keys)
        return self._tables.select(
            company, [Query(HEADS, HEAD_COLUMNS, (("KEY1", *wanted),)) for wanted in keys]
        )

    def lines(self, company: Company, keys: Sequence[str]) -> list[Answer[Rows]]:
        """The lines of each batch; none where they may not be read."""
        if self._tables is None:
            return [Answer(Outcome.DONE, ())] * len(keys)
        return self._tables.select(
            company, [Query(LINES, LINE_COLUMNS, (("KEY1", "=", key),)) for key in keys]
        )

    def _read(self, target: Target, posted: Rows, heads: Rows, lines: Rows) -> ReadDocument:
        document = target.document
        ours = [row for row in posted if records.marker_of(row["VTXT"]) == target.marker]
        if ours:
            return _voucher(target, ours)
        if self._tables is None:
            return ReadDocument(target.reference, Phase.DRAFT, detail="no voucher of it is there")
        if not heads:
            return ReadDocument(target.reference, Phase.GONE)
        return ReadDocument(
            target.reference,
            Phase.DRAFT,
            tuple(records.key_of_row(row, document.currency) for row in lines),
            draft_differences(heads[0], lines, document, target.marker, self._interface),
            "a batch of GLS840",
        )


def _found(document: Document, posted: Rows, batches: Rows) -> tuple[FoundDocument, ...]:
    """Vouchers by their marker; a batch that became one is not there a second time."""
    vouchers: dict[tuple[str, str], FoundDocument] = {}
    for row in posted:
        marker = records.marker_of(row["VTXT"])
        ours = draft_of(marker, document.number) is not None
        reference = records.key(marker) if ours else voucher(row)
        vouchers[marker, voucher(row)] = FoundDocument(reference, marker, Phase.LEDGER)
    there = {marker for marker, _ in vouchers}
    found = list(vouchers.values())
    for row in batches:
        marker = records.marker_of(row["DESC"])
        if marker not in there and draft_of(marker, document.number) is not None:
            found.append(FoundDocument(row["KEY1"], marker, Phase.DRAFT))
    return tuple(found)


def _voucher(target: Target, rows: list[Row]) -> ReadDocument:
    """The voucher; while lines of it are missing and nothing else is wrong, M3 is still at it."""
    document = target.document
    keys = tuple(records.key_of_row(row, document.currency) for row in rows)
    differences = ledger_differences(rows, document)
    growing = not differences and Counter(keys) < Counter(records.line_keys(document).values())
    return ReadDocument(
        target.reference,
        Phase.BUSY if growing else Phase.LEDGER,
        keys,
        differences,
        "the voucher is not complete" if growing else "in the general ledger",
        voucher(rows[0]),
    )


def _rows(answer: Answer[Rows]) -> Rows:
    return answer.value or ()


def _failure(*answers: Answer[Rows]) -> Answer[Any] | None:
    return next((failed(one) for one in answers if one.outcome is not Outcome.DONE), None)
