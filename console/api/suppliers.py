"""The map of merchants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort

from connector.domain.accounting import Vendor
from connector.domain.people import Right
from connector.store.merchant_listing import MerchantListing, Standing
from connector.store.merchants import PostgresMerchants
from console import mends
from console.api import schemas
from console.api.tokens import call
from console.desk import Desk

_PAGE = 50


def add(blueprint: Any, desk: Desk) -> None:
    """Add the calls."""

    @call(blueprint, desk, Right.SEE, "/suppliers/<connection>")
    @blueprint.arguments(schemas.MerchantQuery, location="query")
    @blueprint.response(200, schemas.MerchantPage)
    def merchants(query: Mapping[str, str], connection: str) -> dict[str, Any]:
        """Merchants by their ids, fifty at a time."""
        only = query.get("standing")
        page = MerchantListing(desk.database, mends.known(desk, connection).id).page(
            Standing(only) if only else None,
            limit=_PAGE,
            after=query["after"],
            search=query["search"],
        )
        return {"merchants": page.merchants, "next": page.next_after}

    @call(blueprint, desk, Right.WORK, "/suppliers/<connection>/<merchant_id>", "POST")
    @blueprint.arguments(schemas.Supplier)
    @blueprint.response(200, schemas.Answer)
    def give(wish: Mapping[str, str], connection: str, merchant_id: str) -> dict[str, Any]:
        """Say which supplier a merchant of the map is; what waits for it goes on."""
        stored = mends.known(desk, connection)
        known = PostgresMerchants(desk.database, stored.id).known([merchant_id]).get(merchant_id)
        if known is None:
            abort(404, f"{connection} has no merchant {merchant_id} in its map.")
        merchant = Vendor(known.id, known.name)
        return schemas.answer(mends.give_supplier(desk, stored, merchant, wish["supplier"].strip()))
