"""What came of asking an ERP about a document that is not in it yet."""

from __future__ import annotations

from typing import Any

from connector.domain.documents import Document
from connector.domain.drafts import Outcome
from connector.domain.numbers import draft_of
from connector.domain.posting import FoundDocument
from connector.domain.protocol.situation import WITHOUT_LEDGER_EFFECT
from connector.ports import Answer, PreCheck, Verdict


def number_check(document: Document, found: Answer[tuple[FoundDocument, ...]]) -> PreCheck:
    """Whether the ERP has the document's number already, other than on drafts of ours."""
    name = f"number {document.number}"
    if found.value is None:
        return PreCheck(name, Verdict.NOT_RUN, found.message)
    for one in found.value:
        ours = draft_of(one.marker, document.number) is not None
        if not ours or one.phase not in WITHOUT_LEDGER_EFFECT:
            detail = f"the ERP has it already: {one.reference}, {one.phase}"
            return PreCheck(name, Verdict.FAILED, detail)
    return PreCheck(name, Verdict.PASSED)


def asked_check(name: str, answer: Answer[Any]) -> PreCheck:
    """Passed where the ERP answered; failed where it said no for a reason of its own."""
    if answer.outcome is Outcome.DONE:
        return PreCheck(name, Verdict.PASSED)
    refused = answer.outcome is Outcome.REFUSED and answer.field
    return PreCheck(name, Verdict.FAILED if refused else Verdict.NOT_RUN, answer.message)
