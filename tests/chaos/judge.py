"""What came of a run: the ERP's own account and Brex's, held against what had to be.

The judge asks the simulated peers and PostgreSQL, never the product.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from connector.domain.numbers import document_number
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

    def __str__(self) -> str:
        kinds = {kind.name: getattr(self, kind.name) for kind in fields(self)}
        return ", ".join(f"{len(seen)} {name} {seen[:3]}" for name, seen in kinds.items() if seen)


def judge(stage: "Stage", ids: Iterable[str], *, held: Iterable[str] = ()) -> Verdict:
    """The verdict on the records `ids`; `held` are those that may stand held and unposted."""
    verdict = Verdict()
    may_be_held = set(held)
    ledger, rows = stage.ledger(), _records(stage)
    for record_id in ids:
        row = rows.get(record_id)
        documents = ledger.get(document_number(record_id), [])
        if row is None or (row["status"] != "exported" and record_id not in may_be_held):
            verdict.lost.append(f"{record_id}: {row and row['status']}")
            continue
        if len(documents) > 1:
            verdict.twice.append(f"{record_id}: {len(documents)}")
        if not documents and row["status"] == "exported":
            verdict.lost.append(f"{record_id}: exported, and nothing is posted")
        seen = stage.sandbox.call("GET", f"/brex/records/{record_id}")
        if row["status"] == "exported":
            _judge_lines(seen, row, documents, stage.erp.dimensions, verdict)
        _judge_report(seen, row, documents, verdict)
    _judge_promises(stage, verdict)
    _judge_fences(stage, verdict)
    return verdict


def _records(stage: "Stage") -> dict[str, dict[str, Any]]:
    names = ("record_id", "status", "document", "erp_reference")
    found = stage.sql(
        "SELECT r.record_id, r.status, c.content, d.erp_reference FROM record r"
        " LEFT JOIN erp_document d ON d.record = r.id AND d.document = 1"
        " LEFT JOIN erp_content c ON c.record = r.id AND c.fingerprint = d.fingerprint"
    )
    return {row[0]: dict(zip(names, row, strict=True)) for row in found}


def _judge_lines(
    seen: dict[str, Any],
    row: dict[str, Any],
    documents: list[Counter[tuple[Any, ...]]],
    dimensions: tuple[str, str],
    verdict: Verdict,
) -> None:
    frozen = Counter(
        (Decimal(line["amount"]), *(dict(line["dimensions"])[name] for name in dimensions))
        for line in row["document"]["lines"]
    )
    for posted in documents:
        if posted != Counter(expected(seen["record"])) or posted != frozen:
            verdict.wrong.append(f"{row['record_id']}: {dict(posted)}")


def _judge_report(
    seen: dict[str, Any],
    row: dict[str, Any],
    documents: list[Counter[tuple[Any, ...]]],
    verdict: Verdict,
) -> None:
    if seen["review_status"] != "EXPORTED" and row["status"] != "exported":
        return
    told = [export.get("success", {}).get("reference_id", "") for export in seen["exports"]]
    references = [reference.partition(" / ")[0] for reference in told]
    if not documents or references != [row["erp_reference"]]:
        verdict.misreported.append(f"{row['record_id']}: {told}, {len(documents)} documents")


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
