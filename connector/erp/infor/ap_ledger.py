"""Invoices of the AP ledger (`FPLEDG`): what was posted, whatever its batch says.

Sources: contract of `APS200MI/LstInvoiceTrans`; the prefix and the key of the table as public code
has them. That TRCD 40 is an invoice (and others payments) is inferred; so is that the amount of an
invoice has the sign of its batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connector.domain.drafts import Outcome
from connector.erp.answers import failed, where_done
from connector.erp.infor import fields
from connector.erp.infor.aps450_reader import InvoiceKey
from connector.erp.infor.errors import is_absent
from connector.erp.infor.heads import voucher
from connector.erp.infor.ledger import CUT_OFF, Tests, parts, whole, whole_of
from connector.erp.infor.lines import amount_of
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.payees import Payee, Payees
from connector.erp.infor.results import UNREADABLE, Row, Rows, Transaction
from connector.erp.infor.tables import PROGRAM as TABLES
from connector.erp.infor.tables import Query, Tables
from connector.ports import Answer

PROGRAM, TABLE = "APS200MI", "FPLEDG"
#: What both ways of reading show.
_COLUMNS = (
    *("SUNO", "INYR", "TRCD", "VSER", "VONO", "CUCD", "CUAM", "IVDT", "ACDT"),
    "SINO",
)
_INVOICE = "40"


@dataclass(frozen=True, slots=True)
class Invoice:
    """A posted invoice. `number` and `supplier` are M3's: SINO and SUNO."""

    supplier: str
    number: str
    year: str
    series: str
    voucher_number: str
    voucher: str
    amount: Decimal
    currency: str
    invoice_date: date | None
    accounting_date: date | None

    @property
    def reference(self) -> str:
        """`SUNO/SINO/INYR`."""
        return f"{self.supplier}/{self.number}/{self.year}"

    def is_of(self, head: Row) -> bool:
        """Whether a batch became this invoice; one that names no voucher may have."""
        number = head.get("VONO", "").lstrip("0")
        return not number or (number, head.get("VSER", "")) == (self.voucher_number, self.series)


@dataclass(frozen=True, slots=True)
class Sought:
    """Where to look for an invoice: its key, and the years that it may be of."""

    key: InvoiceKey
    years: tuple[str, ...]


class ApLedger:
    """Reads the AP ledger of one company at a time."""

    def __init__(self, api: M3Api, payees: Payees, tables: Tables) -> None:
        self._api = api
        self._payees = payees
        self._tables = tables

    def under(
        self, company: Company, sought: Sequence[Sought]
    ) -> list[Answer[tuple[Invoice, ...]]]:
        """Every posted invoice under each key, in any of its years."""
        payees = self._payees.of([one.key.supplier for one in sought], company)
        return where_done(
            list(zip(sought, payees, strict=True)),
            payees,
            lambda pairs: self._listed(company, pairs),
        )

    def on(
        self, company: Company, days: Sequence[date], suppliers: Collection[str]
    ) -> list[Answer[Rows]]:
        """The rows of all invoices that were posted on each day, where tables may be read.

        Of a day with too many, those of the suppliers and those under numbers of our form.
        """
        answers = self._select(company, [(day, ()) for day in days])
        wanted = parts("SINO", "SUNO", sorted(suppliers))
        return [
            whole_of("SINO", self._select(company, [(day, tests) for tests in wanted]), answer)
            if answer.code == CUT_OFF
            else answer
            for day, answer in zip(days, answers, strict=True)
        ]

    def _select(self, company: Company, places: Sequence[tuple[date, Tests]]) -> list[Answer[Rows]]:
        """The invoices of each day for which the tests hold."""
        queries = [
            Query(
                TABLE,
                _COLUMNS,
                (("ACDT", "=", int(fields.day(day))), ("TRCD", "=", int(_INVOICE)), *tests),
            )
            for day, tests in places
        ]
        answers = self._tables.select(company, queries)
        return [whole(one, TABLES, day) for one, (day, _) in zip(answers, places, strict=True)]

    def _listed(
        self, company: Company, pairs: Sequence[tuple[Sought, Answer[Payee]]]
    ) -> list[Answer[tuple[Invoice, ...]]]:
        asked = [
            Transaction(
                "LstInvoiceTrans", one.key.record(payee.value, company) | {"INYR": year}, _COLUMNS
            )
            for one, payee in pairs
            if payee.value
            for year in one.years
        ]
        answers = iter(self._api.execute_bulk(PROGRAM, asked, company=company, write=False))
        return [_together([next(answers) for _ in one.years]) for one, _ in pairs]


def invoices_of(rows: Rows) -> Iterator[Invoice]:
    """The invoices of rows; one that is due in parts has several of them.

    Raises ValueError where M3 shows no amount or day that can be read.
    """
    parts: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if row["TRCD"].lstrip("0") == _INVOICE:
            key = tuple(row[name] for name in ("SUNO", "SINO", "INYR", "VSER", "VONO"))
            parts.setdefault(key, []).append(row)
    for some in parts.values():
        row = some[0]
        yield Invoice(
            supplier=row["SUNO"],
            number=row["SINO"],
            year=row["INYR"],
            series=row["VSER"],
            voucher_number=row["VONO"].lstrip("0"),
            voucher=voucher(row),
            amount=sum((amount_of(one, "CUAM") for one in some), Decimal(0)),
            currency=row["CUCD"],
            invoice_date=fields.day_of(row["IVDT"]),
            accounting_date=fields.day_of(row["ACDT"]),
        )


def _together(answers: Sequence[Answer[Rows]]) -> Answer[tuple[Invoice, ...]]:
    """The invoices of all years; a failure of one is a failure of all."""
    rows: list[Row] = []
    for answer in answers:
        if is_absent(answer):
            continue
        if answer.outcome is not Outcome.DONE:
            return failed(answer)
        rows += answer.value or ()
    try:
        invoices = tuple(invoices_of(tuple(rows)))
    except (KeyError, ValueError) as error:
        return Answer(Outcome.NOT_SENT, code=UNREADABLE, message=f"{PROGRAM} shows {error}")
    if rows and not invoices:
        kinds = ", ".join(sorted({row["TRCD"] for row in rows}))
        message = f"the AP ledger has rows of TRCD {kinds} under it, and none of an invoice (40)"
        return Answer(Outcome.NOT_SENT, code=UNREADABLE, message=message)
    return Answer(Outcome.DONE, invoices)
