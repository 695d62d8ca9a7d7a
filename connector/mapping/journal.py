"""The entries of the general ledger that a record becomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connector.domain.bookkeeping import Account
from connector.domain.documents import DocumentLine, GlEntry
from connector.domain.reasons import Reason
from connector.domain.routes import Vat
from connector.mapping import text
from connector.mapping.frame import Frame
from connector.mapping.held import HeldError
from connector.mapping.vat import part_vat


def entry_of_spend(frame: Frame, nth: int = 1) -> GlEntry:
    """The coded lines and their VAT against the account that the rule of the type names."""
    offset = frame.uncoded(frame.rule.offset(), -frame.entry.units)
    return _entry(frame, [*_spend(frame), offset], nth)


def entry_of_payment(frame: Frame, nth: int = 1) -> GlEntry:
    """What moves from one account of the rule to the other."""
    debit, credit = frame.rule.debit, frame.rule.credit
    assert debit is not None
    assert credit is not None
    return _move(frame, debit, credit, frame.entry.units, nth)


def entry_of_settlement(frame: Frame, nth: int = 1) -> GlEntry:
    """The debt of an invoice, moved from AP clearing to the account that it is really owed on."""
    return _move(frame, Account.AP_CLEARING, frame.rule.offset(), frame.entry.units, nth)


def _move(frame: Frame, debit: Account, credit: Account, units: int, nth: int) -> GlEntry:
    return _entry(frame, [frame.uncoded(debit, units), frame.uncoded(credit, -units)], nth)


def _entry(frame: Frame, lines: list[DocumentLine], nth: int) -> GlEntry:
    """A ledger shows the texts of the lines: the day that an entry had before stands in front."""
    if moved := frame.days.moved_from:
        lines = [
            replace(line, text=text.cut(f"{moved} {line.text}", text.LINE_TEXT)) for line in lines
        ]
    return GlEntry(**frame.document(lines, nth))


def _spend(frame: Frame) -> Iterator[DocumentLine]:
    parted = part_vat(frame.entry.lines, frame.config.vat)
    for line in parted.nets:
        yield frame.coded(line)
    for vat, units in parted.vats:
        if units:
            yield frame.vat(vat, units, frame.on(_account_of(vat)))


def _account_of(vat: Vat) -> str:
    if not vat.account:
        raise HeldError(
            Reason.OFFSET_ACCOUNT_MISSING,
            f"an entry needs the account of VAT code {vat.code}; give it in [mapping.vat.values],"
            " then retry",
            field="mapping.vat.values",
            value=vat.code,
        )
    return vat.account
