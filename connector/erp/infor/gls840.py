"""`GLS840MI`: entries of the general ledger as batches, controlled and then updated.

`KEY1` and `LINE` are the caller's, so that M3 refuses what it has already. What `UpdBatch` does
with a batch that it has updated before is not public: it is sent once (`commit_repeats`), and
vouchers are looked for. No transaction shows or deletes a batch.
Source: contracts of a real CE tenant; https://docs.infor.com/m3udi/16.x/en-us/m3beud/finaccths/
`gls842.html`, `gls858.html` (voucher interface).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connector.domain.documents import Document
from connector.domain.drafts import Outcome
from connector.domain.posting import Confirm, PostingRules
from connector.domain.reasons import Hold
from connector.erp.answers import failed, not_offered, pass_on, where_done
from connector.erp.infor import gls840_records as records
from connector.erp.infor.config import InforConfig, JournalReads
from connector.erp.infor.errors import is_there
from connector.erp.infor.gl_settings import PROGRAM as GL_SETTINGS
from connector.erp.infor.gl_settings import GlRegister
from connector.erp.infor.gls840_checks import journal_checks
from connector.erp.infor.gls840_reader import JournalReader
from connector.erp.infor.gls840_records import PROGRAM
from connector.erp.infor.ledger import LISTING, LedgerListing, LedgerTable
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.results import Rows, Transaction
from connector.erp.infor.tables import PROGRAM as TABLES
from connector.erp.infor.tables import Tables
from connector.ports import Answer, Check, NewDraft, NewLine, Target

#: M3 has a batch of this key: whose it is has to be looked at.
THERE = "exists"


class Gls840:
    """The profile of entries; a reference is KEY1."""

    def __init__(self, api: M3Api, config: InforConfig) -> None:
        self._api = api
        self._journal = journal = config.journal
        self._register = GlRegister(api)
        tables = Tables(api)
        by_table = journal.reads is JournalReads.EXPORTMI
        self._tables = tables if by_table else None
        ledger = LedgerTable(tables) if by_table else LedgerListing(api)
        reader = JournalReader(ledger, self._tables, journal.interface)
        self.look_up = reader.look_up
        self.read = reader.read
        reads = {TABLES: ("Select", "LstFields")} if by_table else {LISTING: ("LstVouchersByDt",)}
        self.programs: Mapping[str, tuple[str, ...]] = {
            PROGRAM: ("AddBatchHead", "AddBatchLineFld", "CtrlBatch", "UpdBatch"),
            GL_SETTINGS: ("GetGLSettings",),
            **reads,
        }
        self.functions: tuple[str, ...] = ("GLS840",)
        self.rules = PostingRules(
            has_drafts=True,
            confirm=Confirm.WRITTEN if config.confirm is Confirm.WRITTEN else Confirm.LEDGER,
            settle_s=config.settle_s,
            reads_drafts=by_table,
            controls_drafts=config.confirm is not Confirm.WRITTEN,
            removes_drafts=False,
            commit_repeats=False,
        )

    def check(self, document: Document) -> Hold | None:
        """Why the program cannot take the document."""
        return records.check(document, self._journal)

    def line_keys(self, document: Document) -> Mapping[int, str]:
        """Each line as `read` gives it."""
        return records.line_keys(document)

    def checks(self, company: Company, dimensions: tuple[str, ...]) -> Iterator[Check]:
        """What `ping` says of the set-up."""
        return journal_checks(company, dimensions, self._register, self._tables)

    def open_drafts(
        self, company: Company, drafts: Sequence[NewDraft], send_until: float
    ) -> list[Answer[str]]:
        """`AddBatchHead`; a key that M3 has already is looked at before anything is added."""
        settings = self._register.of(company)
        if settings.value is None:  # no line could be written
            return [failed(settings)] * len(drafts)
        heads = [
            records.head(draft.document, draft.marker, self._journal.interface, company)
            for draft in drafts
        ]
        asked = [Transaction("AddBatchHead", head) for head in heads]
        added = self._write(company, asked, send_until)
        return [_opened(answer, head["KEY1"]) for answer, head in zip(added, heads, strict=True)]

    def add_lines(
        self, company: Company, lines: Sequence[NewLine], send_until: float
    ) -> list[Answer[None]]:
        """`AddBatchLineFld`; a line that M3 has already under its number is there."""
        settings = self._register.of(company)
        if settings.value is None:
            return [failed(settings)] * len(lines)
        asked = []
        for one in lines:
            record = records.line(one.document, one.line, one.reference, self._journal, company)
            if settings.value.has_code:
                record = records.with_code(record)
            asked.append(Transaction("AddBatchLineFld", record))
        added = self._write(company, asked, send_until)
        return [Answer(Outcome.DONE) if is_there(answer) else pass_on(answer) for answer in added]

    def control(self, company: Company, targets: Sequence[Target]) -> list[Answer[None]]:
        """`CtrlBatch`: REFUSED says what M3 finds wrong; where it was lost, nothing came of it."""
        controlled = self._run("CtrlBatch", company, targets)
        return [pass_on(_without_effect(answer)) for answer in controlled]

    def commit(
        self, company: Company, targets: Sequence[Target], send_until: float
    ) -> list[Answer[None]]:
        """`CtrlBatch` once more, then `UpdBatch` for those in which M3 still finds no fault.

        An update that finds one tells nobody.
        """
        return where_done(
            targets,
            self.control(company, targets),
            lambda some: [
                pass_on(answer) for answer in self._run("UpdBatch", company, some, send_until)
            ],
        )

    def discard(
        self, company: Company, targets: Sequence[Target], send_until: float
    ) -> list[Answer[str]]:
        """M3 has no transaction that deletes a batch: a person does."""
        del company, send_until
        return not_offered(f"{PROGRAM} deletes no batch; delete it in GLS840", len(targets))

    def _run(
        self,
        name: str,
        company: Company,
        targets: Sequence[Target],
        send_until: float | None = None,
    ) -> list[Answer[Rows]]:
        where = {"CONO": str(company.cono), **company.division}
        asked = [Transaction(name, {**where, "KEY1": one.reference}) for one in targets]
        return self._write(company, asked, send_until)

    def _write(
        self, company: Company, asked: list[Transaction], send_until: float | None
    ) -> list[Answer[Rows]]:
        return self._api.execute_bulk(
            PROGRAM, asked, company=company, write=True, send_until=send_until
        )


def _opened(added: Answer[Rows], key: str) -> Answer[str]:
    if added.outcome is Outcome.DONE:
        return Answer(Outcome.DONE, key)
    if is_there(added):
        return Answer(Outcome.UNKNOWN, code=THERE, message=f"M3 has a batch {key} already")
    return failed(added)


def _without_effect(controlled: Answer[Rows]) -> Answer[Any]:
    """The control's answer; it may be repeated, and where it was lost nothing was updated."""
    if controlled.outcome is not Outcome.UNKNOWN:
        return controlled
    return Answer(Outcome.NOT_SENT, code=controlled.code, message=controlled.message)
