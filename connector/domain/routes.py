"""What chooses the company and the VAT of a record, as the `[mapping]` section says."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class RoutedBy(StrEnum):
    """What says which company a record belongs to."""

    #: An accounting field of its lines.
    FIELD = "field"
    #: The legal entity that Brex's Expenses API says is billed for the expense.
    BILLING_ENTITY = "billing_entity"


@dataclass(frozen=True, slots=True)
class CompanyRoute:
    """Chooses the company: value of the field, or id of the entity = company in the ERP's terms.

    `payments` is the value whose company has the records that are not coded. `time_zones`,
    `open_from` and `offset_accounts` are those of single values; what they leave out is the
    mapping's.
    """

    field: str
    values: Mapping[str, Mapping[str, str]]
    by: RoutedBy = RoutedBy.FIELD
    payments: str = ""
    time_zones: Mapping[str, str] = dataclasses.field(default_factory=dict)
    open_from: Mapping[str, date] = dataclasses.field(default_factory=dict)
    offset_accounts: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vat:
    """A VAT code of the ERP, its rate in per cent, and the account of its VAT in GL entries."""

    code: str
    rate: Decimal
    account: str = ""


@dataclass(frozen=True, slots=True)
class VatRoute:
    """Chooses the VAT of a line by an accounting field: Brex or remote value id = VAT."""

    field: str
    values: Mapping[str, Vat]
