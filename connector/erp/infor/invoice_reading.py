"""Supplier invoices as M3 has them: their batches, and what the AP ledger has of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from connector.domain.documents import DocumentKind
from connector.domain.drafts import Outcome
from connector.domain.ledger import ErpDocument, ErpState, Expected, Unreadable
from connector.domain.posting import Phase
from connector.erp.answers import where_done
from connector.erp.infor import fields, heads
from connector.erp.infor.ap_ledger import ApLedger, Invoice, Sought
from connector.erp.infor.aps450_reader import Batch, BatchReader, InvoiceKey
from connector.erp.infor.lines import amount_of
from connector.erp.infor.m3api import Company
from connector.erp.infor.results import UNREADABLE
from connector.ports import Answer

_KIND = DocumentKind.SUPPLIER_INVOICE
Told = ErpDocument | Unreadable


class InvoiceReading:
    """Reads expected invoices; `batches` is None where the program has none (`APS100MI`)."""

    def __init__(self, ledger: ApLedger, batches: BatchReader | None) -> None:
        self._ledger = ledger
        self._batches = batches

    def documents(self, company: Company, expected: Sequence[Expected]) -> Iterator[Told]:
        """Every batch and every posted invoice under each number; a batch that was posted once."""
        keys = [InvoiceKey(fields.text(one.supplier), one.number) for one in expected]
        batches = self._batches_of(company, keys)
        sought = [
            Sought(key, _years(one, found.value or ()))
            for key, one, found in zip(keys, expected, batches, strict=True)
        ]
        posted = where_done(sought, batches, lambda some: self._ledger.under(company, some))
        missed = [
            n
            for n, (found, invoices) in enumerate(zip(batches, posted, strict=True))
            if invoices.value is not None and _misses_one(found.value or (), invoices.value)
        ]
        wider = self._ledger.under(company, [_wider(sought[n]) for n in missed])
        for n, answer in zip(missed, wider, strict=True):
            posted[n] = answer
        for one, found, invoices in zip(expected, batches, posted, strict=True):
            if invoices.value is None:
                yield unreadable(one, invoices.message, invoices.code)
            else:
                yield from _told(one, found.value or (), invoices.value)

    def _batches_of(
        self, company: Company, keys: Sequence[InvoiceKey]
    ) -> list[Answer[tuple[Batch, ...]]]:
        if self._batches is None:
            return [Answer(Outcome.DONE, ())] * len(keys)
        return self._batches.batches(company, keys)


def posted_invoice(
    invoice: Invoice, company: tuple[tuple[str, str], ...], reference: str = ""
) -> ErpDocument:
    """An invoice of the AP ledger."""
    return ErpDocument(
        number=invoice.number,
        kind=_KIND,
        company=company,
        state=ErpState.POSTED,
        amount=invoice.amount,
        currency=invoice.currency,
        accounting_date=invoice.accounting_date,
        reference=reference or invoice.reference,
        supplier=invoice.supplier,
        invoice_date=invoice.invoice_date,
        voucher=invoice.voucher or None,
    )


def _told(one: Expected, batches: Sequence[Batch], invoices: Sequence[Invoice]) -> Iterator[Told]:
    became, left = _matched(batches, invoices)
    for batch, invoice in zip(batches, became, strict=True):
        if invoice is None:
            yield _unposted(batch, one)
        else:
            yield _updated(batch, invoice, one)
    for invoice in left:
        yield posted_invoice(invoice, one.company)


def _matched(
    batches: Sequence[Batch], invoices: Sequence[Invoice]
) -> tuple[list[Invoice | None], list[Invoice]]:
    """The invoice that each batch became, None where it became none; and those of no batch."""
    left, became = list(invoices), list[Invoice | None]()
    for batch in batches:
        posted = heads.state(batch.head) is ErpState.POSTED
        mine = next((one for one in left if posted and one.is_of(batch.head)), None)
        left = [one for one in left if one is not mine]
        became.append(mine)
    return became, left


def _misses_one(batches: Sequence[Batch], invoices: Sequence[Invoice]) -> bool:
    """Whether a batch says that it was posted, and the invoice is not among these."""
    return any(
        invoice is None and heads.state(batch.head) is ErpState.POSTED
        for batch, invoice in zip(batches, _matched(batches, invoices)[0], strict=True)
    )


def _updated(batch: Batch, invoice: Invoice, one: Expected) -> ErpDocument:
    """What the AP ledger says counts; the batch names the year of its voucher."""
    told = posted_invoice(invoice, one.company, batch.inbn)
    return replace(told, voucher=heads.voucher(batch.head) or told.voucher)


def _unposted(batch: Batch, one: Expected) -> Told:
    """A batch without an invoice in the AP ledger; one that says otherwise was taken out of it."""
    head, state = batch.head, heads.state(batch.head)
    held = state is ErpState.POSTED and heads.phase(head) is Phase.BUSY
    if state is None or held:
        return unreadable(one, f"batch {batch.inbn} is at {heads.detail(head)}")
    try:
        return ErpDocument(
            number=one.number,
            kind=_KIND,
            company=one.company,
            state=ErpState.REMOVED if state is ErpState.POSTED else state,
            amount=amount_of(head, "CUAM"),
            currency=head.get("CUCD", ""),
            accounting_date=fields.day_of(head.get("ACDT", "")),
            reference=batch.inbn,
            supplier=head.get("SUNO") or None,
            invoice_date=fields.day_of(head.get("IVDT", "")),
            voucher=heads.voucher(head) or None,
        )
    except ValueError as error:
        return unreadable(one, f"batch {batch.inbn} shows {error}")


def _years(one: Expected, batches: Sequence[Batch]) -> tuple[str, ...]:
    """The invoice years that the number may be posted in: ours, and those of its batches."""
    dated = one.invoice_date or one.accounting_date
    shown = [batch.head for batch in batches if heads.state(batch.head) is ErpState.POSTED]
    years = [str(dated.year), *(head.get(name, "")[:4] for head in shown for name in _DAYS)]
    return tuple(dict.fromkeys(year for year in years if year.isdecimal() and int(year)))


def _wider(sought: Sought) -> Sought:
    """The same in the years around: which year an invoice is of, M3's calendar says."""
    years = {str(int(year) + n) for year in sought.years for n in (-1, 0, 1)}
    return Sought(sought.key, tuple(sorted(years)))


def unreadable(one: Expected, why: str, code: str = UNREADABLE) -> Unreadable:
    """An expected document that M3 did not show."""
    return Unreadable(kind=one.kind, company=one.company, number=one.number, why=why, code=code)


#: What of a batch begins with the year that its invoice may be of.
_DAYS = ("IVDT", "YEA4")
