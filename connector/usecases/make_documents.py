"""Make the documents of records: ask what the rules need to know, then apply them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from connector.domain.accounting import AccountingRecord, BillingEntity
from connector.domain.documents import Document, Ignored
from connector.domain.periods import PeriodState
from connector.domain.reasons import Hold, Reason
from connector.errors import ConnectorError, RateLimitedError, RefusedError
from connector.ports import EntityStore, Erp, SpendSource

#: How long expenses are asked about for one batch; the others have their turn in the next.
LONGEST_S = 60.0


@dataclass(frozen=True, slots=True)
class Unasked:
    """What the rules need to know of a record could not be asked: it is tried again later."""

    error: ConnectorError


#: What a record becomes: documents, in the order in which they are to be posted; why there can be
#: none; or that none is wanted.
Made = tuple[Document, ...] | Hold | Ignored
Entities = Mapping[str, BillingEntity | None]


class MappingRules(Protocol):
    """The rules of a connection."""

    @property
    def asks_periods(self) -> bool:
        """Whether it matters what the ERP says of a day before it refuses it."""
        ...

    def expense_of(self, record: AccountingRecord) -> str | None:
        """The expense whose billing entity says the company; None where nothing has to be asked."""
        ...

    def documents(
        self,
        record: AccountingRecord,
        entity: BillingEntity | None = None,
        open_from: date | None = None,
    ) -> Made:
        """The documents of a record. The same input gives equal documents."""
        ...


class MakeDocuments:
    """Makes documents by the rules of one connection. Asks Brex and the ERP; writes to neither."""

    def __init__(
        self,
        rules: MappingRules,
        *,
        source: SpendSource,
        entities: EntityStore,
        erp: Erp,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules
        self._source = source
        self._entities = entities
        self._erp = erp
        self._clock = clock

    def run(
        self, payloads: Sequence[Mapping[str, Any]], *, keep: bool = False
    ) -> list[Made | Unasked]:
        """What becomes of each record that Brex sent, by position.

        With `keep`, an entity that has led to a company is never asked for again.
        """
        read = [self._read(payload) for payload in payloads]
        made = iter(self._make([one for one in read if not isinstance(one, Hold)], keep=keep))
        return [one if isinstance(one, Hold) else next(made) for one in read]

    def _read(self, payload: Mapping[str, Any]) -> AccountingRecord | Hold:
        try:
            return self._source.read(payload)
        except RefusedError as error:
            message = f"Brex's answer cannot be read: {error}"
            return Hold(Reason.RECORD_UNREADABLE, message, error.field)

    def _make(self, records: Sequence[AccountingRecord], *, keep: bool) -> list[Made | Unasked]:
        expenses = [self._rules.expense_of(record) for record in records]
        wanted = list(dict.fromkeys(one for one in expenses if one))
        kept: Entities = self._entities.known(wanted) if wanted else {}
        asked, error = self._ask([one for one in wanted if one not in kept])
        known = {**kept, **asked}
        made = [
            Unasked(error)
            if error and expense and expense not in known
            else self._rules.documents(record, known.get(expense or ""))
            for record, expense in zip(records, expenses, strict=True)
        ]
        if keep:
            self._entities.keep(_settled(asked, expenses, made))
        if self._rules.asks_periods:
            made = self._in_open_periods(records, [known.get(one or "") for one in expenses], made)
        return [self._checked(one) for one in made]

    def _ask(self, expense_ids: Sequence[str]) -> tuple[Entities, ConnectorError | None]:
        """The entities of expenses, and what went wrong before all were asked for."""
        found: dict[str, BillingEntity | None] = {}
        until = self._clock() + LONGEST_S
        for one in expense_ids:
            if self._clock() > until:
                return found, RateLimitedError("expenses are asked about in turns", wait_s=1.0)
            try:
                found[one] = self._source.billing_entity(one)
            except ConnectorError as error:
                return found, error
        return found, None

    def _in_open_periods(
        self,
        records: Sequence[AccountingRecord],
        entities: Sequence[BillingEntity | None],
        made: Sequence[Made | Unasked],
    ) -> list[Made | Unasked]:
        """The same, but those of a day that the ERP has closed moved on, or held.

        A day of which the ERP says nothing stays: its own refusal decides then.
        """
        days: dict[tuple[tuple[str, str], ...], set[date]] = defaultdict(set)
        for one in made:
            if isinstance(one, tuple):
                days[one[0].company].add(one[0].accounting_date)
        closed = {
            (company, day): period
            for company, wanted in days.items()
            for day, period in zip(
                sorted(wanted), self._erp.periods(company, sorted(wanted)), strict=True
            )
            if period.state is PeriodState.CLOSED
        }
        moved = list(made)
        for place, one in enumerate(made):
            if not isinstance(one, tuple):
                continue
            period = closed.get((one[0].company, one[0].accounting_date))
            if period is not None and period.open_from is not None:
                moved[place] = self._rules.documents(
                    records[place], entities[place], period.open_from
                )
            elif period is not None:
                moved[place] = _closed_for_good(one[0], period.detail)
        return moved

    def _checked(self, made: Made | Unasked) -> Made | Unasked:
        """The same, unless the ERP could not take one of the documents."""
        if not isinstance(made, tuple):
            return made
        return next(filter(None, map(self._erp.check, made)), made)


def _settled(
    asked: Entities, expenses: Sequence[str | None], made: Sequence[Made | Unasked]
) -> dict[str, BillingEntity]:
    """The entities that led to a company; one that did not may be mended in Brex."""
    lost = {
        expense
        for expense, one in zip(expenses, made, strict=True)
        if isinstance(one, Hold) and one.reason is Reason.COMPANY_UNKNOWN
    }
    return {one: entity for one, entity in asked.items() if entity and one not in lost}


def _closed_for_good(document: Document, detail: str) -> Hold:
    day = document.accounting_date.isoformat()
    message = f"the ERP takes no entries for {day}, nor shows a later day that it would: {detail}"
    return Hold(Reason.PERIOD_CLOSED, message, "erp_posting_date", day)
