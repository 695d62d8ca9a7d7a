"""`APS100MI`: supplier invoices straight into the AP ledger, without a draft.

No published tenant has this program; descriptions of such integrations name it. What its
transactions are is therefore defined by our sandbox (`sandbox/infor/contracts/APS100MI.toml`).
Every `AddHead` has ledger effect, so the look-up by number comes before it, and nothing doubtful is
ever sent again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from connector.domain.documents import Document, SupplierInvoice, as_invoice
from connector.domain.drafts import Outcome
from connector.domain.numbers import draft_marker
from connector.domain.posting import FoundDocument, Phase, PostingRules, ReadDocument
from connector.domain.reasons import Hold, Reason
from connector.erp.answers import failed, not_offered, pass_on
from connector.erp.infor import fields, heads
from connector.erp.infor.config import InforConfig
from connector.erp.infor.errors import is_absent
from connector.erp.infor.invoices import optional_fields, unbalanced, vat_fields
from connector.erp.infor.lines import ACCOUNTING_LINE, line_keys, shown_lines
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.payees import Payees
from connector.erp.infor.probe import DIMENSIONS
from connector.erp.infor.results import UNREADABLE, Rows, Transaction
from connector.ports import Answer, Check, NewDraft, NewLine, Target

PROGRAM = "APS100MI"


class Aps100:
    """The profile without drafts. A reference is `SUNO/SINO/INYR`."""

    programs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        PROGRAM: ("AddHead", "AddLine", "GetHead", "LstLines"),
        "CRS620MI": ("GetBasicData",),
    }
    functions: ClassVar[tuple[str, ...]] = ("APS100",)

    def __init__(self, api: M3Api, payees: Payees, config: InforConfig) -> None:
        self.rules = PostingRules(
            has_drafts=False, confirm=config.confirm, settle_s=config.settle_s
        )
        self._api = api
        self._payees = payees

    def check(self, document: Document) -> Hold | None:
        """Why the program cannot take the document."""
        company = Company.of(document)
        names = {name for line in document.lines for name, _ in line.dimensions}
        if unknown := sorted(names - set(DIMENSIONS)):
            message = f"{PROGRAM}/AddLine has no field for {', '.join(unknown)}"
            return Hold(Reason.ERP_REFUSED, message, unknown[0])
        try:
            head = _head(as_invoice(document), draft_marker(document.number, 1), "", company)
            records = [("AddHead", head)]
            records += [("AddLine", _line(document, n.number, company)) for n in document.lines]
        except ValueError as error:
            return Hold(Reason.UNBALANCED, str(error), "amount")
        faults = (fields.fault(PROGRAM, name, record) for name, record in records)
        found = next((hold for hold in faults if hold is not None), None)
        return found or unbalanced(as_invoice(document))

    def line_keys(self, document: Document) -> Mapping[int, str]:
        """Each line as `read` gives it."""
        return line_keys(document)

    def checks(self, company: Company, dimensions: tuple[str, ...]) -> Iterator[Check]:
        """Nothing else."""
        del company, dimensions
        return iter(())

    def look_up(
        self, company: Company, documents: Sequence[Document]
    ) -> list[Answer[tuple[FoundDocument, ...]]]:
        """The invoice under supplier and number, of whatever year."""
        asked = [
            Transaction("GetHead", {"SUNO": fields.text(one.partner), "SINO": one.number})
            for one in documents
        ]
        answers = self._api.execute_bulk(PROGRAM, asked, company=company, write=False)
        return [_found(answer) for answer in answers]

    def open_drafts(
        self, company: Company, drafts: Sequence[NewDraft], send_until: float
    ) -> list[Answer[str]]:
        """`AddHead`, which posts. A supplier that is not active is refused before."""
        payees = self._payees.active(
            [fields.text(draft.document.partner) for draft in drafts], company
        )
        asked = [
            Transaction(
                "AddHead",
                _head(as_invoice(draft.document), draft.marker, payee.value.number, company),
            )
            for draft, payee in zip(drafts, payees, strict=True)
            if payee.value
        ]
        added = iter(self._write(company, asked, send_until))
        return [
            _reference(next(added), draft.document) if payee.value else failed(payee)
            for draft, payee in zip(drafts, payees, strict=True)
        ]

    def add_lines(
        self, company: Company, lines: Sequence[NewLine], send_until: float
    ) -> list[Answer[None]]:
        """`AddLine` of type 8."""
        asked = [
            Transaction("AddLine", _key(one.reference) | _line(one.document, one.line, company))
            for one in lines
        ]
        return [pass_on(answer) for answer in self._write(company, asked, send_until)]

    def read(self, company: Company, targets: Sequence[Target]) -> list[Answer[ReadDocument]]:
        """`GetHead` and `LstLines`; what is there, is in the ledger."""
        asked = [
            Transaction(name, _key(target.reference))
            for target in targets
            for name in ("GetHead", "LstLines")
        ]
        answers = self._api.execute_bulk(PROGRAM, asked, company=company, write=False)
        pairs = zip(answers[::2], answers[1::2], strict=True)
        return [
            _read(target, head, lines) for target, (head, lines) in zip(targets, pairs, strict=True)
        ]

    def control(self, company: Company, targets: Sequence[Target]) -> list[Answer[None]]:
        """Every write has posted already."""
        del company
        return not_offered(f"{PROGRAM} has no drafts: there is nothing to control", len(targets))

    def commit(
        self, company: Company, targets: Sequence[Target], send_until: float
    ) -> list[Answer[None]]:
        """Every write has posted already."""
        del company, send_until
        return not_offered(f"{PROGRAM} has no drafts: there is nothing to commit", len(targets))

    def discard(
        self, company: Company, targets: Sequence[Target], send_until: float
    ) -> list[Answer[str]]:
        """Every write has posted already."""
        del company, send_until
        return not_offered(f"{PROGRAM} has no drafts: there is nothing to discard", len(targets))

    def _write(
        self, company: Company, asked: list[Transaction], send_until: float
    ) -> list[Answer[Rows]]:
        return self._api.execute_bulk(
            PROGRAM, asked, company=company, write=True, send_until=send_until
        )


def _head(document: SupplierInvoice, marker: str, payee: str, company: Company) -> dict[str, str]:
    return {
        "SUNO": fields.text(document.partner),
        "SPYN": payee,
        "SINO": document.number,
        **company.division,
        "IVDT": fields.day(document.invoice_date),
        "ACDT": fields.day(document.accounting_date),
        "CUCD": document.currency,
        "CUAM": fields.amount(document.total, document.currency),
        "CORI": marker,
        **optional_fields(document),
    } | ({"VTXT": fields.text(document.their_number)} if document.their_number else {})


def _line(document: Document, number: int, company: Company) -> dict[str, str]:
    ours = next(line for line in document.lines if line.number == number)
    if ours.vat_code:
        return {**company.division, **vat_fields(ours, document.currency)}
    return {
        "RDTP": ACCOUNTING_LINE,
        **company.division,
        "NLAM": fields.amount(ours.amount, document.currency),
        **{name: fields.text(value) for name, value in ours.dimensions},
        "VTXT": fields.text(ours.text),
    }


def _key(reference: str) -> dict[str, str]:
    # a reference of another program has no such parts: M3 then misses a field, and says so
    supplier, number, year = (*reference.rsplit("/", 2), "", "")[:3]
    return {"SUNO": supplier, "SINO": number, "INYR": year}


def _reference(added: Answer[Rows], document: Document) -> Answer[str]:
    """The key of the invoice; lines that go by another invoice's key would be posted there."""
    if added.outcome is not Outcome.DONE:
        return failed(added)
    row = added.value[0] if added.value else {}
    key = [row.get(name, "") for name in ("SUNO", "SINO", "INYR")]
    if not all(key) or key[:2] != [fields.text(document.partner), document.number]:
        message = "M3 took the invoice and gave no key, or another's"
        return Answer(Outcome.UNKNOWN, code=UNREADABLE, message=message)
    return Answer(Outcome.DONE, "/".join(key))


