"""What would change in a record's documents if they were made anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from connector.domain.change import Change
from connector.domain.documents import Document, DocumentLine, Ignored, Made, company_key
from connector.domain.reasons import Hold


def changes(old: Made, new: Made) -> list[Change]:
    """Every line and every setting of a head that differs; none where all is the same."""
    if not (isinstance(old, tuple) and isinstance(new, tuple)):
        before, after = _outcome(old), _outcome(new)
        return [] if before == after else [Change("record", before, after)]
    pairs = enumerate(zip_longest(old, new), start=1)
    return [change for nth, pair in pairs for change in _of_document(f"document {nth}", *pair)]


def _outcome(made: Made) -> str:
    if isinstance(made, Hold):
        return f"held: {made.reason}"
    if isinstance(made, Ignored):
        return "ignored"
    return ", ".join(_summary(document) for document in made)


def _summary(document: Document) -> str:
    amount = sum(line.amount for line in document.lines if line.amount > 0) or sum(
        line.amount for line in document.lines
    )
    return f"{document.kind} of {amount} {document.currency}"


def _of_document(place: str, old: Document | None, new: Document | None) -> Iterator[Change]:
    if old is None or new is None or old.kind != new.kind:
        yield Change(place, _summary(old) if old else "", _summary(new) if new else "")
        return
    before, after = _head(old.to_json()), _head(new.to_json())
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield Change(f"{place} {name}", before.get(name, ""), after.get(name, ""))
    for nth, (was, will) in enumerate(zip_longest(old.lines, new.lines), start=1):
        if was != will:
            yield Change(f"{place} line {nth}", _line(was), _line(will))


def _head(document: Mapping[str, Any]) -> dict[str, str]:
    company = company_key(document["company"])
    shown = {name: str(value) for name, value in document.items() if name != "lines"}
    return {**shown, "company": company}


def _line(line: DocumentLine | None) -> str:
    if line is None:
        return ""
    coding = [f"{name}={value}" for name, value in line.dimensions]
    vat = [f"VAT={line.vat_code}"] if line.vat_code else []
    return " ".join([str(line.amount), *coding, *vat, f'"{line.text}"'])
