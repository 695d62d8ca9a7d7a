"""M3's documents as the reconciliation sees them, read by a client that can write nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice

from connector.domain.documents import DocumentKind
from connector.domain.ledger import Company as Routed
from connector.domain.ledger import ErpDocument, Expected, NotOffered, Unreadable
from connector.erp.infor.ap_ledger import ApLedger
from connector.erp.infor.aps450_reader import BatchReader
from connector.erp.infor.config import InforConfig, InvoiceProgram, JournalReads, Route
from connector.erp.infor.entry_reading import EntryReading
from connector.erp.infor.gls840_reader import JournalReader
from connector.erp.infor.invoice_reading import InvoiceReading, Told, unreadable
from connector.erp.infor.ledger import Ledger, LedgerListing, LedgerTable
from connector.erp.infor.m3api import Company
from connector.erp.infor.other_documents import OtherDocuments
from connector.erp.infor.payees import Payees
from connector.erp.infor.probe import Probe
from connector.erp.infor.read_only import ReadOnlyM3
from connector.erp.infor.tables import Tables

#: So many are in memory at a time: a few calls' worth.
_CHUNK = 500


class M3Documents:
    """Implements `connector.ports.DocumentReader` for the companies that a connection posts to."""

    def __init__(
        self,
        invoices: InvoiceReading,
        entries: EntryReading,
        others: OtherDocuments,
        *,
        companies: Sequence[Company],
        probe: Probe | None,
    ) -> None:
        self._invoices = invoices
        self._entries = entries
        self._others = others
        self._companies = list(dict.fromkeys(companies))
        self._probe = probe

    def documents(
        self, known: Iterable[Expected], since: date, until: date
    ) -> Iterator[ErpDocument | Unreadable]:
        """As the port says; of the ledger's listing (GLS200MI) on the accounting date alone."""
        if self._probe is not None:
            self._probe.ask()  # so that heads are asked for the columns alone that are read
        left = iter(known)
        while chunk := list(islice(left, _CHUNK)):
            groups: dict[tuple[DocumentKind, Routed], list[Expected]] = {}
            for one in chunk:
                groups.setdefault((one.kind, one.company), []).append(one)
            for (kind, company), some in groups.items():
                yield from self._group(kind, company, some, (since, until))

    def others(
        self, since: date, until: date, *, suppliers: Collection[str]
    ) -> Iterator[ErpDocument | Unreadable | NotOffered]:
        """As the port says, company by company."""
        for company in self._companies:
            yield from self._others.invoices(company, since, until, suppliers)
            yield from self._others.entries(company, since, until)

    def _group(
        self,
        kind: DocumentKind,
        routed: Routed,
        expected: Sequence[Expected],
        days: tuple[date, date],
    ) -> Iterator[Told]:
        try:
            company = Company.named(routed)
        except (KeyError, ValueError):
            yield from (unreadable(one, "M3 has no such company") for one in expected)
            return
        if kind is DocumentKind.GL_ENTRY:
            yield from self._entries.documents(company, expected, days)
        else:
            yield from self._invoices.documents(company, expected)


def document_reader(
    api: ReadOnlyM3, config: InforConfig, companies: Sequence[Company], accounts: Sequence[str]
) -> M3Documents:
    """The reader of a connection, by the programs that it posts with."""
    payees, tables = Payees(api), Tables(api)
    invoices = ApLedger(api, payees, tables)
    by_table = config.journal.reads is JournalReads.EXPORTMI
    entries: Ledger = LedgerTable(tables) if by_table else LedgerListing(api)
    journals = JournalReader(entries, tables if by_table else None, config.journal.interface)
    probe = batches = None
    if config.route is Route.BOD or config.invoice_program is InvoiceProgram.APS450MI:
        probe = Probe(api, InvoiceProgram.APS450MI.value, companies[0])
        batches = BatchReader(api, payees, probe)
    return M3Documents(
        InvoiceReading(invoices, batches),
        EntryReading(entries, journals),
        OtherDocuments(invoices, entries, accounts),
        companies=companies,
        probe=probe,
    )
