"""The rules of one connection, ready to be asked about records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from connector.domain.accounting import AccountingRecord, BillingEntity, Vendor
from connector.domain.bookkeeping import INVOICES, RULES, Policy, policy_of
from connector.domain.connections import ClosedPeriod, MappingConfig
from connector.domain.documents import Made
from connector.domain.routes import RoutedBy
from connector.domain.suppliers import Match
from connector.mapping.books import zone_of
from connector.mapping.invoice import Suppliers
from connector.mapping.record import map_record


@dataclass(frozen=True, slots=True)
class Rules:
    """A mapping, with what it takes from elsewhere: the ERP's terms, suppliers, receipts or none.

    Implements `connector.usecases.make_documents.MappingRules`.
    """

    config: MappingConfig
    company: Mapping[str, str]
    dimension_of_gl: str
    suppliers: Suppliers
    with_receipts: bool = False

    @property
    def asks_periods(self) -> bool:
        """Whether it matters what the ERP says of a day before it refuses it."""
        return self.config.closed_period is ClosedPeriod.NEXT_OPEN_PERIOD

    def zone_of(self, company: tuple[tuple[str, str], ...]) -> ZoneInfo:
        """The time zone whose days a company's documents have."""
        return zone_of(company, self.config)

    def expense_of(self, record: AccountingRecord) -> str | None:
        """The expense whose billing entity says the company; None where nothing has to be asked."""
        route = self.config.company
        if route is None or route.by is not RoutedBy.BILLING_ENTITY:
            return None
        if policy_of(record.type, self.config.types) in {Policy.HOLD, Policy.IGNORE}:
            return None
        if route.payments and not RULES[record.type].is_coded:
            return None
        return record.source_id

    def merchant_of(self, record: AccountingRecord) -> Vendor | None:
        """The merchant or vendor whose supplier has to be found; None where none has to be."""
        policy = policy_of(record.type, self.config.types)
        if policy not in INVOICES or RULES[record.type].owed_to_spender:
            return None
        if record.vendor is None or self.suppliers.has(record.vendor):
            return None
        return record.vendor

    def documents(
        self,
        record: AccountingRecord,
        entity: BillingEntity | None = None,
        open_from: date | None = None,
        match: Match | None = None,
    ) -> Made:
        """The documents of a record, as `map_record` makes them."""
        return map_record(
            record if self.with_receipts else replace(record, receipt_ids=()),
            self.config,
            company=self.company,
            dimension_of_gl=self.dimension_of_gl,
            suppliers=self.suppliers,
            entity=entity,
            open_from=open_from,
            match=match,
        )
