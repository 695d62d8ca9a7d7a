"""What the ERP says of documents by itself, whatever we remember of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from connector.domain.documents import DocumentKind, company_key
from connector.domain.numbers import is_document_number

#: The company of a document, as it was routed: `(("cono", "100"), ("divi", "AAA"))`.
Company = tuple[tuple[str, str], ...]


class ErpState(StrEnum):
    """How a document stands in the ERP, as the ERP tells it."""

    #: It has no ledger effect yet, and may still get it (M3: SUPA 10).
    DRAFT = "draft"
    #: The ERP validated it and found errors; it has no ledger effect (M3: SUPA 15, 78, 79).
    REFUSED = "refused"
    #: It is sound and waits for the ledger (M3: SUPA 20 to 50; IFS: a proposal, a hold table).
    VALIDATED = "validated"
    #: It stands in the ledger.
    POSTED = "posted"
    #: Somebody cancelled it, and the ERP says so (IFS: `Cancelled`).
    CANCELLED = "cancelled"
    #: The ERP says that it was posted, and its ledger does not have it (M3: SUPA 90 alone).
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A document that our store knows, and what is needed to find it in an ERP."""

    number: str
    kind: DocumentKind
    company: Company
    accounting_date: date
    supplier: str = ""
    invoice_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpDocument:
    """A document as the ERP has it now.

    `number` is its reference: ours, or of a document that is not ours whatever the ERP has there.
    `amount` is the total of an invoice, negative for a credit; of an entry it is one of its sides,
    without a sign. A draft without lines has neither day nor currency. `reference` is the ERP's own
    name for it (M3: INBN, KEY1, or `SUNO/SINO/INYR`).
    """

    number: str
    kind: DocumentKind
    company: Company
    state: ErpState
    amount: Decimal
    currency: str
    accounting_date: date | None
    reference: str
    supplier: str | None = None
    invoice_date: date | None = None
    voucher: str | None = None

    @property
    def company_key(self) -> str:
        """The company as one string: `100/AAA`."""
        return company_key(self.company)

    @property
    def ours(self) -> bool:
        """Whether it carries a number of our form, be it one that we know or not."""
        return is_document_number(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Something that the ERP did not show: nothing says that it is there, or that it is not.

    `number` is that of an expected document; "" where documents of the days `since` to `until`
    could not be listed whole. `code` and `why` are the ERP's, or ours.
    """

    kind: DocumentKind
    company: Company
    why: str
    code: str = ""
    number: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOffered:
    """Documents of a kind that this tenant does not let be listed, and what would change that."""

    kind: DocumentKind
    company: Company
    why: str
