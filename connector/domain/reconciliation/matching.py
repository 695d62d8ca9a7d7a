"""How each item ends: Brex's side, what we know of it, and what the ERP says, by ids alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from connector.domain.documents import DocumentKind
from connector.domain.ledger import ErpDocument, ErpState, Unreadable
from connector.domain.reconciliation.items import (
    Difference,
    Ending,
    Item,
    OurDocument,
    OurRecord,
    direction,
    net,
)
from connector.domain.reconciliation.spend import Group, amount_of
from connector.domain.records import Status
from connector.domain.transactions import RecordSummary

#: What counts as being in the ERP: it has ledger effect, or will have it without anybody's doing.
LIVE = frozenset({ErpState.VALIDATED, ErpState.POSTED})
_DONE = frozenset({Status.POSTED, Status.EXPORTED})
_NOT_READY = frozenset({"PREPARE", "REVIEW"})
#: What a card was charged with: each has a settled transaction.
_CHARGES = frozenset({"CARD_EXPENSE_POST", "CARD_EXPENSE_REFUND"})
#: The difference of a record, posted or not, whose transaction Brex does not show.
NO_TRANSACTION = "card transaction"


@dataclass(slots=True)
class ErpSide:
    """What the ERP said of expected documents, by number, and of others; what it did not show."""

    live: dict[str, list[ErpDocument]] = field(default_factory=lambda: defaultdict(list))
    others: list[ErpDocument] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)

    def add(self, one: ErpDocument | Unreadable) -> None:
        """What was said of an expected document."""
        if isinstance(one, Unreadable):
            self.unreadable[one.number] = one.why
        elif one.state in LIVE:
            self.live[one.number].append(one)


def end_all(
    groups: Iterable[Group],
    ours: Mapping[str, OurRecord],
    erp: ErpSide,
    *,
    is_told: bool,
    has_cards: bool,
    has_expenses: bool,
    without_brex: Iterable[OurRecord] = (),
) -> Iterator[Item]:
    """An item for each group, and for each document of the ERP that no group has.

    `ours` is by record id. `without_brex` are records of ours that Brex does not show. `is_told`:
    whether Brex is told of what was posted; else a record that is posted is done. `has_cards`:
    whether all transactions of cards were read; else a record without one says nothing; and so
    `has_expenses` for a transaction whose expense is not known.
    """
    for group in groups:
        yield _of_group(
            group, ours, erp, is_told=is_told, has_cards=has_cards, has_expenses=has_expenses
        )
    for record in without_brex:
        yield from _without_brex(record, erp)
    yield from (_of_other(one) for one in erp.others)


@dataclass(frozen=True, slots=True)
class _Found:
    """What became of one record, and the documents that it has in the ERP."""

    ending: Ending
    told: str = ""
    posted: Decimal | None = None
    documents: tuple[ErpDocument, ...] = ()
    differences: tuple[Difference, ...] = ()


def _of_group(
    group: Group,
    ours: Mapping[str, OurRecord],
    erp: ErpSide,
    *,
    is_told: bool,
    has_cards: bool,
    has_expenses: bool,
) -> Item:
    known = [ours[one.id] for one in group.records if one.id in ours]
    signs = {one.id: _sign(one, group, ours.get(one.id)) for one in group.records}
    amounts = [signs[one.id] * abs(one.amount.amount) for one in group.records]
    found = [
        _of_record(one, ours.get(one.id), erp, signs[one.id], is_told=is_told)
        for one in group.records
    ]
    if not found:
        found = [_without_record(group, has_expenses=has_expenses)]
    worst = min(found, key=lambda one: list(Ending).index(one.ending))
    differences = [one for each in found for one in each.differences]
    recorded = sum(amounts, Decimal(0)) if amounts else None
    if group.transactions and group.records and group.charged != recorded:
        sides = str(group.charged), str(recorded)
        differences.append(Difference("transaction and record", *sides))
    documents = [one for each in found for one in each.documents]
    if documents and not group.transactions and has_cards:
        differences += _uncharged(group, documents)
    posted = [one.posted for one in found if one.posted is not None]
    first = group.transactions[0] if group.transactions else None
    ending = Ending.DIFFERENT if differences else worst.ending
    return Item(
        ending=ending,
        name=group.records[0].id if group.records else group.transactions[0].id,
        day=group.day,
        currency=group.currency,
        company=_company(known, documents),
        account=first.account_id if first else "",
        about=_about(group),
        charged=group.charged,
        recorded=recorded,
        posted=sum(posted, Decimal(0)) if posted else None,
        transactions=tuple(one.id for one in group.transactions),
        records=tuple(one.id for one in group.records),
        record_amounts=tuple(one.amount.amount for one in group.records),
        documents=tuple(one.number for one in documents),
        document_amounts=tuple(one.amount for one in documents),
        vouchers=tuple(one.voucher for one in documents if one.voucher),
        told="" if ending is Ending.MATCHED else worst.told,
        differences=tuple(differences),
    )


def _sign(record: RecordSummary, group: Group, ours: OurRecord | None) -> int:
    """Whether a record spends (1) or gives back (-1).

    Brex does not document the sign of its amounts: it is that of the transaction of the same
    amount, else of our invoices, else of the type.
    """
    size = abs(record.amount.amount)
    of_money = [amount_of(one) for one in group.transactions if abs(amount_of(one)) == size]
    invoices = [
        one.amount
        for one in (ours.documents if ours else ())
        if one.kind is DocumentKind.SUPPLIER_INVOICE and not one.is_withdrawn
    ]
    for amount in (*of_money, sum(invoices, Decimal(0))):
        if amount:
            return 1 if amount > 0 else -1
    return direction(record.type)


def _of_record(
    record: RecordSummary, ours: OurRecord | None, erp: ErpSide, sign: int, *, is_told: bool
) -> _Found:
    if ours is None:
        if record.review_status in _NOT_READY:
            return _Found(Ending.WAITING, f"it is at {record.review_status} in Brex")
        told = f"it is {record.review_status} in Brex and was never taken in here"
        return _Found(Ending.ONLY_IN_BREX, told)
    documents, posted = _live(ours, erp, sign)
    is_done = ours.status in _DONE
    lacking = [
        one.number
        for one in ours.documents
        if is_done
        and not one.is_withdrawn
        and not erp.live.get(one.number)
        and one.number not in erp.unreadable
    ]
    differences = [
        each for one in ours.documents for each in _compared(one, erp.live.get(one.number, ()))
    ]
    if documents:
        differences += [Difference("document", number, "none") for number in lacking]
    if documents and is_done and not differences:
        differences += _of_amounts(record, ours, sign, posted)
    if ours.status is Status.SKIPPED:
        differences += [Difference("document", "skipped", one.number) for one in documents]
    if differences:
        return _Found(Ending.DIFFERENT, "", posted, documents, tuple(differences))
    if unread := [one.number for one in ours.documents if one.number in erp.unreadable]:
        told = f"{unread[0]}: {erp.unreadable[unread[0]]}"
        return _Found(Ending.UNREADABLE, told, posted, documents)
    if lacking:
        told = f"it was posted, and the ERP has no document {lacking[0]}"
        return _Found(Ending.ONLY_IN_BREX, told)
    return _Found(*_stands(ours, is_told=is_told), posted, documents)


def _stands(ours: OurRecord, *, is_told: bool) -> tuple[Ending, str]:
    """Where a record stands that has nothing wrong with it."""
    match ours.status:
        case Status.EXPORTED:
            return Ending.MATCHED, ""
        case Status.POSTED if not is_told:
            return Ending.MATCHED, ""
        case Status.HELD:
            return Ending.HELD, ours.why
        case Status.SKIPPED:
            return Ending.SKIPPED, " by ".join(filter(None, (ours.why, ours.who)))
        case _:
            return Ending.IN_PROGRESS, ours.status.value


def _live(
    ours: OurRecord, erp: ErpSide, sign: int
) -> tuple[tuple[ErpDocument, ...], Decimal | None]:
    """The live documents of a record, and what they come to."""
    pairs = [(one, there) for one in ours.documents for there in erp.live.get(one.number, ())]
    if not pairs:
        return (), None
    amount = net([(one, there.amount) for one, there in pairs], sign)
    return tuple(there for _, there in pairs), amount


def _of_amounts(
    record: RecordSummary, ours: OurRecord, sign: int, posted: Decimal | None
) -> Iterator[Difference]:
    """What Brex says now, against all that stands in the ERP."""
    currencies = {one.currency for one in ours.documents if not one.is_withdrawn}
    amount = sign * abs(record.amount.amount)
    if currencies == {record.amount.currency} and posted != amount:
        yield Difference("amount", str(amount), str(posted))


def _compared(ours: OurDocument, there: Sequence[ErpDocument]) -> Iterator[Difference]:
    if ours.is_withdrawn:
        yield from (Difference("document", "withdrawn", one.number) for one in there)
        return
    if len(there) > 1:
        named = ", ".join(one.voucher or one.reference for one in there)
        yield Difference("documents", "1", f"{len(there)}: {named}")
    for one in there:
        fields = (
            ("amount", ours.amount, one.amount),
            ("currency", ours.currency, one.currency),
            ("company", ours.company_key, one.company_key),
            ("supplier", ours.supplier, ours.supplier if one.supplier is None else one.supplier),
            ("accounting date", ours.accounting_date, one.accounting_date or ours.accounting_date),
        )
        yield from (
            Difference(what, str(mine), str(theirs))
            for what, mine, theirs in fields
            if mine != theirs
        )


def _without_record(group: Group, *, has_expenses: bool) -> _Found:
    if group.expense is not None:
        said = group.expense.status or group.expense.payment_status or "not settled"
        return _Found(Ending.WAITING, f"its expense is {said} in Brex, and has no record yet")
    one = group.transactions[0]
    if group.is_recorded:
        told = f"expense {one.expense_id} has records, and none of this amount and currency"
        return _Found(Ending.ONLY_IN_BREX, told)
    if one.expense_id and not has_expenses:
        return _Found(Ending.WAITING, f"expense {one.expense_id} was not read")
    if one.expense_id:
        return _Found(Ending.ONLY_IN_BREX, f"Brex shows no expense {one.expense_id}")
    return _Found(Ending.ONLY_IN_BREX, f"a {one.type or 'movement'} that names no expense")


def _without_brex(record: OurRecord, erp: ErpSide) -> Iterator[Item]:
    documents, posted = _live(record, erp, 1)
    for one in record.documents:
        if one.number in erp.unreadable:
            yield Item(
                ending=Ending.UNREADABLE,
                name=record.record_id,
                day=one.accounting_date,
                currency=one.currency,
                company=one.company_key,
                told=f"{one.number}: {erp.unreadable[one.number]}",
            )
    if documents:
        yield replace(
            _of_other(documents[0]),
            name=record.record_id,
            posted=posted,
            records=(record.record_id,),
            documents=tuple(one.number for one in documents),
            document_amounts=tuple(one.amount for one in documents),
            vouchers=tuple(one.voucher for one in documents if one.voucher),
            told="Brex does not show the record that it was posted for",
        )


def _of_other(one: ErpDocument) -> Item:
    told = "it has a number of our form that is not known here" if one.ours else "not from here"
    return Item(
        ending=Ending.ONLY_IN_ERP,
        name=one.number or one.reference,
        day=one.accounting_date or one.invoice_date or date.min,
        currency=one.currency,
        company=one.company_key,
        about=one.supplier or "",
        posted=one.amount,
        documents=(one.number or one.reference,),
        document_amounts=(one.amount,),
        vouchers=(one.voucher,) if one.voucher else (),
        told=told,
        is_ours=one.ours,
    )


def _uncharged(group: Group, documents: Sequence[ErpDocument]) -> Iterator[Difference]:
    """What stands in the ERP, and was not charged to any card."""
    if any(one.type in _CHARGES for one in group.records):
        here = f"{' '.join(group.gone)}, shown no more" if group.gone else "none"
        yield Difference(NO_TRANSACTION, here, documents[0].number)


def _company(known: Sequence[OurRecord], documents: Sequence[ErpDocument]) -> str:
    keys = [one.company_key for record in known for one in record.documents]
    keys += [one.company_key for one in documents]
    return keys[0] if keys else ""


def _about(group: Group) -> str:
    vendor = next((one.vendor for one in group.records if one.vendor), "")
    of_expense = group.expense.merchant if group.expense else ""
    of_card = next((one.merchant or one.description for one in group.transactions), "")
    return vendor or of_expense or of_card
