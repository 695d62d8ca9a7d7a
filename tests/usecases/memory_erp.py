"""An ERP in memory, with drafts, that does what the tests tell it to do to single calls."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from connector.domain.documents import SupplierInvoice
from connector.domain.drafts import Outcome
from connector.domain.periods import Period, PeriodState
from connector.domain.posting import Confirm, FoundDocument, Phase, PostingRules, ReadDocument
from connector.ports import Answer

#: What a fault does to a call: lose its answer after the effect, lose the call, refuse it, put it off.
LOST_ANSWER, LOST_CALL, REFUSED, NOT_SENT = "lost answer", "lost call", "refused", "not sent"
#: Refuse it because of the day.
CLOSED = "closed"
_REFUSED_WITH = {REFUSED: "XX00103", CLOSED: "period_closed"}


@dataclass
class Held:
    """One document in the ERP."""

    reference: str
    number: str
    marker: str
    total: str
    lines: list[str] = field(default_factory=list)
    phase: Phase = Phase.DRAFT
    supplier: str = "BREX"
    #: of an entry of the ledger, the day on which alone it is found
    day: date | None = None


class MemoryErp:
    """Implements `connector.ports.Erp`; `faults[operation]` are taken one per call, in order."""

    call_s = 0.05
    batch = 50

    def __init__(self, **rules):
        self._rules = PostingRules(
            **{"has_drafts": True, "confirm": Confirm.VALIDATED, "settle_s": 0.0} | rules
        )
        self.documents: dict[str, Held] = {}
        self.period_of: dict[date, Period] = {}
        self.faults: dict[str, list[str | None]] = {}
        self.calls: list[str] = []
        self.before: Callable[[str], None] = lambda _operation: None
        self.validates_to = Phase.VALIDATED

    # -- what the tests ask ----------------------------------------------------------------------

    def posted(self) -> list[Held]:
        return [d for d in self.documents.values() if d.phase in {Phase.VALIDATED, Phase.LEDGER}]

    # -- the port --------------------------------------------------------------------------------

    def rules(self, kind):
        return self._rules

    def set_rules(self, **rules):
        self._rules = replace(self._rules, **rules)

    def check(self, document):
        return None

    def line_keys(self, document: SupplierInvoice):
        return {line.number: str(line.amount) for line in document.lines}

    def look_up(self, documents):
        def one(document):
            return tuple(
                FoundDocument(d.reference, d.marker, d.phase)
                for d in self.documents.values()
                if (d.number, d.supplier) == (document.number, document.partner or "BREX")
                if d.day in {None, document.accounting_date}
                if self._shows(d)
            )

        return self._each("look_up", documents, one, write=False)

    def open_drafts(self, drafts):
        def one(draft):
            reference = str(330 + len(self.documents))
            self.documents[reference] = Held(
                reference, draft.document.number, draft.marker, str(draft.document.size)
            )
            if not self._rules.has_drafts:
                self.documents[reference].phase = Phase.LEDGER
            if self._rules.lines_with_head:
                self.documents[reference].lines += self.line_keys(draft.document).values()
            return reference

        return self._each("open_drafts", drafts, one)

    def add_lines(self, lines):
        def one(line):
            amount = self.line_keys(line.document)[line.line]
            self.documents[line.reference].lines.append(amount)

        return self._each("add_lines", lines, one)

    def read(self, targets):
        def one(target):
            held = self.documents.get(target.reference)
            if held is None:
                return ReadDocument(target.reference, Phase.GONE)
            wrong = () if held.marker == target.marker else ("the marker is another",)
            lines = tuple(held.lines) if self._shows(held) else ()
            return ReadDocument(held.reference, held.phase, lines, wrong, detail=held.phase.value)

        return self._each("read", targets, one, write=False)

    def control(self, targets):
        return self._each("control", targets, lambda _: None, write=False)

    def commit(self, targets):
        def one(target):
            self.documents[target.reference].phase = self.validates_to

        return self._each("commit", targets, one)

    def discard(self, targets):
        def one(target):
            del self.documents[target.reference]
            return "deleted"

        return self._each("discard", targets, one)

    def periods(self, company, days):
        return [self.period_of.get(day, Period(PeriodState.UNKNOWN)) for day in days]

    def pre_check(self, documents):
        return [()] * len(documents)

    def probe(self):
        return Answer(Outcome.DONE)

    def ping(self):
        return ()

    def _shows(self, held):
        return self._rules.reads_drafts or held.phase is not Phase.DRAFT

    def _each(self, operation, items, effect, *, write=True):
        answers = []
        for item in items:
            self.before(operation)
            self.calls.append(operation)
            fault = (self.faults.get(operation) or [None]).pop(0)
            if fault in _REFUSED_WITH:
                code, message = _REFUSED_WITH[fault], f"{operation}: {fault}"
                answers.append(Answer(Outcome.REFUSED, message=message, code=code))
            elif fault == NOT_SENT:
                answers.append(Answer(Outcome.NOT_SENT, message=f"{operation}: {fault}"))
            elif fault == LOST_CALL:
                answers.append(Answer(Outcome.UNKNOWN if write else Outcome.NOT_SENT))
            else:
                value = effect(item)
                lost = fault == LOST_ANSWER
                answers.append(
                    Answer(Outcome.UNKNOWN) if lost else Answer(Outcome.DONE, value=value)
                )
        return answers
