"""Small worlds of both sides, for tests: a purchase with all that belongs to it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from connector.domain.documents import DocumentKind
from connector.domain.ledger import ErpDocument, ErpState, Unreadable
from connector.domain.money import Money
from connector.domain.numbers import document_number
from connector.domain.reconciliation import (
    ControlTotals,
    ErpSide,
    Item,
    OurDocument,
    OurRecord,
    Spend,
    end_all,
)
from connector.domain.records import Status
from connector.domain.transactions import AccountKind, Expense, RecordSummary, Transaction

COMPANY = (("cono", "100"), ("divi", "AAA"))
SINCE, UNTIL = date(2026, 10, 1), date(2026, 11, 1)


def transaction(name="1", cents=10_000, day=5, **named):
    given = {
        "expense_id": f"expense_{name}",
        "type": "PURCHASE" if cents >= 0 else "REFUND",
        "currency": "SEK",
    }
    return Transaction(
        id=f"txn_{name}",
        account_id="primary",
        kind=AccountKind.CARD,
        amount=cents,
        posted_on=date(2026, 10, day),
        initiated_on=date(2026, 10, day),
        merchant="TAXI STOCKHOLM",
        **(given | named),
    )


def record(name="1", cents=10_000, day=6, **named):
    at = datetime(2026, 10, day, 9, tzinfo=UTC)
    return RecordSummary(
        **{
            "id": f"accr_{name}",
            "source_id": f"expense_{name}",
            "type": "CARD_EXPENSE_POST" if cents >= 0 else "CARD_EXPENSE_REFUND",
            "source_type": "CARD",
            "review_status": "EXPORTED",
            "amount": Money(Decimal(cents) / 100, "SEK"),
            "erp_posting_date": at,
            "posted_at": at,
            "updated_at": at,
            "vendor": "Taxi Stockholm",
            "version": 1,
        }
        | named
    )


def our_document(name="1", cents=10_000, day=6, nth=1, **named):
    return OurDocument(
        **{
            "number": document_number(f"accr_{name}", nth),
            "kind": DocumentKind.SUPPLIER_INVOICE,
            "company": COMPANY,
            "currency": "SEK",
            "amount": Decimal(cents) / 100,
            "accounting_date": date(2026, 10, day),
            "supplier": "732000",
        }
        | named
    )


def ours(name="1", status=Status.EXPORTED, documents=None, **named):
    its = (our_document(name),) if documents is None else tuple(documents)
    return OurRecord(record_id=f"accr_{name}", status=status, documents=its, **named)


def in_erp(document: OurDocument, **named):
    """What an ERP has of one of our documents."""
    return replace(
        ErpDocument(
            number=document.number,
            kind=document.kind,
            company=document.company,
            state=ErpState.POSTED,
            amount=document.amount,
            currency=document.currency,
            accounting_date=document.accounting_date,
            reference="1000",
            supplier=document.supplier,
            voucher="5000",
        ),
        **named,
    )


@dataclass
class World:
    """Both sides; `items` is how they end."""

    transactions: list[Transaction] = field(default_factory=list)
    records: list[RecordSummary] = field(default_factory=list)
    expenses: list[Expense] = field(default_factory=list)
    ours: list[OurRecord] = field(default_factory=list)
    erp: list = field(default_factory=list)
    others: list[ErpDocument] = field(default_factory=list)
    without_brex: list[OurRecord] = field(default_factory=list)
    is_told: bool = True
    has_cards: bool = True
    has_expenses: bool = True
    gone: list[Transaction] = field(default_factory=list)
    totals: ControlTotals = field(default_factory=ControlTotals)

    def items(self) -> list[Item]:
        spend, side = Spend(), ErpSide()
        for one in self.transactions:
            spend.add_transaction(one)
            self.totals.read_transaction(one)
        for one in self.records:
            spend.add_record(one)
            self.totals.read_record(one)
        for one in self.gone:
            spend.add_gone(one)
        for one in self.expenses:
            spend.add_expense(one)
        for one in self.erp:
            side.add(one)
            if isinstance(one, Unreadable):
                self.totals.read_nothing()
        side.others = self.others
        for documents in side.live.values():
            for one in documents:
                self.totals.read_document(one)
        for one in self.others:
            if one.ours:
                self.totals.read_document(one)
        inside = []
        for group in spend.groups():
            if SINCE <= group.day < UNTIL:
                inside.append(group)
            else:
                self.totals.leave_out(group)
        known = {one.record_id: one for one in self.ours}
        found = list(
            end_all(
                inside,
                known,
                side,
                is_told=self.is_told,
                has_cards=self.has_cards,
                has_expenses=self.has_expenses,
                without_brex=self.without_brex,
            )
        )
        for item in found:
            self.totals.add(item)
        return found


def unreadable(document: OurDocument) -> Unreadable:
    """What an ERP says that did not show a document."""
    return Unreadable(
        kind=document.kind, company=document.company, why="504", number=document.number
    )


def purchase(name="1", cents=10_000, **erp) -> World:
    """A purchase that went all the way."""
    document = our_document(name, cents)
    return World(
        [transaction(name, cents)],
        [record(name, cents)],
        ours=[ours(name, documents=[document])],
        erp=[in_erp(document, **erp)],
    )
