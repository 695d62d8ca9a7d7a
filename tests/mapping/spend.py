"""Records of every type, built as their rule says that Brex builds them."""

from datetime import UTC, datetime
from decimal import Decimal

from connector.domain.accounting import (
    AccountingRecord,
    EntryType,
    FieldValue,
    LineItem,
    ReviewStatus,
    SourceType,
    Vendor,
)
from connector.domain.bookkeeping import CODED, RULES
from connector.domain.connections import MappingConfig
from connector.domain.money import Money
from connector.mapping import map_record
from connector.suppliers import SupplierDirectory

DAY = datetime(2026, 6, 11, 9, 9, 5, tzinfo=UTC)
ACCOUNTS = {
    "card_liability": "2440",
    "ap_clearing": "2441",
    "reimbursements_payable": "2442",
    "money_in_transit": "1935",
    "cash": "1930",
    "rewards": "3990",
}
CONFIG = MappingConfig(gl_account="GL", offset_accounts=ACCOUNTS)


def coding(**values):
    """Field values, each by the remote id of its field."""
    return tuple(FieldValue(f"extended_{n}", n, f"efo_{v}", v) for n, v in values.items())


def record(record_type, *amounts, currency="SEK", field_values=None, **changes):
    """A double entry over these amounts, coded where the type's rule says so."""
    rule = RULES[record_type]
    side = EntryType.CREDIT if rule.is_coded and rule.credit is CODED else EntryType.DEBIT
    other = EntryType.DEBIT if side is EntryType.CREDIT else EntryType.CREDIT
    money = [Money(Decimal(amount), currency) for amount in amounts]
    total = Money(sum((one.amount for one in money), start=Decimal(0)), currency)
    coded = coding(GL="5010") if field_values is None else field_values
    lines = [
        LineItem(f"accrli_{n}", side, one, None, coded if rule.is_coded else ())
        for n, one in enumerate(money)
    ]
    return AccountingRecord(
        **{
            "id": f"accr_{record_type.lower()}_{'_'.join(amounts)}",
            "type": record_type,
            "review_status": ReviewStatus.READY_FOR_EXPORT,
            "source_type": SourceType.CARD,
            "source_id": "expense_1",
            "version": 1,
            "updated_at": DAY,
            "posted_at": DAY,
            "erp_posting_date": DAY,
            "amount": total,
            "vendor": Vendor("pmch_1", "Bistro Nord"),
            "user_name": "Ada Byron",
            "user_id": "cuuser_1",
            "memo": None,
            "line_items": (*lines, LineItem("accrli_offset", other, total, None, ())),
            **changes,
        }
    )


def mapped(one, config=CONFIG, *, suppliers=None, **given):
    """What a record becomes."""
    return map_record(
        one,
        config,
        company={"cono": "100", "divi": "AAA"},
        dimension_of_gl="AIT1",
        suppliers=suppliers or SupplierDirectory({"cuuser_1": "EMP1"}, "BREX"),
        **given,
    )
