"""A month end of spend, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.brex import merchants
from sandbox.brex.records import STATUSES
from sandbox.clock import now_utc, rfc3339

#: The further types, each with its source and the side that people code, if there is one.
OTHERS: tuple[tuple[str, str, str | None], ...] = (
    ("CARD_EXPENSE_REPAYMENT", "CARD", "CREDIT"),
    ("CARD_PAYMENT", "CARD", None),
    ("CARD_PAYMENT_REFUND", "CARD", None),
    ("REWARD_REDEMPTION", "CARD", None),
    ("BILL_EXPENSE_PAYMENT", "BILL", None),
    ("BILL_EXPENSE_CARD_PAYMENT", "BILL", None),
    ("BILL_MONEY_MOVEMENT_PAYIN", "BILL", None),
    ("REIMBURSEMENT_EXPENSE_POST", "REIMBURSEMENT", "DEBIT"),
    ("REIMBURSEMENT_EXPENSE_REPAYMENT", "REIMBURSEMENT", "CREDIT"),
    ("REIMBURSEMENT_EXPENSE_MONEY_MOVEMENT_PAYIN", "REIMBURSEMENT", None),
    ("REIMBURSEMENT_EXPENSE_MONEY_MOVEMENT_PAYOUT", "REIMBURSEMENT", None),
    ("REIMBURSEMENT_EXPENSE_MONEY_MOVEMENT_PAYOUT_REVERSAL", "REIMBURSEMENT", None),
    ("REIMBURSEMENT_EXPENSE_MONEY_MOVEMENT_REFUND", "REIMBURSEMENT", None),
)


@dataclass(frozen=True, slots=True)
class Month:
    """What to generate; shares are between 0 and 1."""

    count: int = 100
    seed: int = 0
    #: `2026-06`; None is the month before this one.
    month: str | None = None
    refunds: float = 0.05
    #: Without a GL account, so that no mapping can place them.
    uncoded: float = 0.0
    #: From merchants that no supplier belongs to.
    unknown_merchants: float = 0.0
    bills: float = 0.0
    reimbursements: float = 0.0
    #: Payments, repayments, rewards and the rest, one type as often as another.
    others: float = 0.0
    entities: bool = False
    #: The share of records with a receipt.
    receipts: float = 0.0
    #: `negative` or `positive`; None is the setting `refund_amount`.
    refund_amount: str | None = None
    id_prefix: str = "accr_"
    review_status: str = "REVIEW"

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Month:
        """Raises ValueError naming what is not an option."""
        if unknown := set(raw) - {one.name for one in fields(cls)}:
            raise ValueError(f"unknown options: {', '.join(sorted(unknown))}")
        month = cls(**raw)
        if month.review_status not in STATUSES:
            raise ValueError(f"review_status is one of {', '.join(STATUSES)}")
        return month


def generate(month: Month, refund_amount: str) -> list[dict[str, Any]]:
    """The records of the month, all at its review status."""
    rng = random.Random(f"{month.seed}:{month.month}:{month.count}")
    start, seconds = _span(month.month)
    return [
        _record(rng, month, month.refund_amount or refund_amount, start, seconds)
        for _ in range(month.count)
    ]


def _record(
    rng: random.Random, month: Month, refund_amount: str, start: datetime, seconds: float
) -> dict[str, Any]:
    kind, source_type, coded_side = _type(rng, month)
    is_refund = kind == "CARD_EXPENSE_REFUND"
    posted = start + timedelta(seconds=rng.uniform(0, seconds))
    currency = rng.choices(*merchants.CURRENCIES)[0]
    amounts = [_amount(rng) for _ in range(rng.choices((1, 2, 3, 4), (12, 4, 2, 1))[0])]
    total = sum(amounts, Decimal(0))
    coded = rng.random() >= month.uncoded
    entity = rng.choice(merchants.ENTITIES) if month.entities else None
    side = coded_side or "DEBIT"
    lines = [
        _line(rng, side, one, currency, _values(rng, coded, entity) if coded_side else [])
        for one in amounts
    ]
    lines.append(_line(rng, "CREDIT" if side == "DEBIT" else "DEBIT", total, currency, []))
    shown = -total if is_refund and refund_amount == "negative" else total
    amount = {"amount": shown, "currency": currency}
    record_id = f"{month.id_prefix}{_name(rng)}"
    return {
        "receipts": _receipts(record_id, month.receipts),
        "user": _user(rng),
        "vendor": _vendor(rng, month),
        "memo": rng.choice(merchants.MEMOS),
        "due_at": rfc3339(posted + timedelta(days=30)) if source_type == "BILL" else None,
        "invoice_number": f"F-{rng.randrange(10**6):06d}" if source_type == "BILL" else None,
        "status": "SUBMITTED",
        "id": record_id,
        "type": kind,
        "review_status": month.review_status,
        "erp_posting_date": rfc3339(posted),
        "updated_at": rfc3339(now_utc()),
        "version": 1,
        "amount": amount,
        "source_type": source_type,
        "source_id": f"expense_{_name(rng)}",
        "posted_at": posted.strftime("%Y-%m-%dT%H:%M:%S.") + f"{posted.microsecond // 1000:03d}Z",
        "original_amount": amount,
        "billing_amount": amount,
        "line_items": lines,
    }


def _receipts(record_id: str, share: float) -> list[dict[str, Any]]:
    """By the id alone, so that the rest of the month stays as it is."""
    if random.Random(record_id).random() >= share:
        return []
    return [{"id": f"receipt_{record_id.removeprefix('accr_')}", "files": [{"size": 20_000}]}]


def _type(rng: random.Random, month: Month) -> tuple[str, str, str | None]:
    roll = rng.random()
    if (roll := roll - month.bills) < 0:
        return "BILL_EXPENSE", "BILL", "DEBIT"
    if (roll := roll - month.reimbursements) < 0:
        return "REIMBURSEMENT_EXPENSE_APPROVAL", "REIMBURSEMENT", "DEBIT"
    if (roll := roll - month.refunds) < 0:
        return "CARD_EXPENSE_REFUND", "CARD", "CREDIT"
    if roll < month.others:
        return rng.choice(OTHERS)
    return "CARD_EXPENSE_POST", "CARD", "DEBIT"


def _line(
    rng: random.Random, side: str, amount: Decimal, currency: str, values: list[dict[str, Any]]
) -> dict[str, Any]:
    money = {"amount": amount, "currency": currency}
    return {
        "memo": rng.choice(merchants.MEMOS) if values else None,
        "id": f"accrli_{_name(rng)}",
        "type": side,
        "amount": money,
        "original_amount": money,
        "billing_amount": money,
        "accounting_field_values": values,
        "amortization": None,
    }


def _values(rng: random.Random, coded: bool, entity: str | None) -> list[dict[str, Any]]:
    account, about = rng.choice(merchants.GL_ACCOUNTS)
    center = rng.choice(merchants.COST_CENTERS)
    values = [_value("COST_CENTER", "Cost center", center, center)]
    if coded:
        values.insert(0, _value("GL_ACCOUNT", "GL Account", account, f"{account} {about}"))
    if entity:
        values.append(_value("ENTITY", "Entity", entity, entity))
    return values


def _value(field: str, field_name: str, value: str, value_name: str) -> dict[str, Any]:
    return {
        "brex_field_id": f"extended_field_{field.lower()}",
        "remote_field_id": field,
        "field_name": field_name,
        "brex_field_value_id": f"efo_{field.lower()}_{value.lower()}",
        "remote_field_value_id": value,
        "field_value_name": value_name,
        "type": "IDENTIFIER",
    }


def _vendor(rng: random.Random, month: Month) -> dict[str, Any]:
    vendor_id, name = rng.choice(merchants.MERCHANTS)
    if rng.random() < month.unknown_merchants:
        number = rng.randrange(10**4)
        vendor_id, name = f"pmch_unknown_{number:04d}", f"Pop-up Store {number}"
    nothing = {"contact_name": None, "email": None, "website": None, "phone": None}
    return {"id": vendor_id, "name": name, **nothing}


def _user(rng: random.Random) -> dict[str, Any]:
    number = rng.randrange(len(merchants.PEOPLE))
    first, last = merchants.PEOPLE[number]
    return {
        "id": f"cuuser_{number:04d}",
        "first_name": first,
        "last_name": last,
        "email": f"user{number}@example.com",
        "role": "EMPLOYEE",
        "status": "ACTIVE",
        "account_id": "cuacc_sandbox",
    }


def _amount(rng: random.Random) -> Decimal:
    """Mostly small, now and then large; two decimals, often with a trailing zero."""
    cents = int(rng.lognormvariate(9.5, 1.4)) + 100
    return (Decimal(cents) / 100).quantize(Decimal("0.01"))


def _name(rng: random.Random) -> str:
    return f"{rng.getrandbits(80):020x}"


def _span(month: str | None) -> tuple[datetime, float]:
    """The first moment of the month and its length in seconds."""
    if month is None:
        start = (now_utc().replace(day=1) - timedelta(days=1)).replace(day=1)
    else:
        start = datetime.fromisoformat(f"{month}-01")
    start = start.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    after = (start + timedelta(days=32)).replace(day=1)
    return start, (after - start).total_seconds()
