"""Replay: what another mapping would have made of past records. Nobody is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connector.domain.change import Change
from connector.domain.changes import changes
from connector.domain.documents import Made
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Status
from connector.errors import RefusedError
from connector.ports import EntityStore, Erp, PastRecord, SpendSource
from connector.usecases.find_suppliers import FindSuppliers
from connector.usecases.make_documents import MappingRules, checked


@dataclass(frozen=True, slots=True)
class Replayed:
    """A past record, and what the mapping would change of it."""

    record_id: str
    status: Status
    changes: list[Change]


def replay_mapping(
    past: Iterable[PastRecord],
    rules: MappingRules,
    *,
    source: SpendSource,
    entities: EntityStore,
    suppliers: FindSuppliers,
    erp: Erp,
) -> Iterator[Replayed]:
    """Each record with its changes, none where all would be the same.

    What the ERP could not take at all is held, as when it is mapped; that asks nobody. Billing
    entities are those that are kept; periods are as the mapping has them, and merchants are matched
    as they would be now.
    """
    for one in past:
        made = checked(_made(one.payload, rules, source, entities, suppliers), erp)
        yield Replayed(one.record_id, one.status, changes(one.made, made))


def _made(
    payload: Mapping[str, Any],
    rules: MappingRules,
    source: SpendSource,
    entities: EntityStore,
    suppliers: FindSuppliers,
) -> Made:
    try:
        record = source.read(payload)
    except RefusedError as error:
        return Hold(Reason.RECORD_UNREADABLE, str(error), error.field)
    expense = rules.expense_of(record)
    known = entities.known([expense]) if expense else {}
    merchant = rules.merchant_of(record)
    match = suppliers.run([merchant], keep=False).get(merchant.id) if merchant else None
    return rules.documents(record, known.get(expense or ""), match=match)
