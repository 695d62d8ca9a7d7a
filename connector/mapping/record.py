"""A Brex accounting record becomes documents, or a reason why it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from connector.domain.accounting import AccountingRecord, BillingEntity
from connector.domain.bookkeeping import RULES, Policy, choices_of, policy_of
from connector.domain.connections import Currency, MappingConfig
from connector.domain.documents import Document, Ignored, Made
from connector.domain.reasons import Hold, Reason
from connector.domain.suppliers import Match
from connector.errors import ConfigurationError
from connector.mapping.books import books_of
from connector.mapping.currencies import in_original_currency
from connector.mapping.dates import days_of
from connector.mapping.frame import Frame
from connector.mapping.held import HeldError
from connector.mapping.invoice import Suppliers, invoice_of
from connector.mapping.journal import entry_of_payment, entry_of_settlement, entry_of_spend
from connector.mapping.sides import entry_of


def map_record(
    record: AccountingRecord,
    config: MappingConfig,
    *,
    company: Mapping[str, str],
    dimension_of_gl: str,
    suppliers: Suppliers,
    entity: BillingEntity | None = None,
    open_from: date | None = None,
    match: Match | None = None,
) -> Made:
    """The documents of a record, one or more, in order: the same input gives equal documents.

    `company` is the ERP's default company, its keys in the ERP's order; `dimension_of_gl` the
    dimension that the GL account goes to (M3: AIT1). `entity` is billed for the record's expense,
    None where Brex knows of none. `open_from` is the first day that the ERP takes entries for,
    given where it says that it has closed the period of a document's day. `match` is the supplier
    that was found for the merchant, None where it was not looked for.

    Raises ConfigurationError where a further dimension has the name of the GL account's.
    """
    if dimension_of_gl in dict(config.dimensions):
        what = "is the dimension of the GL account; take it out of mapping.dimensions"
        raise ConfigurationError("mapping", [f"mapping.dimensions.{dimension_of_gl} {what}"])
    policy = policy_of(record.type, config.types)
    if policy is Policy.IGNORE:
        return Ignored(f"records of type {record.type} are ignored by mapping.types")
    if policy is Policy.HOLD:
        return _on_hold(record.type)
    rule = RULES[record.type]
    try:
        entry = entry_of(record, rule)
        books = books_of((line.item for line in entry.lines), config, company, entity)
        days = days_of(record, books.zone, config.closed_period, books.open_from, open_from)
        frame = Frame(record, record, entry, rule, config, books, days, dimension_of_gl)
        return _documents(frame, policy, suppliers, match)
    except HeldError as held:
        return held.hold


def _documents(
    frame: Frame, policy: Policy, suppliers: Suppliers, match: Match | None
) -> tuple[Document, ...]:
    """The documents of a policy. Entries are in the billing currency: that is what is owed."""
    if policy is Policy.JOURNAL:
        rule = frame.rule
        return (entry_of_spend(frame) if rule.is_coded else entry_of_payment(frame),)
    invoice = invoice_of(_in_currency_of_invoices(frame), suppliers, match)
    if policy is Policy.INVOICE:
        return (invoice,)
    return (invoice, entry_of_settlement(frame, nth=2))


def _in_currency_of_invoices(frame: Frame) -> Frame:
    if frame.config.currency is Currency.BILLING:
        return frame
    posted = in_original_currency(frame.record)
    return replace(frame, posted=posted, entry=entry_of(posted, frame.rule))


def _on_hold(record_type: str) -> Hold:
    choices = " or ".join(one for one in choices_of(record_type) if one != Policy.HOLD)
    return Hold(
        Reason.TYPE_ON_HOLD,
        f"records of type {record_type} are on hold; set mapping.types.{record_type}"
        f" to {choices}, then retry",
        field="type",
        value=record_type,
    )