def _found(answer: Answer[Rows]) -> Answer[tuple[FoundDocument, ...]]:
    if is_absent(answer):
        return Answer(Outcome.DONE, ())
    if answer.outcome is not Outcome.DONE:
        return failed(answer)
    found = tuple(
        FoundDocument(
            "/".join(row.get(name, "") for name in ("SUNO", "SINO", "INYR")),
            row.get("CORI", ""),
            Phase.LEDGER,
        )
        for row in answer.value or ()
    )
    return Answer(Outcome.DONE, found)


def _read(target: Target, head: Answer[Rows], lines: Answer[Rows]) -> Answer[ReadDocument]:
    if is_absent(head):
        return Answer(Outcome.DONE, ReadDocument(target.reference, Phase.GONE))
    if head.outcome is not Outcome.DONE:
        return failed(head)
    if lines.outcome is not Outcome.DONE and not is_absent(lines):
        return failed(lines)
    if not head.value:
        message = f"M3 answered about invoice {target.reference} without its head"
        return Answer(Outcome.NOT_SENT, code=UNREADABLE, message=message)
    shown = head.value[0]
    listed = shown_lines(lines.value or (), target.document)
    return Answer(
        Outcome.DONE,
        ReadDocument(
            target.reference,
            Phase.LEDGER,
            listed.keys,
            heads.differences(shown, target.document, target.marker),
            "in the AP ledger",
            heads.voucher(shown),
            alike=listed.alike,
        ),
    )
