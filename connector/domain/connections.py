"""A connection: one Brex account, one ERP company or more, and how spend maps between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from connector.domain.pulls import PullSettings
from connector.domain.routes import CompanyRoute, VatRoute
from connector.domain.suppliers import SupplierMatching


@dataclass(frozen=True, slots=True)
class BrexConfig:
    """The `[brex]` section, without its secrets. `oauth_*` are "" where a user token is used.

    `transactions` is None where what moved is not pulled.
    """

    base_url: str
    company_id: str = ""
    webhooks: bool = True
    poll_every: timedelta = timedelta(hours=1)
    mark_exported: bool = True
    requests_per_minute: int = 1000
    receipts: bool = False
    receipt_max_bytes: int = 10 * 1024 * 1024
    oauth_token_url: str = ""
    oauth_client_id: str = ""
    transactions: PullSettings | None = None


class Currency(StrEnum):
    """Which amount of spend in a foreign currency becomes the invoice."""

    #: What Brex bills.
    BILLING = "billing"
    #: What the merchant took.
    ORIGINAL = "original"


class ClosedPeriod(StrEnum):
    """What becomes of a record whose accounting date is in a period that is closed."""

    #: A person decides.
    HOLD = "hold"
    #: It goes to the first day of the next open period; the text keeps its own date.
    NEXT_OPEN_PERIOD = "next_open_period"


@dataclass(frozen=True, slots=True)
class MappingConfig:
    """The `[mapping]` section. A field is named by its remote id or its Brex id.

    `dimensions` pairs an ERP dimension with an accounting field, in the ERP's order.
    `values[field][Brex or remote value id]` is the ERP's own value. `open_from` is the first day
    whose period is not closed, None where the ERP alone says.
    """

    gl_account: str
    time_zone: str = "UTC"
    supplier_fallback: str = ""
    dimensions: tuple[tuple[str, str], ...] = ()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    suppliers: Mapping[str, str] = field(default_factory=dict)
    company: CompanyRoute | None = None
    types: Mapping[str, str] = field(default_factory=dict)
    offset_accounts: Mapping[str, str] = field(default_factory=dict)
    currency: Currency = Currency.BILLING
    closed_period: ClosedPeriod = ClosedPeriod.HOLD
    open_from: date | None = None
    vat: VatRoute | None = None
    supplier_matching: SupplierMatching = field(default_factory=SupplierMatching)


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection as it is stored. `erp_config` is the ERP's own section, read by its adapter."""

    id: int
    name: str
    erp: str
    brex: BrexConfig
    mapping: MappingConfig
    erp_config: Mapping[str, Any]
    paused_at: datetime | None = None
