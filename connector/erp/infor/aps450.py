"""`APS450MI`: supplier invoices as batches without ledger effect, validated by `APS455MI`.

`AddHead` opens a batch (INBN) each time it succeeds, `AddLine` adds a line each time: neither has
a key of the caller's that would stop a repetition, so CORI carries the draft's marker.
Source: contracts of a real CE tenant; https://docs.infor.com/m3udi/16.x/en-us/m3beud/finaccths/
`oki1567534412838.html` (batch life cycle), `rht1630950642228.html` (`DltInvoice`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from connector.domain.documents import Document, as_invoice
from connector.domain.drafts import Outcome
from connector.domain.posting import Phase, PostingRules
from connector.domain.reasons import Hold
from connector.erp.answers import failed, not_offered, pass_on, where_done
from connector.erp.infor import aps450_records as records
from connector.erp.infor import fields, heads
from connector.erp.infor.aps450_reader import BatchReader, batch_key, inbn_of, no_head
from connector.erp.infor.aps450_records import PROGRAM
from connector.erp.infor.config import InforConfig
from connector.erp.infor.errors import is_absent
from connector.erp.infor.lines import line_keys
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.payees import Payee, Payees
from connector.erp.infor.probe import MARKER_FIELD, Probe, Release
from connector.erp.infor.profile import MISCONFIGURED
from connector.erp.infor.results import UNREADABLE, Row, Rows, Transaction
from connector.ports import Answer, Check, NewDraft, NewLine, Target

_VALIDATE = "APS455MI"
_DELETE = "DltInvoice"


class Aps450:
    """The profile with drafts."""

    programs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        PROGRAM: ("AddHead", "AddLine", "GetHead", "LstLines", "LstInvBySupInv", "UpdHead"),
        _VALIDATE: ("ValidByBatchNo",),
        "CRS620MI": ("GetBasicData",),
    }
    functions: ClassVar[tuple[str, ...]] = ("APS450", "APS455")

    def __init__(self, api: M3Api, payees: Payees, probe: Probe, config: InforConfig) -> None:
        self.rules = PostingRules(has_drafts=True, confirm=config.confirm, settle_s=config.settle_s)
        self._rate_type = config.rate_type
        self._api = api
        self._payees = payees
        self._probe = probe
        self._reader = BatchReader(api, payees, probe)
        self.look_up = self._reader.look_up
        self.read = self._reader.read

    def check(self, document: Document) -> Hold | None:
        """Why the program cannot take the document, as far as is known without asking M3."""
        return records.check(document, self._probe.known, self._rate_type)

    def line_keys(self, document: Document) -> Mapping[int, str]:
        """Each line as `read` gives it, whatever the release shows of it."""
        return line_keys(document)

    def checks(self, company: Company, dimensions: tuple[str, ...]) -> Iterator[Check]:
        """Whether the release has fields for the marker and the dimensions."""
        del company
        return self._probe.checks(dimensions)

    def open_drafts(
        self, company: Company, drafts: Sequence[NewDraft], send_until: float
    ) -> list[Answer[str]]:
        """`AddHead`; the value is INBN. A supplier that is not active is refused before."""
        release = self._probe.ask()
        if release.value is None:
            return [failed(release)] * len(drafts)
        if MARKER_FIELD not in release.value.head_fields:
            return [_misconfigured(f"{PROGRAM}/AddHead has no {MARKER_FIELD}")] * len(drafts)
        suppliers = [fields.text(draft.document.partner) for draft in drafts]
        payees = self._payees.active(suppliers, company)
        years = self._reader.years_credited(company, [as_invoice(one.document) for one in drafts])
        known = [_known(payee, year) for payee, year in zip(payees, years, strict=True)]
        offered = release.value
        return _told_apart(
            where_done(
                list(zip(drafts, known, strict=True)),
                known,
                lambda rows: self._add_heads(company, offered, rows, send_until),
            )
        )

    def add_lines(
        self, company: Company, lines: Sequence[NewLine], send_until: float
    ) -> list[Answer[None]]:
        """`AddLine` of type 8, with the dimensions under the release's names for them."""
        release = self._probe.ask()
        if release.value is None:
            return [failed(release)] * len(lines)
        lacking = [_lacking(line, release.value) for line in lines]
        transactions = [
            Transaction(
                "AddLine",
                records.line_for(
                    release.value, records.line(line.document, line.line, line.reference, company)
                ),
                ("TRNO",),
            )
            for line, names in zip(lines, lacking, strict=True)
            if not names
        ]
        added = iter(self._write(PROGRAM, company, transactions, send_until))
        return [
            _misconfigured(f"{PROGRAM}/AddLine has no field for {', '.join(names)}")
            if names
            else pass_on(next(added))
            for names in lacking
        ]

    def control(self, company: Company, targets: Sequence[Target]) -> list[Answer[None]]:
        """M3 finds faults of an invoice as it validates it, which posts it."""
        del company
        return not_offered(f"{PROGRAM} controls no batch", len(targets))

    def commit(
        self, company: Company, targets: Sequence[Target], send_until: float
    ) -> list[Answer[None]]:
        """`ValidByBatchNo`, which only submits a job: DONE means that M3 took it."""
        asked = [
            Transaction("ValidByBatchNo", batch_key(company, one.reference)) for one in targets
        ]
        return [pass_on(a) for a in self._write(_VALIDATE, company, asked, send_until)]

    def discard(
        self, company: Company, targets: Sequence[Target], send_until: float
    ) -> list[Answer[str]]:
        """`DltInvoice` where the release has it, else `UpdHead` to a number of no other use.

        A batch that does not carry the draft's marker is left alone.
        """
        release = self._probe.ask()
        if release.value is None:
            return [failed(release)] * len(targets)
        deletes = _DELETE in release.value.transactions
        shown = self._reader.read_heads(company, [target.reference for target in targets])
        mine = [_mine(target, head) for target, head in zip(targets, shown, strict=True)]
        asked = [
            _removal(company, target, deletes=deletes)
            for target, answer in zip(targets, mine, strict=True)
            if answer is None
        ]
        removed = iter(self._write(PROGRAM, company, asked, send_until))
        how = "deleted" if deletes else "renamed"
        return [_how(next(removed), how) if answer is None else answer for answer in mine]

    def _add_heads(
        self,
        company: Company,
        release: Release,
        rows: Sequence[tuple[NewDraft, Answer[tuple[str, str]]]],
        send_until: float,
    ) -> list[Answer[str]]:
        asked = []
        for draft, known in rows:
            payee, year = known.value or ("", "")
            document = as_invoice(draft.document)
            head = records.head(document, draft.marker, payee, company, self._rate_type)
            head |= {"OYEA": year} if year else {}
            asked.append(Transaction("AddHead", records.head_for(release, head), ("INBN",)))
        return [_inbn(added) for added in self._write(PROGRAM, company, asked, send_until)]

    def _write(
        self, program: str, company: Company, asked: list[Transaction], send_until: float
    ) -> list[Answer[Rows]]:
        return self._api.execute_bulk(
            program, asked, company=company, write=True, send_until=send_until
        )


