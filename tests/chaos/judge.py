"""What came of a run: the ERP's own account and Brex's, held against what had to be.

The judge asks the simulated peers and PostgreSQL, never the product.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from connector.domain.numbers import document_number
from tests.endtoend.erps import Ledger
from tests.endtoend.installation import expected

if TYPE_CHECKING:
    from tests.chaos.stage import Stage


@dataclass
class Verdict:
    """What is wrong, by kind; record ids or ERP numbers, each with what was seen."""

    #: Neither posted nor held: nothing came of the record.
    lost: list[str] = field(default_factory=list)
    #: More than one document in the ledger.
    twice: list[str] = field(default_factory=list)
    #: The posted lines are not those of the record, or not those that were mapped.
    wrong: list[str] = field(default_factory=list)
    #: EXPORTED in Brex without a posted document, with another reference, or more than once.
    misreported: list[str] = field(default_factory=list)
    #: In the ERP, without a promise in the journal.
    unpromised: list[str] = field(default_factory=list)
    #: An attempt that went down, or a document that is not the one of the decided draft.
    unfenced: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not any(getattr(self, kind.name) for kind in fields(self))

    @property
    def summary(self) -> str:
        """How many of each kind there are."""
        counts = {kind.name: len(getattr(self, kind.name)) for kind in fields(self)}
        return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "sound"

    def __str__(self) -> str:
        kinds = {kind.name: getattr(self, kind.name) for kind in fields(self)}
        return ", ".join(f"{len(seen)} {name} {seen[:3]}" for name, seen in kinds.items() if seen)


@dataclass
class Paper:
    """One document of a record, as PostgreSQL has it."""

    number: str
    kind: str
    reference: str
    content: dict[str, Any]


@dataclass
class Row:
    """A record, as PostgreSQL has it, with its documents in their order."""

    record_id: str
    status: str
    papers: list[Paper]


def judge(stage: "Stage", ids: Iterable[str], *, held: Iterable[str] = ()) -> Verdict:
    """The verdict on the records `ids`; `held` are those that may stand held and unposted."""
    verdict = Verdict()
    may_be_held = set(held)
    ledger, rows = stage.ledger(), _rows(stage)
    for record_id in ids:
        row = rows.get(record_id)
        if row is None:
            verdict.lost.append(f"{record_id}: unknown")
            continue
        if row.status != "exported" and record_id not in may_be_held:
            verdict.lost.append(f"{record_id}: {row.status}")
        seen = stage.sandbox.call("GET", f"/brex/records/{record_id}")
        _judge_documents(row, ledger, verdict)
        if row.status == "exported" or record_id not in may_be_held:
            _judge_lines(seen["record"], row, ledger, stage.erp.dimensions, verdict)
        _judge_report(seen, row, ledger, verdict)
    known = {paper.number for row in rows.values() for paper in row.papers}
    verdict.unpromised += [f"{number}: of no record" for number in ledger if number not in known]
    _judge_promises(stage, verdict)
    _judge_fences(stage, verdict)
    return verdict


def _rows(stage: "Stage") -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for record_id, status, *paper in stage.sql(
        "SELECT r.record_id, r.status, d.number, d.kind, d.erp_reference, c.content FROM record r"
        " LEFT JOIN erp_document d ON d.record = r.id AND NOT d.withdrawn"
        " LEFT JOIN erp_content c ON c.record = r.id AND c.fingerprint = d.fingerprint"
        " ORDER BY r.id, d.document"
    ):
        row = rows.setdefault(record_id, Row(record_id, status, []))
        row.papers += [Paper(*paper)] if paper[0] else []
    return rows


def _judge_documents(row: Row, ledger: Ledger, verdict: Verdict) -> None:
    """Each has its number, is there at most once, and in its turn; all, of an exported record."""
    numbers = [paper.number for paper in row.papers]
    if numbers != [document_number(row.record_id, nth) for nth in range(1, 1 + len(numbers))]:
        verdict.wrong.append(f"{row.record_id}: numbered {numbers}")
    times = [len(ledger.get(paper.number, ())) for paper in row.papers]
    if any(there > 1 for there in times):
        verdict.twice.append(f"{row.record_id}: {times}")
    if any(later and not before for before, later in pairwise(times)):
        verdict.wrong.append(f"{row.record_id}: {times}, out of turn")
    if row.status == "exported" and (not times or not all(times)):
        verdict.lost.append(f"{row.record_id}: exported, and posted {times}")


def _judge_lines(
    record: dict[str, Any],
    row: Row,
    ledger: Ledger,
    dimensions: tuple[str, str],
    verdict: Verdict,
) -> None:
    """What was posted is what was mapped; the first document has the record's own lines."""
    meant = Counter(expected(record))
    for nth, paper in enumerate(row.papers):
        frozen = Counter(
            (Decimal(one["amount"]), *(dict(one["dimensions"]).get(d, "") for d in dimensions))
            for one in paper.content["lines"]
        )
        for posted in ledger.get(paper.number, ()):
            is_entry = paper.kind == "gl_entry"
            beside = posted - meant if nth == 0 else Counter()
            agrees = nth > 0 or (meant <= posted and (is_entry or not beside))
            balances = not is_entry or not sum(one[0] for one in posted.elements())
            if posted != frozen or not agrees or not balances:
                verdict.wrong.append(f"{paper.number}: {dict(posted)}")


def _judge_report(seen: dict[str, Any], row: Row, ledger: Ledger, verdict: Verdict) -> None:
    if seen["review_status"] != "EXPORTED" and row.status != "exported":
        return
    told = [export.get("success", {}).get("reference_id", "") for export in seen["exports"]]
    references = [reference.partition(" / ")[0] for reference in told]
    times = [len(ledger.get(paper.number, ())) for paper in row.papers]
    if not times or not all(times) or references != [row.papers[0].reference]:
        verdict.misreported.append(f"{row.record_id}: {told}, posted {times}")


def _judge_promises(stage: "Stage", verdict: Verdict) -> None:
    """Every head and line in the ERP was promised under its marker before it was sent."""
    promised: dict[str, Counter[str]] = defaultdict(Counter)
    for marker, step, count in stage.sql(
        "SELECT d.marker, w.step, count(*) FROM erp_write w"
        " JOIN erp_draft d USING (record, draft) GROUP BY 1, 2"
    ):
        promised[marker][step] = count
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for document in stage.erp.written(stage.sandbox):
        written[document.marker]["head"] += 1
        written[document.marker]["line"] += document.lines
    for marker, steps in written.items():
        once = Counter(step for step, count in steps.items() if count)
        seen = once if stage.repeats_calls else steps
        if seen - promised[marker]:
            verdict.unpromised.append(f"{marker}: {dict(seen)} of {dict(promised[marker])}")


def _judge_fences(stage: "Stage", verdict: Verdict) -> None:
    for number, reference in stage.sql(
        "SELECT d.number, d.erp_reference FROM erp_document d WHERE d.erp_reference IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM erp_draft own WHERE own.record = d.record"
        " AND own.document = d.document AND own.state = 'decided'"
        " AND own.erp_reference = d.erp_reference)"
    ):
        verdict.unfenced.append(f"{number}: {reference} is not its decided draft")
    for (record_id,) in stage.sql(
        "SELECT DISTINCT r.record_id FROM record r JOIN (SELECT record, attempt,"
        " lag(attempt) OVER (PARTITION BY record ORDER BY id) AS before FROM record_history) h"
        " ON h.record = r.id WHERE h.attempt < h.before"
    ):
        verdict.unfenced.append(f"{record_id}: its attempt went down")
