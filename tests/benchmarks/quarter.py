"""A quarter of spend as it lies after a while: in Brex, in our books and in an ERP.

Most of it went all the way; the rest differs in every way that a reconciliation knows. It is put
there in bulk, and not through the pipeline.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import psycopg2
from psycopg2.extras import Json, execute_values

from connector.domain.documents import DocumentLine, SupplierInvoice
from connector.domain.numbers import document_number
from connector.domain.reconciliation import Ending
from tests.benchmarks.ledgers import Ledger
from tests.sandbox_process import Sandbox

#: One item of each class for so many transactions.
SHARE = 500
SUPPLIERS = 200
_CHUNK = 5_000
_PATIENCE_S = 600
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Seed:
    """A class of records: where they stand, and how they have to end."""

    ending: Ending
    review_status: str = "EXPORTED"
    #: Where the record stands here; "" where it was never taken in.
    status: str = "exported"
    is_posted: bool = True


#: Records; what is wrong with those that are exported and posted is made by name.
SEEDS = {
    "another amount": Seed(Ending.DIFFERENT),
    "twice": Seed(Ending.DIFFERENT),
    "under another supplier too": Seed(Ending.DIFFERENT),
    "charged otherwise than recorded": Seed(Ending.DIFFERENT),
    "not shown by the ERP": Seed(Ending.UNREADABLE, is_posted=False),
    "taken out of the ERP": Seed(Ending.ONLY_IN_BREX, is_posted=False),
    "never taken in": Seed(Ending.ONLY_IN_BREX, status="", is_posted=False),
    "not ready": Seed(Ending.WAITING, "REVIEW", status="", is_posted=False),
    "on its way": Seed(Ending.IN_PROGRESS, "READY_FOR_EXPORT", "mapped", is_posted=False),
    "held": Seed(Ending.HELD, "READY_FOR_EXPORT", "held", is_posted=False),
    "skipped": Seed(Ending.SKIPPED, "READY_FOR_EXPORT", "skipped", is_posted=False),
}
_MATCHED = Seed(Ending.MATCHED)
#: Further transactions, without a record.
_ALONE = 2


@dataclass(frozen=True, slots=True)
class Kept:
    """A record with the document that we made of it."""

    record_id: str
    status: str
    invoice: SupplierInvoice


class Quarter:
    """Fills a sandbox and a database, which are empty; `expected` has endings by item name."""

    def __init__(self, sandbox: Sandbox, ledger: Ledger, transactions: int, today: date) -> None:
        self._sandbox, self._ledger = sandbox, ledger
        self._each = transactions // SHARE
        self._transactions = transactions
        self._seeds = count(1)
        self.months = _three_before(today)
        self.until = today.replace(day=1)
        self.since = self.months[0]
        self.expected: dict[str, Ending] = {}

    @property
    def matched(self) -> int:
        """How many items have nothing wrong."""
        return self._transactions - (len(SEEDS) + _ALONE) * self._each

    def fill(self, database_url: str, connection_id: int) -> None:
        """Everything, everywhere."""
        self._ledger.add_suppliers(self._sandbox, SUPPLIERS)
        posted: list[SupplierInvoice] = []
        kept: list[Kept] = []
        for name, seed, number in (
            ("", _MATCHED, self.matched),
            *((name, seed, self._each) for name, seed in SEEDS.items()),
        ):
            invoices: Sequence[SupplierInvoice] = list(
                map(self._invoice, self._generated(seed, number))
            )
            if seed.ending is not Ending.MATCHED:
                self.expected |= dict.fromkeys((one.record_id for one in invoices), seed.ending)
            if seed.is_posted:
                posted += self._differing(name, invoices)
            elif seed.ending is Ending.UNREADABLE:
                invoices = self._ledger.hide(self._sandbox, invoices)
            if seed.status:
                kept += [Kept(one.record_id, seed.status, one) for one in invoices]
        gone = [self._made_up(f"accr_gone_{n}", Ending.ONLY_IN_ERP) for n in range(self._each)]
        kept += [Kept(one.record_id, "exported", one) for one in gone]
        posted += [*gone, *self._of_others()]
        for some in _chunks(posted):
            self._ledger.post(self._sandbox, some)
        self._add_alone()
        _keep(database_url, connection_id, kept)

    def _generated(self, seed: Seed, number: int) -> Iterator[dict[str, Any]]:
        """Records in Brex, with the transactions that settled them."""
        ids: set[str] = set()
        for nth, month in enumerate(self.months):
            wanted = number // 3 + (nth < number % 3)
            body = {"count": wanted, "seed": next(self._seeds), "month": f"{month:%Y-%m}"}
            body["review_status"] = seed.review_status
            ids |= set(self._call("POST", "/brex/generate", body)["ids"])
        path = f"/brex/records?status={seed.review_status}"
        yield from (one for one in self._call("GET", path)["records"] if one["id"] in ids)

    def _invoice(self, shown: dict[str, Any]) -> SupplierInvoice:
        is_refund = shown["type"].endswith("REFUND")
        amount = abs(Decimal(str(shown["amount"]["amount"])))
        return self._document(
            shown["id"],
            -amount if is_refund else amount,
            shown["amount"]["currency"],
            date.fromisoformat(shown["posted_at"][:10]),
        )

    def _made_up(self, record_id: str, ending: Ending, number: str = "") -> SupplierInvoice:
        """A document of the quarter's middle that no record of Brex is behind."""
        day = self.months[1] + timedelta(days=len(self.expected) % 28)
        made = self._document(record_id, Decimal("77.70"), "SEK", day)
        self.expected[number or record_id] = ending
        return replace(made, number=number or made.number)

    def _document(
        self, record_id: str, amount: Decimal, currency: str, day: date
    ) -> SupplierInvoice:
        dimensions = (("AIT1", "6071"), ("AIT2", "CC10"))
        return SupplierInvoice(
            number=document_number(record_id),
            record_id=record_id,
            company=self._ledger.company,
            currency=currency,
            accounting_date=day,
            text="Quarter",
            lines=(DocumentLine(number=1, amount=amount, dimensions=dimensions, text=""),),
            supplier=self._ledger.supplier(zlib.crc32(record_id.encode()) % SUPPLIERS),
            total=amount,
            invoice_date=day,
        )

    def _differing(self, name: str, invoices: list[SupplierInvoice]) -> list[SupplierInvoice]:
        """What stands in the ERP for them."""
        match name:
            case "another amount":
                return [replace(one, total=one.total + _CENT) for one in invoices]
            case "twice":
                return invoices * 2
            case "under another supplier too":
                other = self._ledger.supplier(SUPPLIERS)
                return [*invoices, *(replace(one, supplier=other) for one in invoices)]
            case "charged otherwise than recorded":
                self._charge_otherwise({one.record_id for one in invoices})
        return invoices

    def _of_others(self) -> Iterator[SupplierInvoice]:
        """A number of our form that nobody knows, and a number of somebody else."""
        for n in range(self._each):
            strange = document_number(f"accr_strange_{n}")
            yield self._made_up(f"accr_strange_{n}", Ending.ONLY_IN_ERP, strange)
            yield self._made_up(f"accr_foreign_{n}", Ending.ONLY_IN_ERP, f"F-{n:06}")

    def _charge_otherwise(self, records: set[str]) -> None:
        names = {f"cardtx_{one.removeprefix('accr_')}" for one in records}
        shown = self._call("GET", "/brex/transactions")["transactions"]
        changes = [
            {"id": one["id"], "amount": {**one["amount"], "amount": one["amount"]["amount"] + 1}}
            for one in shown
            if one["id"] in names
        ]
        self._call("POST", "/brex/transactions", changes)

    def _add_alone(self) -> None:
        """Transactions without a record: of no expense, and of one that waits."""
        day = (self.until - timedelta(days=1)).isoformat()
        common = {
            "posted_at_date": day,
            "initiated_at_date": day,
            "amount": {"amount": 4_711, "currency": "SEK"},
        }
        alone = [{"id": f"cardtx_alone_{n}", **common} for n in range(self._each)]
        waiting = [
            {"id": f"cardtx_waiting_{n}", "expense_id": f"expense_waiting_{n}", **common}
            for n in range(self._each)
        ]
        expenses = [{"id": one["expense_id"], "status": "SUBMITTED"} for one in waiting]
        self._call("POST", "/brex/transactions", [*alone, *waiting])
        self._call("POST", "/brex/expenses", expenses)
        self.expected |= dict.fromkeys((one["id"] for one in alone), Ending.ONLY_IN_BREX)
        self.expected |= dict.fromkeys((one["id"] for one in waiting), Ending.WAITING)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        return self._sandbox.call(method, path, body, timeout_s=_PATIENCE_S)


