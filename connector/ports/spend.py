"""Brex, as the use cases see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from connector.domain.accounting import (
    AccountingRecord,
    BillingEntity,
    ReviewStatus,
    SourceType,
    Standing,
)
from connector.domain.receipts import LinkedReceipt
from connector.ports.answer import Answer


@dataclass(frozen=True, slots=True)
class SpendRecord:
    """One record as Brex sent it. `payload` is its JSON object, every amount a string or Decimal.

    Of that, only the `standing` has been read; it is None where it cannot be, and `fault` then says
    which field, and why. The links to its receipts stand in `receipts` alone, and are in force for
    15 minutes.
    """

    id: str
    payload: Mapping[str, Any]
    standing: Standing | None
    fault: str = ""
    receipts: tuple[LinkedReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class SpendPage:
    """One page of a query; `cursor` is None on the last."""

    records: tuple[SpendRecord, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What to tell Brex about one record: `reference` on success, `error` on failure."""

    record_id: str
    reference: str = ""
    error: str = ""


class SpendSource(Protocol):
    """Brex, for one connection. Raises RetryLaterError, RefusedError or OutcomeUnknownError."""

    def records(self, ids: Sequence[str], *, background: bool = False) -> dict[str, SpendRecord]:
        """The records with these ids (any number); an id that Brex does not know is left out.

        What has time takes the background's share of the budget.
        """
        ...

    def read(self, payload: Mapping[str, Any]) -> AccountingRecord:
        """The record of a payload. Raises RefusedError naming the field that is wrong."""
        ...

    def query(
        self,
        source: SourceType,
        *,
        status: ReviewStatus | None,
        updated_after: datetime,
        updated_before: datetime | None = None,
        cursor: str | None = None,
    ) -> SpendPage:
        """One page of records, with the lower bound always sent."""
        ...

    def billing_entity(self, expense_id: str) -> BillingEntity | None:
        """The entity that is billed for an expense, perhaps with no id; None for no expense.

        A call for each expense, and a scope of its own.
        """
        ...

    def check_expenses(self) -> None:
        """Raises RefusedError or RetryLaterError where expenses may not be read."""
        ...

    def probe(self) -> None:
        """One cheap read, sent once. Raises RetryLaterError where Brex does not answer."""
        ...

    def export_results(self, results: Sequence[ExportResult]) -> dict[str, Answer[None]]:
        """Tell Brex what became of records; an answer for each record id.

        DONE: Brex took it (or shows the record as EXPORTED already); REFUSED: Brex will not take
        it, with why. Raises OutcomeUnknownError where the answer was lost: read the records.
        """
        ...
