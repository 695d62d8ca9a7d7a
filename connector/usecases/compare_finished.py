"""Compare: what Brex has of finished records by now, with what was posted of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from connector.domain.accounting import AccountingRecord
from connector.domain.reasons import Hold, Reason
from connector.domain.record_changes import changes_of
from connector.errors import RefusedError
from connector.ports import Finished, FinishedRecords, SpendRecord, SpendSource

#: Changes that the sentence about them names.
_NAMED = 3
_NOT_CONTENT = {"version", "updated_at", "review_status"}


def compare_finished(
    connection_id: int,
    seen: Sequence[SpendRecord],
    *,
    source: SpendSource,
    finished: FinishedRecords,
) -> set[int]:
    """Hold those of the records seen in Brex of which something differs that was posted.

    Nothing is asked for: what the poll has read anyway is compared, each version once.
    """
    by_id = {one.id: one for one in seen if one.standing}
    versions = {one.id: one.standing.version for one in by_id.values() if one.standing}
    return settle(finished.changed(connection_id, versions), by_id, source, finished)


def settle(
    rows: Sequence[Finished],
    seen: dict[str, SpendRecord],
    source: SpendSource,
    finished: FinishedRecords,
) -> set[int]:
    """Hold those that differ, and note the others; the records that are held now."""
    told: list[tuple[Finished, int, Hold]] = []
    same: list[tuple[Finished, int]] = []
    for row in rows:
        spend = seen.get(row.record_id)
        if spend is None or spend.standing is None:
            continue
        hold = _difference(row, spend, source)
        if hold is None:
            same.append((row, spend.standing.version))
        else:
            told.append((row, spend.standing.version, hold))
    finished.note(same)
    return finished.tell(told)


def _difference(row: Finished, spend: SpendRecord, source: SpendSource) -> Hold | None:
    assert spend.standing is not None
    version = spend.standing.version
    if version == row.compared or _content(row.payload) == _content(spend.payload):
        return None
    which = f"Brex has version {version} now, and version {row.version} was posted"
    try:
        before, after = source.read(row.payload), source.read(spend.payload)
    except RefusedError as error:
        why = f"{which}; they cannot be compared: {error}"
        return Hold(Reason.CHANGED_AFTER_POSTING, why, error.field)
    return _told(which, before, after)


def _content(payload: Mapping[str, Any]) -> str:
    """A payload without what our own export changes in it, its amounts as strings."""
    content = {name: value for name, value in payload.items() if name not in _NOT_CONTENT}
    return json.dumps(content, sort_keys=True, default=str)


def _told(which: str, before: AccountingRecord, after: AccountingRecord) -> Hold | None:
    changes = changes_of(before, after)
    if not changes:
        return None
    named = "; ".join(map(str, changes[:_NAMED]))
    more = len(changes) - _NAMED
    why = f"{which}: {named}" + (f"; and {more} more" if more > 0 else "")
    return Hold(Reason.CHANGED_AFTER_POSTING, why, changes[0].place, str(after.version), changes)