_KEEPING = (
    """
    INSERT INTO record (connection_id, record_id, status, due_at, decided, exported_at, reason,
                        detail)
    SELECT %(connection)s, record_id, status, NULL, status = 'exported',
           CASE WHEN status = 'exported' THEN now() END,
           CASE status WHEN 'held' THEN 'supplier_unknown' WHEN 'skipped' THEN 'private' END, '{}'
    FROM kept
    """,
    """
    INSERT INTO erp_content (record, fingerprint, content)
    SELECT r.id, '', k.content FROM kept k JOIN record r USING (record_id)
    WHERE k.status = 'exported'
    """,
    """
    INSERT INTO erp_document (record, document, connection_id, kind, number, fingerprint,
                              erp_company, erp_reference, decided_at, posted_at)
    SELECT r.id, 1, r.connection_id, 'supplier_invoice', k.content ->> 'number', '', k.company,
           k.record_id, now(), (k.content ->> 'accounting_date')::date
    FROM kept k JOIN record r USING (record_id) WHERE k.status = 'exported'
    """,
    """
    INSERT INTO record_history (record, actor, event, from_status, to_status, attempt)
    SELECT id, 'console:anna', 'moved', 'held', 'skipped', 1 FROM record WHERE status = 'skipped'
    """,
)


def _keep(database_url: str, connection_id: int, kept: Sequence[Kept]) -> None:
    """The records in our books, as if they had gone through the pipeline."""
    with closing(psycopg2.connect(database_url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        # the guards and the history are not what is measured
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "CREATE TEMPORARY TABLE kept (record_id text, status text, company text, content jsonb)"
        )
        execute_values(
            cursor,
            "INSERT INTO kept VALUES %s",
            [
                (one.record_id, one.status, one.invoice.company_key, Json(one.invoice.to_json()))
                for one in kept
            ],
            page_size=_CHUNK,
        )
        for statement in _KEEPING:
            cursor.execute(statement, {"connection": connection_id})
        cursor.execute("VACUUM ANALYZE")


def _three_before(today: date) -> list[date]:
    """The first days of the three months before this one."""
    first, found = today.replace(day=1), list[date]()
    for _ in range(3):
        first = (first - timedelta(days=1)).replace(day=1)
        found.insert(0, first)
    return found


def _chunks(invoices: Sequence[SupplierInvoice]) -> Iterator[Sequence[SupplierInvoice]]:
    for start in range(0, len(invoices), _CHUNK):
        yield invoices[start : start + _CHUNK]