def _known(payee: Answer[Payee], year: Answer[str]) -> Answer[tuple[str, str]]:
    """The payee, and the year of the invoice that is credited."""
    if payee.value is None:
        return failed(payee)
    return (
        failed(year)
        if year.value is None
        else Answer(Outcome.DONE, (payee.value.number, year.value))
    )


def _mine(target: Target, head: Answer[Rows]) -> Answer[str] | None:
    """The answer that `discard` gives without writing; None where the draft is to be removed."""
    if is_absent(head):
        return Answer(Outcome.DONE, "deleted")
    if head.outcome is not Outcome.DONE:
        return failed(head)
    if not head.value:
        return no_head(target.reference)
    shown: Row = head.value[0]
    if shown.get("CORI", "") != target.marker:
        message = f"batch {target.reference} carries {shown.get('CORI', '')!r}, not our marker"
        return Answer(Outcome.REFUSED, code="not_ours", message=message, field="CORI")
    if heads.phase(shown) in {Phase.VALIDATED, Phase.LEDGER}:
        message = f"batch {target.reference} is validated: {heads.detail(shown)}"
        return Answer(Outcome.REFUSED, code="validated", message=message, field="SUPA")
    if shown.get("SINO") == records.void_number(target.reference, target.marker):
        return Answer(Outcome.DONE, "renamed")
    return None


def _removal(company: Company, target: Target, *, deletes: bool) -> Transaction:
    key = batch_key(company, target.reference)
    if deletes:
        return Transaction(_DELETE, key)
    return Transaction(
        "UpdHead", key | {"SINO": records.void_number(target.reference, target.marker)}
    )


def _how(removed: Answer[Rows], how: str) -> Answer[str]:
    if is_absent(removed):
        return Answer(Outcome.DONE, "deleted")
    return Answer(Outcome.DONE, how) if removed.outcome is Outcome.DONE else failed(removed)


def _inbn(added: Answer[Rows]) -> Answer[str]:
    if added.outcome is not Outcome.DONE:
        return failed(added)
    inbn = inbn_of(added.value[0]) if added.value else ""
    if not inbn:
        message = "M3 took the head and gave no batch number"
        return Answer(Outcome.UNKNOWN, code=UNREADABLE, message=message)
    return Answer(Outcome.DONE, inbn)


def _told_apart(answers: list[Answer[str]]) -> list[Answer[str]]:
    """The answers, of which those that give several heads one batch number say nothing."""
    times = Counter(answer.value for answer in answers)
    message = "M3 gave several heads the same batch number"
    shared: Answer[str] = Answer(Outcome.UNKNOWN, code=UNREADABLE, message=message)
    return [shared if answer.value and times[answer.value] > 1 else answer for answer in answers]


def _lacking(line: NewLine, release: Release) -> tuple[str, ...]:
    ours = next(one for one in line.document.lines if one.number == line.line)
    return release.lacks(tuple(name for name, _ in ours.dimensions))


def _misconfigured(why: str) -> Answer[Any]:
    message = f"this M3 release cannot take the document: {why}"
    return Answer(Outcome.REFUSED, code=MISCONFIGURED, message=message)
