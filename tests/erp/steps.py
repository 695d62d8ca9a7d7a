"""The calls of an adapter, one document at a time, which the tests expect to succeed."""

from connector.domain.documents import Document
from connector.domain.drafts import Outcome
from connector.domain.numbers import draft_marker
from connector.domain.posting import FoundDocument, Phase, ReadDocument
from connector.ports import Answer, NewDraft, NewLine, Target
from tests.erp.erp_sandbox import ErpUnderTest
from tests.waiting import wait_until


def open_one(at: ErpUnderTest, document: Document, draft: int = 1) -> Answer[str]:
    marker = draft_marker(document.number, draft)
    (answer,) = at.erp.open_drafts([NewDraft(document, marker)])
    return answer


def opened(at: ErpUnderTest, document: Document, draft: int = 1) -> Target:
    answer = open_one(at, document, draft)
    assert answer.outcome is Outcome.DONE, answer
    assert answer.value
    return Target(document, answer.value, draft_marker(document.number, draft))


def built(at: ErpUnderTest, document: Document) -> Target:
    target = opened(at, document)
    if at.erp.rules(document.kind).lines_with_head:
        return target
    answers = at.erp.add_lines(
        [NewLine(document, target.reference, line.number) for line in document.lines]
    )
    assert [answer.outcome for answer in answers] == [Outcome.DONE] * len(document.lines), answers
    return target


def read(at: ErpUnderTest, target: Target) -> ReadDocument:
    (answer,) = at.erp.read([target])
    assert answer.outcome is Outcome.DONE, answer
    assert answer.value
    return answer.value


def found(at: ErpUnderTest, document: Document) -> tuple[FoundDocument, ...]:
    (answer,) = at.erp.look_up([document])
    assert answer.outcome is Outcome.DONE, answer
    assert answer.value is not None
    return answer.value


def read_when_settled(at: ErpUnderTest, target: Target) -> ReadDocument:
    def settled() -> ReadDocument | None:
        shown = read(at, target)
        return None if shown.phase in {Phase.BUSY, Phase.DRAFT, Phase.GONE} else shown

    return wait_until(settled, "the document is settled")
