"""Reconciliations: what they found, and each item that does not match."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.domain.people import Right
from connector.domain.reconciliation import totals_of
from connector.store.reconciliations import PostgresReconciliations, Sought
from console.api import reconciliation_schemas as schemas
from console.api.tokens import call
from console.desk import NUMBER, Desk
from console.mends import known
from console.reconciliation import found, page_of

_ONE = f"/reconciliations/<connection>/<{NUMBER}:number>"


def add(blueprint: Any, desk: Desk) -> None:
    """Add the calls."""

    @call(blueprint, desk, Right.SEE, "/reconciliations/<connection>")
    @blueprint.response(200, schemas.ReconciliationRuns)
    def runs(connection: str) -> dict[str, Any]:
        """The last reconciliations of a connection."""
        kept = PostgresReconciliations(desk.database, known(desk, connection).id)
        return {"reconciliations": kept.runs()}

    @call(blueprint, desk, Right.SEE, _ONE)
    @blueprint.response(200, schemas.Reconciled)
    def reconciled(connection: str, number: int) -> dict[str, Any]:
        """One of them with its totals by currency and its control totals."""
        stored, run = found(desk, connection, number)
        lines = PostgresReconciliations(desk.database, stored.id).lines(number)
        return {**run, "totals": totals_of(lines), "lines": lines}

    @call(blueprint, desk, Right.SEE, f"{_ONE}/items")
    @blueprint.arguments(schemas.ItemQuery, location="query")
    @blueprint.response(200, schemas.ReconciledItems)
    def items(query: Mapping[str, Any], connection: str, number: int) -> dict[str, Any]:
        """Items that do not match, a hundred at a time; matched ones are counted in the lines."""
        stored, _ = found(desk, connection, number)
        kept = PostgresReconciliations(desk.database, stored.id)
        sought = Sought(**{name: of for name, of in query.items() if name != "after"})
        rows, end = page_of(kept, number, sought, query["after"])
        return {"items": [{**row["detail"], **row} for row in rows], "next": end}
