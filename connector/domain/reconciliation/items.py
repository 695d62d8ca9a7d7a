"""What a reconciliation is about: what we know of records, and how each item ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from connector.domain.bookkeeping import CODED, RULES
from connector.domain.documents import DocumentKind, company_key
from connector.domain.ledger import Company, Expected
from connector.domain.records import Status


class Ending(StrEnum):
    """How an item ends; the first of several is the one that counts."""

    #: Both sides have it, and they differ; or the ERP has it more than once.
    DIFFERENT = "different"
    #: The ERP did not show whether it has it.
    UNREADABLE = "unreadable"
    #: The ERP has it, and Brex does not.
    ONLY_IN_ERP = "only_in_erp"
    #: Brex has it as done, or without anything that would ever bring it into the ERP.
    ONLY_IN_BREX = "only_in_brex"
    #: It waits for a person here.
    HELD = "held"
    #: It is not ready for export in Brex yet.
    WAITING = "waiting"
    #: It is on its way here.
    IN_PROGRESS = "in_progress"
    #: A person decided that it is not to be posted.
    SKIPPED = "skipped"
    #: Both sides have it, once, with the same amount.
    MATCHED = "matched"


@dataclass(frozen=True, slots=True, kw_only=True)
class OurDocument:
    """A document as our store knows it.

    `amount` is the total of an invoice, negative for a credit; of an entry one of its sides. One
    that is withdrawn is not to be: the record has fewer documents now than it once had.
    """

    number: str
    kind: DocumentKind
    company: Company
    currency: str
    amount: Decimal
    accounting_date: date
    supplier: str = ""
    invoice_date: date | None = None
    is_undoing: bool = False
    is_withdrawn: bool = False

    @property
    def expected(self) -> Expected:
        """What an ERP needs to find it."""
        return Expected(
            number=self.number,
            kind=self.kind,
            company=self.company,
            accounting_date=self.accounting_date,
            supplier=self.supplier,
            invoice_date=self.invoice_date,
        )

    @property
    def company_key(self) -> str:
        """The company as one string: `100/AAA`."""
        return company_key(self.company)


@dataclass(frozen=True, slots=True, kw_only=True)
class OurRecord:
    """A record as our store knows it; `why` and `who` are of one that is held or skipped."""

    record_id: str
    status: Status
    why: str = ""
    who: str = ""
    documents: tuple[OurDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which both sides differ."""

    what: str
    here: str
    erp: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What an item may belong to, by amount, day and name; `score` is from 0 to 100."""

    name: str
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something on either side, and how it ends.

    Amounts are major units with a sign: money spent is positive. `charged` is what its
    transactions add up to, `recorded` its accounting records, `posted` its documents in the ERP;
    None where it has none. `name` is the id that it goes by: of its record, else of its
    transaction, else the document's number. `record_amounts` and `document_amounts` are as
    Brex and the ERP have them, whatever their sign. `account` is the card account (`primary`) or
    cash account, "" for a record without a transaction.
    """

    ending: Ending
    name: str
    day: date
    currency: str
    company: str = ""
    account: str = ""
    about: str = ""
    charged: Decimal | None = None
    recorded: Decimal | None = None
    posted: Decimal | None = None
    transactions: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    record_amounts: tuple[Decimal, ...] = ()
    documents: tuple[str, ...] = ()
    document_amounts: tuple[Decimal, ...] = ()
    vouchers: tuple[str, ...] = ()
    told: str = ""
    is_ours: bool = True
    differences: tuple[Difference, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def brex(self) -> Decimal:
        """The amount on Brex's side."""
        first = self.recorded if self.charged is None else self.charged
        return Decimal(0) if first is None else first

    @property
    def erp(self) -> Decimal:
        """The amount on the ERP's side."""
        return Decimal(0) if self.posted is None else self.posted

    @property
    def difference(self) -> Decimal:
        """What Brex has more than the ERP."""
        return self.brex - self.erp


def direction(record_type: str) -> int:
    """-1 for a type that gives spend back (a refund, a repayment), else 1."""
    rule = RULES.get(record_type)
    gives_back = rule is not None and rule.credit is CODED and rule.debit is not CODED
    return -1 if gives_back else 1


def net(documents: Sequence[tuple[OurDocument, Decimal]], sign: int) -> Decimal:
    """What documents of one record come to, each with the amount that the ERP has, and the sign.

    Beside an invoice an entry moves the debt, and counts for nothing.
    """
    invoices = [amount for one, amount in documents if one.kind is DocumentKind.SUPPLIER_INVOICE]
    if invoices:
        return sum(invoices, Decimal(0))
    entries = (-amount if one.is_undoing else amount for one, amount in documents)
    return sign * sum(entries, Decimal(0))
